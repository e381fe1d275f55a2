"""What a reader is told about a record that counts, and of which a part may be misread."""

import pytest

from cards.model.conditions import ConditionState
from cards.model.facts import FactKind, UnreadReason
from fhir_mappers.context import MapContext
from fhir_mappers.json.doubt_words import BACKWARDS, MODIFIED
from fhir_mappers.not_used.doubts import doubts_about
from tests.builders import on
from tests.fhir_mappers.mapped import ZONE, chart_of

CONTEXT = MapContext(zone=ZONE, record_ref="X/1")

RUNS_BACKWARDS = {"start": "2026-03-01", "end": "2026-02-01"}
RUNS = {"start": "2026-02-01", "end": "2026-03-01"}
CODES = {
    "MedicationRequest": {"medicationCodeableConcept": {"text": "Azathioprine 50 mg"}},
    "MedicationStatement": {"medicationCodeableConcept": {"text": "Azathioprine 50 mg"}},
    "Condition": {"code": {"text": "Sepsis"}},
    "AllergyIntolerance": {"code": {"text": "Azathioprine"}},
    "Procedure": {"code": {"text": "PUVA"}},
    "Immunization": {"vaccineCode": {"text": "MMR"}},
    "ServiceRequest": {"code": {"coding": [{"system": "http://loinc.org", "code": "57021-8"}]}},
    "Patient": {},
}
STATUS = {
    "Procedure": "completed",
    "Immunization": "completed",
    "AllergyIntolerance": None,
    "Condition": None,
}


def record(resource_type, **more):
    owner = {"subject": {"reference": "Patient/1"}, "patient": {"reference": "Patient/1"}}
    status = STATUS.get(resource_type, "active")
    stated = {"status": status} if status and resource_type != "Patient" else {}
    whose = {"id": "1"} if resource_type == "Patient" else {"id": "r", **owner}
    return {"resourceType": resource_type, "intent": "order", **whose, **stated} | CODES[resource_type] | more


def told(*records):
    return [one.in_words for one in chart_of(*records).chart.unread]


@pytest.mark.parametrize(
    ("resource_type", "name"),
    [
        ("MedicationRequest", "azathioprine"),
        ("Condition", "'Sepsis'"),
        ("AllergyIntolerance", "the allergy 'Azathioprine'"),
        ("Procedure", "'PUVA'"),
        ("Immunization", "'MMR'"),
        ("ServiceRequest", "a test ordered"),
        ("Patient", "the patient's details"),
    ],
)
def test_a_record_is_called_by_what_it_is_about(resource_type, name):
    marked = record(resource_type, modifierExtension=[{"url": "http://hospital.example/x"}])

    assert told(marked) == [f"{name}: {MODIFIED}"]


def test_a_class_of_drugs_is_called_by_its_name():
    marked = record("MedicationRequest", modifierExtension=[{"url": "http://hospital.example/x"}])
    lisinopril = {"medicationCodeableConcept": {"text": "Lisinopril 10 mg"}}

    assert told(marked | lisinopril) == [f"an ACE inhibitor: {MODIFIED}"]


@pytest.mark.parametrize(
    ("lost", "why", "deciding"),
    [
        (["authoredOn"], "its date could not be read", True),
        (["recordedDate", "onsetDateTime"], "its date and onset could not be read", True),
        (["recordedDate", "authoredOn"], "its date could not be read", True),
        (["dosageInstruction"], "its dose could not be read", True),
        (["dosageInstruction.0.route"], "its dose (in part) could not be read", False),
        (["bodySite"], "its body site could not be read", False),
        (
            ["note", "category", "site", "reason"],
            "its note, category and site could not be read",
            False,
        ),
    ],
)
def test_the_parts_that_are_not_valid_are_named_in_a_clinician_s_words(lost, why, deciding):
    (note,) = doubts_about({}, lost, (), FactKind.ORDERED_TESTS, CONTEXT)

    assert (note.why, note.deciding, note.reason) == (why, deciding, UnreadReason.INVALID)
    assert (note.what, note.is_counted) == ("a test ordered", True)


