"""What a patient reported is the home list; what a prescriber plans is planned."""

from datetime import UTC, date

import pytest

from cards.model.therapy import TherapyState
from fhir_mappers.context import MapContext
from fhir_mappers.json.dates import clinical_date
from fhir_mappers.medications.home_list import is_on_home_list
from tests.fhir_mappers.mapped import orders_of, records_of

ACTIVE, POSSIBLY, PLANNED = TherapyState.ACTIVE, TherapyState.POSSIBLY_TAKEN, TherapyState.PLANNED
PATIENT_URN, DOCTOR_URN = "urn:uuid:patient", "urn:uuid:doctor"
KNOWN = {PATIENT_URN: {"resourceType": "Patient"}, DOCTOR_URN: {"resourceType": "Practitioner"}}
REPORTED = {"reportedBoolean": True}
PERIOD = "boundsPeriod"
TODAY = date(2026, 11, 30)


def context(**more):
    return MapContext(zone=UTC, record_ref="X/1", find=lambda literal, _holder: KNOWN.get(literal), **more)


def request(**elements):
    given = {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "plan",
        "medicationCodeableConcept": {"text": "Allopurinol 300 mg tablet"},
        "authoredOn": "2026-11-01",
        **elements,
    }
    return {name: value for name, value in given.items() if value is not None}


def bounds(**period):
    return [{"timing": {"repeat": {PERIOD: period}}}]


def state(**elements):
    return [record.state for record in records_of(request(**elements), context(), TODAY)]


@pytest.mark.parametrize(
    ("elements", "is_reported"),
    [
        ({"reportedBoolean": True}, True),
        ({"reportedBoolean": "true"}, True),
        ({"reportedReference": {"reference": "Practitioner/1"}}, True),
        ({"reported": True}, True),  # R5
        ({"informationSource": [{"reference": "Patient/1"}]}, True),  # R5
        ({"informationSource": [{"reference": "Patient/1"}], "reported": False}, False),
        ({"requester": {"reference": "Patient/1"}}, True),
        ({"requester": {"reference": "https://ehr.example/fhir/Patient/1/_history/2"}}, True),
        ({"requester": {"reference": "Patient/1"}, "reportedBoolean": False}, True),
        ({"requester": {"reference": PATIENT_URN}}, True),
        ({"requester": {"type": "Patient", "display": "herself"}}, True),
        ({"requester": {"reference": "RelatedPerson/mother"}}, True),
        ({"requester": {"agent": {"reference": "Patient/1"}}}, True),  # STU3
        ({"requester": {"reference": "Practitioner/1"}}, False),
        ({"requester": {"reference": DOCTOR_URN}}, False),
        ({"requester": {"reference": "urn:uuid:nobody"}}, False),
        ({"requester": {"display": "Dr. Example"}}, False),
        ({"reportedBoolean": False}, False),
        ({}, False),
        ({"reportedBoolean": True, "intent": "order"}, False),  # an order whatever was reported
        ({"reportedBoolean": True, "intent": "proposal"}, False),
        ({"reportedBoolean": True, "intent": "option"}, False),
        ({"reportedBoolean": True, "intent": " Plan "}, True),
        (
            {"reportedBoolean": [None], "reportedReference": "x", "requester": [7], "informationSource": 1},
            False,
        ),
    ],
)
def test_reported_or_requested_by_the_patient_is_the_home_list(elements, is_reported):
    assert is_on_home_list(request(**elements), context()) is is_reported


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({"authoredOn": "2025-11-30"}, ACTIVE),  # 365 days
        ({"authoredOn": "2025-11-29"}, POSSIBLY),  # 366 days
        ({"authoredOn": "2025"}, ACTIVE),  # perhaps on its last day, 334 days ago
        ({"authoredOn": None}, POSSIBLY),
        ({"authoredOn": "2020-01-01", "dosageInstruction": bounds(start="2026-06-01")}, ACTIVE),
        ({"authoredOn": "2020-01-01", "dosageInstruction": bounds(end="2027-06-01")}, POSSIBLY),
        (
            {
                "authoredOn": "2024-01-01",
                "dispenseRequest": {"validityPeriod": {"start": "2024-01-01", "end": "2026-01-31"}},
            },
            ACTIVE,
        ),
        ({"status": "unknown"}, POSSIBLY),
        ({"status": "on-hold"}, TherapyState.HELD),
        ({"status": "stopped"}, TherapyState.PAST),
        ({"dosageInstruction": bounds(start="2025-01-01", end="2026-10-31")}, TherapyState.PAST),
        ({"status": "draft"}, PLANNED),
        ({"dosageInstruction": bounds(start="2026-12-10")}, PLANNED),
    ],
)
def test_the_home_list_counts_as_taken_for_twelve_months(elements, expected):
    assert state(**REPORTED, **elements) == [expected]


@pytest.mark.parametrize(
    ("elements", "is_stale"),
    [
        ({"authoredOn": "2025-11-30"}, False),
        ({"authoredOn": "2025-11-29"}, True),
        ({"authoredOn": None}, True),
        ({"status": "unknown"}, False),  # lately reported
        ({"authoredOn": "2020-01-01", "intent": "order"}, False),
    ],
)
def test_an_old_or_undated_report_is_marked_for_asking(elements, is_stale):
    (record,) = records_of(request(**REPORTED, **elements), context(), TODAY)

    assert record.is_stale_report is is_stale


@pytest.mark.parametrize(
    "elements", [{"status": "cancelled"}, {"status": "entered-in-error"}, {"doNotPerform": True}]
)
def test_what_is_not_to_be_taken_is_not_on_the_home_list(elements):
    assert records_of(request(**REPORTED, **elements), context(), TODAY) == ()


@pytest.mark.parametrize("intent", ["plan", "proposal", "option", "PLAN"])
def test_what_a_prescriber_plans_is_planned(intent):
    assert state(intent=intent, requester={"reference": "Practitioner/1"}) == [PLANNED]


@pytest.mark.parametrize("status", ["stopped", "completed"])
def test_a_plan_that_is_over_was_no_therapy(status):
    assert state(status=status) == []


@pytest.mark.parametrize(
    ("elements", "day"),
    [
        ({}, None),
        ({"dosageInstruction": bounds(start="2026-12-10")}, "2026-12-10"),
        ({"dosageInstruction": bounds(start="2026-12-10"), "intent": "order"}, "2026-12-10"),
        ({"dosageInstruction": bounds(start="2026-11-10")}, "2026-11-10"),
    ],
)
def test_a_plan_keeps_the_day_that_it_states(elements, day):
    (record,) = records_of(request(**elements), context(), TODAY)

    assert (record.state, record.planned_for) == (PLANNED, clinical_date(day, UTC) if day else None)


@pytest.mark.parametrize(
    ("elements", "day"),
    [
        (
            {"resourceType": "MedicationStatement", "status": "intended", "effectiveDateTime": "2026-12-10"},
            "2026-12-10",
        ),
        (
            {
                "resourceType": "MedicationAdministration",
                "status": "in-progress",
                "effectiveDateTime": "2026-12-10",
            },
            "2026-12-10",
        ),
    ],
)
def test_a_statement_or_administration_that_is_ahead_keeps_its_day(elements, day):
    (record,) = records_of(request(**elements), context(), TODAY)

    assert (record.state, record.planned_for) == (PLANNED, clinical_date(day, UTC))


@pytest.mark.parametrize("intent", ["plan", "proposal", "option"])
def test_a_draft_is_ordered_whatever_its_intent(intent):
    (order,) = orders_of(request(intent=intent, status="draft"), context(is_draft=True), TODAY)

    assert order.intent == "take"
