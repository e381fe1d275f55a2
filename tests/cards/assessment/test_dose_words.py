"""A dose as a card prints it."""

import pytest

from cards.assessment.dose_words import dose_facts, dose_words, mg_per_kg, span_in_mg
from cards.model.labs import Analyte
from cards.model.therapy import Drug, TherapyState
from tests.builders import azathioprine, case, mercaptopurine, regimen, taking, weight

AZA = Drug.AZATHIOPRINE
NO_WEIGHT = {"without": (Analyte.BODY_WEIGHT,)}


def words(*facts, **fields):
    asked = case(*facts, **fields)
    return dose_words(asked.exposures[0], asked.weight)


def facts_of(*facts, **fields):
    asked = case(*facts, **fields)
    return [fact.text for fact in dose_facts(asked.exposures[0], asked.weight)]


def test_a_dose_is_printed_per_day_and_per_kg():
    assert words(azathioprine(200)) == "Azathioprine 200 mg/day (2.5 mg/kg)"
    assert words(mercaptopurine(75)) == "Mercaptopurine 75 mg/day (0.94 mg/kg)"  # 0.9375


@pytest.mark.parametrize(
    ("mg", "kg", "printed"),
    [
        (119, 60, "2"),  # 1.983
        (97, 60, "1.6"),  # 1.617
        (100, 80, "1.3"),  # 1.25: halves go up
    ],
)
def test_mg_per_kg_is_rounded_once(mg, kg, printed):
    assert words(azathioprine(mg), weight(kg)) == f"Azathioprine {mg} mg/day ({printed} mg/kg)"


def test_the_dose_per_kg_is_the_printed_one():
    asked = case(azathioprine(119), weight(60))

    assert mg_per_kg(asked.exposures[0], asked.weight) == 2.0


def test_without_a_weight_there_is_no_mg_per_kg():
    asked = case(azathioprine(200), **NO_WEIGHT)

    assert words(azathioprine(200), **NO_WEIGHT) == "Azathioprine 200 mg/day"
    assert mg_per_kg(asked.exposures[0], asked.weight) is None
    assert facts_of(azathioprine(200), **NO_WEIGHT)[1] == "No usable body weight: mg/kg cannot be computed"


def test_an_unreadable_dose_is_named_by_its_problem():
    assert words(azathioprine(None)) == "Azathioprine"
    assert mg_per_kg(case(azathioprine(None)).exposures[0], case().weight) is None
    assert facts_of(azathioprine(None, dose_problem='"as directed"'))[0] == (
        'Azathioprine ordered, dose not readable: "as directed"'
    )
    assert facts_of(azathioprine(None))[0] == "Azathioprine ordered, dose not readable: no dose given"


def test_a_dose_says_how_it_was_read():
    assert facts_of(azathioprine(100, times=2)) == [
        "Azathioprine 100 mg/day (1.3 mg/kg) ordered: 50 mg x 2",
        "Weight 80 kg",
    ]
    from_text = regimen(50, is_from_text=True, reading='"50 mg daily"')
    assert facts_of(azathioprine(regimen=from_text))[0] == (
        'Azathioprine 50 mg/day (0.6 mg/kg) ordered (read from the text): "50 mg daily"'
    )


def test_a_therapy_is_being_taken_as_surely_as_its_records_say():
    assert facts_of(taking(AZA, 100))[0] == "Azathioprine 100 mg/day (1.3 mg/kg) being taken: 100 mg x 1"
    assert facts_of(taking(AZA, 100, state=TherapyState.POSSIBLY_TAKEN))[0] == (
        "Azathioprine 100 mg/day (1.3 mg/kg) possibly still taken: 100 mg x 1"
    )


def test_a_range_is_given_in_mg_where_the_weight_is_known():
    assert span_in_mg(0.6, 1.6, case().weight) == "0.6-1.6 mg/kg/day = 48-128 mg/day"
    assert span_in_mg(0.6, 1.6, None) == "0.6-1.6 mg/kg/day"