def test_a_kind_without_a_word_of_its_own_is_named():
    (note,) = doubts_about({}, ["code"], (), FactKind.SEROLOGY, CONTEXT)

    assert note.what == "a record (serology)"


@pytest.mark.parametrize(
    "sent",
    [
        record(
            "MedicationRequest", dosageInstruction=[{"timing": {"repeat": {"boundsPeriod": RUNS_BACKWARDS}}}]
        ),
        record("MedicationStatement", effectivePeriod=RUNS_BACKWARDS),
        record("MedicationStatement", dosage=[{"timing": {"repeat": {"boundsPeriod": RUNS_BACKWARDS}}}]),
        record("Condition", onsetPeriod=RUNS_BACKWARDS),
        record("Condition", abatementPeriod=RUNS_BACKWARDS),
        record("Condition", onsetDateTime="2026-03-01", abatementDateTime="2026-02-01"),
        record("Procedure", performedPeriod=RUNS_BACKWARDS),
    ],
)
def test_an_end_before_the_start_is_told_and_ends_nothing(sent):
    chart = chart_of(sent).chart

    assert [(one.why, one.reason) for one in chart.unread if one.why == BACKWARDS] == [
        (BACKWARDS, UnreadReason.DATE)
    ]
    for one in chart.drug_records:
        assert (one.started_on, one.ended_on) == (None, None)
    for one in chart.conditions:
        assert (one.state, one.abated_on) == (ConditionState.ACTIVE, None)


@pytest.mark.parametrize(
    "sent",
    [
        record("MedicationStatement", effectivePeriod=RUNS),
        record("MedicationStatement", effectivePeriod=RUNS | {"start": "2026-03"}),  # it may end in its month
        record("Condition", abatementPeriod=RUNS),
        record("Condition", onsetDateTime="2026-03-01", abatementDateTime="2026-03-01"),
    ],
)
def test_an_end_that_may_be_after_the_start_is_no_doubt(sent):
    assert BACKWARDS not in [one.why for one in chart_of(sent).chart.unread]


def test_a_result_of_a_period_that_ends_before_it_starts_has_no_day():
    code = {"coding": [{"system": "http://loinc.org", "code": "6690-2"}]}
    count = {"resourceType": "Observation", "id": "1", "status": "final", "code": code}
    value = {"valueQuantity": {"value": 3.4, "unit": "10*3/uL"}}

    chart = chart_of(count | value | {"effectivePeriod": RUNS_BACKWARDS}).chart

    assert [one.in_words for one in chart.unread] == [f"white cell count 3.4 10*3/uL: {BACKWARDS}"]
    assert [one.taken_on for series in chart.labs.values() for one in series] == [None]


@pytest.mark.parametrize("end", [{"abatementString": "not yet"}, {"abatementRange": {"low": {"value": 40}}}])
def test_an_end_in_words_does_not_make_a_problem_vanish(end):
    chart = chart_of(record("Condition", **end)).chart

    assert [one.state for one in chart.conditions] == [ConditionState.ACTIVE]
    assert [one.in_words for one in chart.unread] == ["'Sepsis': its end has no date, so it counts as active"]


@pytest.mark.parametrize(
    ("clinical", "state"), [("active", ConditionState.ACTIVE), ("resolved", ConditionState.RESOLVED)]
)
def test_a_status_beside_an_end_in_words_decides(clinical, state):
    chart = chart_of(
        record("Condition", abatementString="in May", clinicalStatus={"coding": [{"code": clinical}]})
    ).chart

    assert ([one.state for one in chart.conditions], chart.unread) == ([state], ())


def test_a_problem_that_ended_within_a_period_ended_at_its_end():
    ended = [
        chart_of(record("Condition", abatementPeriod=period)).chart.conditions[0].abated_on
        for period in (RUNS, {"start": "2026-02-01"})
    ]

    assert [one.first for one in ended] == [on("2026-03-01").first, on("2026-02-01").first]
