"""What became of each resource of a request: one entry each, and of another patient's only the type."""

import json
from datetime import UTC

import pytest

from cards.model.facts import FactKind, Unread, UnreadReason
from fhir_mappers.bundle.resources import resources_in
from fhir_mappers.chart import ChartRequest, chart_from
from fhir_mappers.ledger import Disposition, Ledger, ledger_of

LOINC, RXNORM = "http://loinc.org", "http://www.nlm.nih.gov/research/umls/rxnorm"
WBC = {
    "resourceType": "Observation",
    "id": "wbc",
    "status": "final",
    "code": {"coding": [{"system": LOINC, "code": "6690-2"}]},
    "subject": {"reference": "Patient/1"},
    "effectiveDateTime": "2026-03-01",
    "valueQuantity": {
        "value": 3.4,
        "unit": "10*9/L",
        "system": "http://unitsofmeasure.org",
        "code": "10*9/L",
    },
}
ORDER = {
    "resourceType": "MedicationRequest",
    "id": "aza",
    "status": "active",
    "intent": "order",
    "medicationCodeableConcept": {"text": "Azathioprine"},
    "subject": {"reference": "Patient/1"},
}
ALLERGY = {
    "resourceType": "AllergyIntolerance",
    "id": "allergy",
    "patient": {"reference": "Patient/1"},
    "code": {"text": "Azathioprine"},
}
CONDITION = {"resourceType": "Condition", "id": "condition", "subject": {"reference": "Patient/1"}}
TPMT = {
    "resourceType": "Observation",
    "id": "tpmt",
    "status": "final",
    "code": {"coding": [{"system": LOINC, "code": "79713-4"}], "text": "TPMT phenotype"},
    "subject": {"reference": "Patient/1"},
    "valueString": "Normal metabolizer",
}
PANEL = {
    "resourceType": "DiagnosticReport",
    "id": "panel",
    "status": "final",
    "code": {"text": "TPMT gene analysis"},
    "subject": {"reference": "Patient/1"},
    "result": [{"reference": "Observation/tpmt"}],
}


def resources(*contents):
    return [one for content in contents for one in resources_in(json.dumps(content).encode())]


def ledger(*contents, drafts=(), **more):
    own, ordered = resources(*contents), resources(*drafts)
    request = ChartRequest(zone=UTC, patient_id="1", draft_orders=ordered, records=own)
    return ledger_of("1", ordered, own, chart_from(request), **more)


def only(*contents, **more):
    (entry,) = ledger(*contents, **more).entries
    return entry


@pytest.mark.parametrize("record", [WBC, ORDER, ALLERGY, TPMT, {"resourceType": "Patient", "id": "1"}])
def test_what_gave_a_fact_is_used(record):
    entry = only(record)

    assert (entry.disposition, entry.record_ref) == (
        Disposition.USED,
        f"{record['resourceType']}/{record['id']}",
    )
    assert (entry.why, entry.unread, entry.codes) == ("", (), ())


def test_a_draft_is_used_too():
    (entry,) = ledger(drafts=[ORDER | {"status": "draft"}]).entries

    assert entry.disposition is Disposition.USED


def test_a_value_that_is_not_understood_is_not_usable_and_says_why():
    entry = only(WBC | {"valueQuantity": {"value": 3.4}})

    assert (entry.disposition, entry.why) == (
        Disposition.NOT_USABLE,
        "white cell count not used: 3.4, no unit",
    )
    assert [one.reason for one in entry.unread] == [UnreadReason.NOT_UNDERSTOOD]


def test_what_counts_with_a_doubt_is_used_and_says_which():
    entry = only(ORDER | {"modifierExtension": [{"url": "http://example.org/odd", "valueBoolean": True}]})

    assert entry.disposition is Disposition.USED
    assert entry.why == "azathioprine: it is marked in a way that may change its meaning (modifier extension)"


@pytest.mark.parametrize(
    ("is_counted", "disposition", "why"),
    [
        (False, Disposition.NOT_USABLE, "azathioprine not used: dated ahead"),
        (True, Disposition.USED, "azathioprine: dated ahead"),
    ],
)
def test_what_is_doubtful_on_the_day_is_told(is_counted, disposition, why):
    note = Unread(
        "MedicationRequest/aza",
        FactKind.MEDICATIONS,
        "dated ahead",
        what="azathioprine",
        is_counted=is_counted,
    )

    entry = only(ORDER, of_day=[note])

    assert (entry.disposition, entry.why, entry.unread) == (disposition, why, (note,))


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (WBC | {"status": "entered-in-error"}, "its status is entered-in-error"),
        (WBC | {"status": "cancelled"}, "its status is cancelled"),
        (ORDER | {"status": "cancelled"}, "its status is cancelled"),
        (
            ALLERGY | {"verificationStatus": {"coding": [{"code": "refuted"}]}},
            "its verification status is refuted",
        ),
        (
            ALLERGY | {"clinicalStatus": {"coding": [{"code": "resolved"}]}},
            "it denies an allergy, or has ended",
        ),
        (
            CONDITION | {"code": {"text": "No pancreatitis"}},
            "it denies what it names, or is about a relative",
        ),
        (ALLERGY | {"code": {"text": "Azathioprine (not allergic)"}}, "it denies an allergy, or has ended"),
    ],
)
def test_what_says_no_says_how(record, why):
    entry = only(record)

    assert (entry.disposition, entry.why) == (Disposition.SAYS_NO, why)


