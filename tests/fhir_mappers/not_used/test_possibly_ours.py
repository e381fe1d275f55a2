"""Records that leave open what they are: told, never taken for absent. A readable name of something else is not."""

import json

import pytest

from cards.model.facts import FactKind, Unread
from cards.model.labs import Analyte
from fhir_mappers.bundle.passed_over import UnknownNumbers
from fhir_mappers.bundle.relevance import Relevance
from fhir_mappers.bundle.resources import resources_in
from fhir_mappers.chart import ChartRequest, chart_from
from tests.fhir_mappers.mapped import ZONE, chart_of, resources

LOINC = "http://loinc.org"
NAMELESS = "it has no name and no known code"
TYPELESS = "its type is missing or unknown"
NO_SYSTEM = "the code system of its code is missing"
LOCAL = "it has a name but no known code"
COUNT = "white cell count 3.4 10*9/L"
NOTHING_NAMED = [
    None,
    {},
    17,
    {"coding": None},
    {"coding": [None]},
    {"coding": [], "text": " "},
    {"coding": [{"system": LOINC}]},
]
DRUG = "medicationCodeableConcept"


def record(kind, **elements):
    return {"resourceType": kind, "id": "x", **elements}


def result(code, **elements):
    value = {"value": 3.4, "unit": "10*9/L"}
    dated = {"status": "final", "effectiveDateTime": "2026-03-01", "subject": {"reference": "Patient/1"}}
    return record("Observation", code=code, **(dated | {"valueQuantity": value} | elements))


def told(*records):
    return [
        (one.kind and one.kind.value, f"{one.what}: {one.why}" if one.what else one.why)
        for one in chart_of(*records).chart.unread
    ]


def local(words, code="L-17", system="http://hospital.example/codes"):
    return {"coding": [{"system": system, "code": code, "display": words}]}


@pytest.mark.parametrize("code", NOTHING_NAMED)
@pytest.mark.parametrize(
    ("kind", "element", "expected"),
    [
        ("Condition", "code", ("conditions", f"one of the conditions: {NAMELESS}")),
        ("AllergyIntolerance", "code", ("allergies", f"one of the allergies: {NAMELESS}")),
        ("Procedure", "code", ("procedures", f"one of the procedures: {NAMELESS}")),
        ("ServiceRequest", "code", ("ordered tests", f"one of the ordered tests: {NAMELESS}")),
        ("Immunization", "vaccineCode", ("immunizations", f"one of the immunizations: {NAMELESS}")),
        ("DiagnosticReport", "code", ("TPMT and NUDT15 results", f"one of the TPMT and NUDT15 results: {NAMELESS}")),
        ("Observation", "code", (None, f"a result: {NAMELESS}")),
    ],
)  # fmt: skip
def test_a_record_without_code_and_words_is_told(kind, element, expected, code):
    status = {"status": "completed"} if kind in ("Procedure", "Immunization") else {}

    assert told(record(kind, **status, **{element: code})) == [expected]


@pytest.mark.parametrize("code", [code for code in NOTHING_NAMED if code != 17])
def test_a_medication_without_code_and_words_is_told(code):
    ((kind, why),) = told(record("MedicationRequest", status="active", intent="order", **{DRUG: code}))

    assert kind == "medications"
    assert why in (f"one of the medications: {NAMELESS}", "a medication record: it names no drug")


def test_a_nameless_result_is_told_with_its_value():
    assert told(result({})) == [(None, f"a result (3.4 10*9/L): {NAMELESS}")]


@pytest.mark.parametrize("kind", [None, 5, "", "observation", "Observaton"])
def test_a_record_of_no_type_of_fhir_is_told(kind):
    assert told({"resourceType": kind, "id": "x", "code": {"text": "WBC"}}) == [(None, TYPELESS)]
    assert told({"resourceType": "Bundle", "entry": [None]}) == [(None, TYPELESS)]
    assert told(record("Coverage", code={})) == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ({"coding": [{"code": "6690-2"}]}, [("blood counts", f"{COUNT}: {NO_SYSTEM}")]),
        ({"coding": [{"code": "6690-2", "system": " "}]}, [("blood counts", f"{COUNT}: {NO_SYSTEM}")]),
        ({"coding": [{"code": "17"}]}, []),
        ({"text": "Leukocytes"}, [("blood counts", f"{COUNT}: {LOCAL}")]),
        (local("Leukocytes"), [("blood counts", f"{COUNT}: {LOCAL}")]),
        (local("ferritin"), []),
        (local("Leukocytes", "99999-9", LOINC), []),  # its code says that it is none of ours
        (local("Blood count panel"), []),
    ],
)  # fmt: skip
def test_a_result_that_may_be_ours_is_told(code, expected):
    assert told(result(code)) == expected


