"""The closed unit table against a UCUM library, which the service itself never asks."""

import re
import warnings

import pytest

from cards.model.labs import Analyte
from fhir_mappers.json.fhir_json import Quantity
from fhir_mappers.terminology.tables import packaged_rows
from fhir_mappers.terminology.units import Conversion, UnknownUnitError, conversion, find, folded

ONE_UNIT = {
    "cell count": "10*9/L",
    "hemoglobin": "g/dL",
    "volume": "fL",
    "enzyme": "U/L",
    "bilirubin": "mg/dL",
    "bile acids": "umol/L",
    "creatinine": "mg/dL",
    "urate": "mg/dL",
    "filtration": "mL/min/{1.73_m2}",
    "metabolite": "pmol/(8.10*8.{RBCs})",
    "weight": "kg",
    "height": "cm",
    "temperature": "Cel",
    "antibody": "m[IU]/mL",
}
# Bilirubin and creatinine: shared terminology. Urate and the haemoglobin monomer: the table's own factor.
GRAMS_PER_MOLE = {"bilirubin": 584.66, "creatinine": 113.12, "urate": 168.11, "hemoglobin": 16114}
ROWS = [row.cells for row in packaged_rows("units.csv")]


@pytest.fixture(scope="module")
def ucum():
    """Made where it is asked for: it takes three seconds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from ucumvert import PintUcumRegistry  # noqa: PLC0415

        return PintUcumRegistry()


def in_one_unit(row, ucum):
    quantity = ucum.from_ucum(row["ucum"])
    if "mol/L" in row["ucum"] and row["group"] in GRAMS_PER_MOLE:
        quantity = quantity * ucum.from_ucum("g/mol") * GRAMS_PER_MOLE[row["group"]]
    return (quantity / ucum.from_ucum(ONE_UNIT[row["group"]])).to("dimensionless").magnitude


@pytest.mark.slow
@pytest.mark.parametrize(
    "row",
    [row for row in ROWS if row["ucum"] and row["group"] != "temperature"],
    ids=lambda row: f"{row['group']}: {row['spelling']}",
)
def test_a_factor_is_what_ucum_says(row, ucum):
    # The molar factors are those of laboratories, rounded: 17.1 umol/L of bilirubin are 1 mg/dL.
    rel = 3e-4 if "mol/L" in row["ucum"] else 1e-9

    assert in_one_unit(row, ucum) == pytest.approx(float(row["factor"]), rel=rel)


def test_only_the_enzyme_unit_that_ucum_cannot_convert_has_no_proof():
    assert [row["spelling"] for row in ROWS if not row["ucum"]] == ["[IU]/L"]


@pytest.mark.parametrize(("fahrenheit", "celsius"), [(32.0, 0.0), (212.0, 100.0), (98.6, 37.0)])
def test_fahrenheit_is_shifted_before_it_is_scaled(fahrenheit, celsius):
    convert = conversion(Analyte.BODY_TEMPERATURE, Quantity(fahrenheit, unit="degF", code="[degF]"))

    assert convert(fahrenheit) == celsius


def test_every_spelling_is_found_for_an_analyte_of_its_group():
    lost = [
        (row["group"], row["spelling"])
        for row in ROWS
        if not any(one.unit == ONE_UNIT[row["group"]] and find(one, row["spelling"]) for one in Analyte)
    ]

    assert lost == []


def test_no_two_rows_of_a_group_fold_to_the_same_spelling():
    keys = [(row["group"], row["match"], folded(row["spelling"])) for row in ROWS]

    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("spelling", ["K/uL", "k/uL", "K / µL", "K/μL"])
def test_k_per_microlitre_is_thousands_and_never_kelvin(spelling):
    assert find(Analyte.WBC, spelling) == Conversion(1.0)


def test_g_per_litre_is_giga_for_a_count_only_in_capitals():
    assert find(Analyte.WBC, "G/L") == Conversion(1.0)
    assert find(Analyte.WBC, "g/L") is None
    assert find(Analyte.HEMOGLOBIN, "g/L") == Conversion(0.1)


@pytest.mark.parametrize(
    ("quantity", "why"),
    [
        (Quantity(3.4), "no unit"),
        (Quantity(3.4, unit="bushels"), "unit 'bushels' is not known for it"),
        (Quantity(3.4, unit="10*3/uL", code="/uL"), "unit '10*3/uL' with code '/uL' disagree"),
    ],
)
def test_a_unit_that_cannot_be_trusted_is_named(quantity, why):
    with pytest.raises(UnknownUnitError, match=re.escape(why)):
        conversion(Analyte.WBC, quantity)