def test_a_vaccine_that_was_not_given_says_no():
    mmr = {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "03"}]}
    entry = only({"resourceType": "Immunization", "id": "i", "status": "completed", "notGiven": True} | {
        "vaccineCode": mmr,
        "patient": {"reference": "Patient/1"},
    })  # fmt: skip

    assert (entry.disposition, entry.why) == (Disposition.SAYS_NO, "it says that it was not done")


def test_the_older_version_is_superseded():
    older = WBC | {"meta": {"lastUpdated": "2026-03-01T00:00:00Z"}}
    newer = WBC | {"meta": {"lastUpdated": "2026-03-02T00:00:00Z"}}

    assert [one.disposition for one in ledger(older, newer).entries] == [
        Disposition.SUPERSEDED,
        Disposition.USED,
    ]


def test_a_newer_version_that_takes_it_back_supersedes_it():
    older = WBC | {"meta": {"lastUpdated": "2026-03-01T00:00:00Z"}}
    newer = WBC | {"meta": {"lastUpdated": "2026-03-02T00:00:00Z"}, "status": "entered-in-error"}

    assert [one.disposition for one in ledger(older, newer).entries] == [
        Disposition.SUPERSEDED,
        Disposition.SAYS_NO,
    ]


def test_a_panel_that_says_no_more_than_its_members_is_superseded():
    found = ledger(TPMT, PANEL)

    assert [one.disposition for one in found.entries] == [Disposition.USED, Disposition.SUPERSEDED]


def test_what_is_known_and_says_nothing_that_a_rule_asks_for_is_irrelevant_with_that_reason():
    entry = only({
        "resourceType": "MedicationStatement",
        "id": "s",
        "status": "declined",
        "subject": {"reference": "Patient/1"},
        "medicationCodeableConcept": {"text": "Azathioprine"},
    })  # fmt: skip

    assert (entry.disposition, entry.why, entry.codes) == (
        Disposition.IRRELEVANT,
        "nothing in it is a fact that a rule asks for",
        (),
    )


@pytest.mark.parametrize("resource_type", ["Observation", "Condition", "Procedure", "Basic"])
def test_what_means_nothing_here_is_irrelevant_and_keeps_its_codes(resource_type):
    other = {"coding": [{"system": LOINC, "code": "8480-6"}, {"code": "x"}, {"display": "y"}]}
    entry = only({
        "resourceType": resource_type,
        "id": "o",
        "status": "final",
        "code": other,
        "subject": {"reference": "Patient/1"},
    })  # fmt: skip

    assert (entry.disposition, entry.why) == (Disposition.IRRELEVANT, "")
    assert entry.codes == (f"{LOINC}|8480-6", "|x")


def test_a_medication_is_used_with_the_record_that_names_it():
    drug = {"resourceType": "Medication", "id": "m", "code": {"text": "Azathioprine"}}
    named = {key: value for key, value in ORDER.items() if key != "medicationCodeableConcept"}
    order = named | {"medicationReference": {"reference": "Medication/m"}}

    assert [one.disposition for one in ledger(order, drug).entries] == [Disposition.USED, Disposition.USED]
    assert only(drug).disposition is Disposition.IRRELEVANT


def test_a_result_inside_a_report_has_an_entry_of_its_own():
    report = PANEL | {"result": [{"reference": "#wbc"}], "contained": [WBC]}

    assert [one.record_ref for one in ledger(report).entries] == [
        "DiagnosticReport/panel",
        "DiagnosticReport/panel#wbc",
    ]


def test_of_another_patients_record_only_the_type_is_kept():
    entry = only(WBC | {"subject": {"reference": "Patient/2"}})

    assert entry.is_of_another_patient
    assert (entry.disposition, entry.resource_type, entry.record_ref) == (
        Disposition.NOT_USABLE,
        "Observation",
        "",
    )
    assert (entry.why, entry.unread, entry.codes) == ("it names another patient", (), ())


def test_what_is_not_usable_is_told_by_its_reason_the_most_frequent_first():
    nameless = [CONDITION | {"id": "a"}, CONDITION | {"id": "b"}]
    silent = {name: value for name, value in WBC.items() if name != "valueQuantity"}

    found = ledger(silent, *nameless, ORDER).not_usable

    assert [(reason, [one.record_ref for one in notes]) for reason, notes in found.items()] == [
        (UnreadReason.UNNAMED, ["Condition/a", "Condition/b"]),
        (UnreadReason.NO_VALUE, ["Observation/wbc"]),
    ]


def test_the_counts_are_those_of_all_resources():
    found = ledger(
        WBC, ORDER, WBC | {"id": "other", "status": "cancelled"}, passed_over={"Observation": 1_000}
    )

    assert found.counts == {
        Disposition.USED: 2,
        Disposition.IRRELEVANT: 1_000,
        Disposition.SUPERSEDED: 0,
        Disposition.SAYS_NO: 1,
        Disposition.NOT_USABLE: 0,
    }
    assert [one.record_ref for one in found.of(Disposition.SAYS_NO)] == ["Observation/other"]


def test_nothing_is_an_empty_ledger():
    assert ledger() == Ledger(())