@pytest.mark.parametrize(
    ("kind", "element", "code"),
    [
        ("Condition", "code", "K50.90"),
        ("Procedure", "code", "70536003"),
        ("AllergyIntolerance", "code", "1256"),
        ("Immunization", "vaccineCode", "03"),
    ],
)
def test_a_known_code_without_its_system_is_told(kind, element, code):
    coded = {element: {"coding": [{"code": code}]}}

    ((_, why),) = told(record(kind, status="completed", **coded))

    assert why.endswith(NO_SYSTEM)


def test_a_code_counts_only_on_a_record_that_it_can_be_about():
    assert told(record("Condition", code={"coding": [{"code": "03"}]})) == []


@pytest.mark.parametrize(
    "says_no",
    [
        {"status": "entered-in-error"},
        {"status": "not-done"},
        {"verificationStatus": {"coding": [{"code": "refuted"}]}},
        {"verificationStatus": "entered-in-error"},
    ],
)
def test_a_record_that_does_not_count_is_not_told(says_no):
    assert told(record("Condition", **says_no)) == []


@pytest.mark.parametrize(
    "part",
    [{"substance": {"text": "peanut"}}, {"reaction": [{"substance": {"coding": [{"code": "762952008"}]}}]}],
)
def test_an_allergy_may_name_its_substance_elsewhere(part):
    assert told(record("AllergyIntolerance", **part)) == []


def test_another_drug_by_reference_is_not_nameless():
    named = {"medicationReference": {"reference": "Medication/1", "display": "bisoprolol"}}

    assert told(record("MedicationRequest", status="active", intent="order", **named)) == []


def test_a_draft_is_told_as_a_record_is():
    (draft,) = resources(record("MedicationRequest", status="draft"))

    chart = chart_from(ChartRequest(zone=ZONE, patient_id="1", draft_orders=(draft,))).chart

    assert chart.unread == (
        Unread(
            "MedicationRequest/x",
            FactKind.MEDICATIONS,
            "it names no drug",
            what="a medication record",
            is_order=True,
        ),
    )


def test_the_glance_at_a_large_body_keeps_what_is_open():
    """What is passed over is gone: only a readable name of something else may be."""
    numbers = UnknownNumbers("1", Relevance())

    def passed_over(code):
        (one,) = resources_in(json.dumps(result(code)).encode())
        return numbers.date_of_passed_over(one.raw) is not None

    assert [passed_over(code) for code in (None, {"coding": [None]}, {"coding": [{"code": "6690-2"}]})] == [
        False
    ] * 3
    assert passed_over(local("ferritin"))


OTHER_SYSTEM = "the code system of its code is unknown"


@pytest.mark.parametrize(
    "system", ["http://fhir.de/CodeSystem/bfarm/icd-10-gm", "http://hl7.org/fhir/sid/icd-10", "urn:oid:1.2.3"]
)
def test_a_known_code_of_an_edition_that_is_not_read_is_told(system):
    def coded(code):
        return record("Condition", code={"coding": [{"system": system, "code": code}]})

    assert told(coded("A41.9")) == [("conditions", f"one of the conditions: {OTHER_SYSTEM}")]
    assert told(coded("I10.9")) == []
    assert told(coded("A419")) == []  # any local code may look like it


def test_a_loinc_code_under_another_name_is_told_and_its_number_alone_is_not():
    def coded(code):
        return result({"coding": [{"system": "urn:oid:1.2.3", "code": code}]})

    assert told(coded("6690-2")) == [("blood counts", f"{COUNT}: {OTHER_SYSTEM}")]
    assert told(coded("6690")) == []


def test_the_names_that_hl7_v2_gives_to_code_systems_are_read():
    (count,) = chart_of(result({"coding": [{"system": "LN", "code": "6690-2"}]})).chart.series(Analyte.WBC)

    assert count.value == 3.4
