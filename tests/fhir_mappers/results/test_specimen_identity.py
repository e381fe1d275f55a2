"""Whether a result comes from another specimen than its code measures: it is not used, and its value told."""

import pytest

from cards.model.facts import UnreadReason
from fhir_mappers.terminology.specimens import specimens_of
from fhir_mappers.terminology.tables import packaged_rows
from tests.fhir_mappers.mapped import chart_of, lines

SNOMED, V2 = "http://snomed.info/sct", "http://terminology.hl7.org/CodeSystem/v2-0487"
URINE = {"coding": [{"system": SNOMED, "code": "122575003"}]}


def count(specimen=None, code="6690-2", text="Leukocytes", unit="10*3/uL", **fields):
    return {
        "resourceType": "Observation",
        "id": "1",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": code}], "text": text},
        "subject": {"reference": "Patient/1"},
        "effectiveDateTime": "2026-03-01",
        "valueQuantity": {"value": 0.4, "unit": unit},
        **({"specimen": specimen} if specimen else {}),
    } | fields


def specimen(concept, name="s"):
    return {"resourceType": "Specimen", "id": name, "subject": {"reference": "Patient/1"}, "type": concept}


def read(*resources):
    return list(lines(chart_of(*resources)))


@pytest.mark.parametrize(
    ("concept", "named"),
    [
        (URINE, "urine"),
        ({"coding": [{"system": V2, "code": "CSF"}]}, "cerebrospinal fluid"),
        ({"coding": [{"system": "http://hl7.org/fhir/v2/0487", "code": "MAR"}]}, "bone marrow"),
        (
            {"coding": [{"system": "http://hospital.example", "code": "7", "display": "Liquor"}]},
            "cerebrospinal fluid",
        ),
        ({"text": "Bone marrow aspirate"}, "bone marrow"),
    ],
)
@pytest.mark.parametrize("is_contained", [True, False])
def test_a_count_of_another_specimen_is_not_used_and_its_value_told(concept, named, is_contained):
    if is_contained:
        sent = (count({"reference": "#s"}, contained=[specimen(concept)]),)
    else:
        sent = (count({"reference": "Specimen/s"}), specimen(concept))
    chart = chart_of(*sent).chart

    (note,) = chart.unread
    assert not chart.labs
    assert note.in_words == f"white cell count 0.4 10*3/uL not used: the specimen is {named}"
    assert (note.reason, note.deciding) == (UnreadReason.CONTRADICTORY, True)


@pytest.mark.parametrize(
    "sent",
    [
        (count(),),
        (count({"reference": "Specimen/gone"}),),
        (count({"display": "Tube 4"}),),
        (count({"reference": "#s"}, contained=[specimen({"text": "Blood, EDTA"})]),),
        (count({"reference": "#s"}, contained=[specimen({"text": "Blood from bone marrow"})]),),
        (count({"reference": "#s"}, contained=[specimen({})]),),
        (count(text="Leukocytes [#/volume] in Blood by Automated count"),),
    ],
)
def test_blood_or_a_specimen_that_nobody_knows_contradicts_nothing(sent):
    assert read(*sent) == ["wbc 0.4 10*9/L on 2026-03-01 [0.4 10*3/uL]"]


@pytest.mark.parametrize("sent", [count({"display": "Urine, midstream"}), count(text="Leukocytes, urine")])
def test_words_of_the_reference_and_of_the_code_name_the_specimen_too(sent):
    assert read(sent) == ["unread blood counts: white cell count 0.4 10*3/uL: the specimen is urine"]


def test_a_pregnancy_test_is_done_in_urine_and_in_blood():
    told = {"valueQuantity": None, "valueString": "negative"}

    for name in ("urine", "serum"):
        found = read(count({"display": name}, code="2106-3", text="hCG", **told))
        assert found == ["hcg negative on 2026-03-01 [negative]"]
    found = read(count({"display": "liquor"}, code="2106-3", text="hCG", **told))
    assert found == ["unread pregnancy status: hCG negative: the specimen is cerebrospinal fluid"]


def test_a_weight_has_no_specimen_and_a_clearance_takes_urine():
    assert read(count({"display": "urine"}, code="29463-7", text="Body weight", unit="kg"))[0].startswith(
        "body_weight"
    )
    clearance = count(code="33914-3", text="Creatinine clearance, 24 h urine", unit="mL/min/{1.73_m2}")
    assert read(clearance)[0].startswith("egfr")


def test_each_component_is_of_the_specimen_of_the_whole():
    part = {
        "code": {"coding": [{"system": "http://loinc.org", "code": "751-8"}]},
        "valueQuantity": {"value": 0.1, "unit": "10*3/uL"},
    }
    sent = count({"display": "urine"}, component=[part])

    assert [one.what for one in chart_of(sent).chart.unread] == [
        "white cell count 0.4 10*3/uL",
        "neutrophil count 0.1 10*3/uL",
    ]


def test_every_row_of_the_table_has_a_source_and_is_read():
    for row in packaged_rows("specimens.csv"):
        row.filled("source")
        system = V2 if row.text("system") == "v2-0487" else row.text("system")
        coded = [{"coding": [{"system": system, "code": row.text("code")}]}] if row.text("code") else []
        for concept in (*coded, *({"text": word} for word in row.text("words").split("|") if word)):
            assert specimens_of(concept) == {row.text("specimen")}, concept
