"""Whatever stands where FHIR should, a hook call gets an answer, never a 5xx."""

import copy
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cds_service.errors import PatientDataUnavailableError
from cds_service.evaluation import evaluated
from cds_service.hooks.card_json import numbered_ids
from cds_service.hooks.services import SERVICES

pytestmark = pytest.mark.slow

REQUEST = json.loads((Path(__file__).parents[3] / "fixtures/requests/order-sign.json").read_text())
AS_OF = datetime(2026, 11, 20, tzinfo=UTC)
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
VALUES = {
    "null": None,
    "an empty Bundle": {"resourceType": "Bundle"},
    "a Bundle of nulls": {"resourceType": "Bundle", "entry": [None, {"resource": None}, {}, "x", 3]},
    "an OperationOutcome": OUTCOME,
    "an OperationOutcome in a Bundle": {"resourceType": "Bundle", "entry": [{"resource": OUTCOME}]},
    "a cut page": {"resourceType": "Bundle", "link": [{"relation": "next", "url": "https://x.example"}]},
    "text": "unavailable",
    "a number": 3,
    "a list": [{"resourceType": "Observation"}],
    "an empty object": {},
    "another type": {"resourceType": "Binary", "data": "eA=="},
    "elements of wrong types": {
        "resourceType": "Bundle",
        "entry": [
            {
                "resource": {
                    "resourceType": kind,
                    "id": 7,
                    "status": {},
                    "code": 3,
                    "subject": [],
                    "medication": 1,
                }
            }
            for kind in ("Observation", "MedicationRequest", "Condition", "Patient", "Immunization")
        ],
    },
}
DRAFTS = {
    "nothing": {"resourceType": "Bundle"},
    "null": {"resourceType": "Bundle", "entry": None},
    "an object for a list": {
        "resourceType": "Bundle",
        "entry": {"resource": {"resourceType": "MedicationRequest"}},
    },
    "an order without a drug": {
        "resourceType": "Bundle",
        "entry": [
            {"resource": {"resourceType": "MedicationRequest", "id": "request-123", "status": "draft"}}
        ],
    },
    "a lone order": {"resourceType": "MedicationRequest", "id": "1", "status": "draft"},
    "no resource type": {"entry": [{"resource": {"id": "1"}}]},
}

EMPTY = (DRAFTS["nothing"], DRAFTS["null"])


def request_for(hook, **changes):
    context = copy.deepcopy(REQUEST["context"]) | {"selections": ["MedicationRequest/azathioprine-new"]}
    return copy.deepcopy(REQUEST) | {"hook": hook, "context": context} | changes


def cards(request):
    return evaluated(json.dumps(request).encode(), AS_OF, numbered_ids())["cards"]


def summaries(request):
    return [card["summary"] for card in cards(request)]


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.hook)
def test_each_prefetch_key_may_hold_anything(service, value):
    for key in service.prefetch_keys:
        request = request_for(service.hook, prefetch=REQUEST["prefetch"] | {key.name: value})
        try:
            assert isinstance(cards(request), list)
        except PatientDataUnavailableError:
            assert (service.hook, key.name) == ("patient-view", "medications")


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.hook)
def test_all_prefetch_keys_may_hold_the_same(service, value):
    request = request_for(service.hook, prefetch={key.name: value for key in service.prefetch_keys})
    try:
        assert isinstance(cards(request), list)
    except PatientDataUnavailableError:
        assert service.hook == "patient-view"


@pytest.mark.parametrize("draft", DRAFTS.values(), ids=DRAFTS)
def test_a_form_that_names_nothing_yet_gets_no_cards(draft):
    request = request_for("order-select")
    request["context"]["draftOrders"] = draft

    assert cards(request) == []


@pytest.mark.parametrize("draft", DRAFTS.values(), ids=DRAFTS)
def test_an_order_that_names_nothing_is_told_when_it_is_signed(draft):
    request = request_for("order-sign", prefetch=dict.fromkeys(REQUEST["prefetch"]))
    request["context"]["draftOrders"] = draft

    told = [] if draft in EMPTY else ["Thiopurine: could not check medications and 1 unreadable record"]
    assert summaries(request) == told


def test_keys_that_were_not_asked_for_change_nothing():
    extra = REQUEST["prefetch"] | {"more": REQUEST["prefetch"]["medications"]}

    assert cards(request_for("order-sign", prefetch=extra)) == cards(request_for("order-sign"))


def test_records_of_another_patient_are_not_used():
    request = request_for("order-sign")
    request["prefetch"]["medications"]["entry"][0]["resource"]["subject"] = {"reference": "Patient/other"}

    assert not any("llopurinol" in summary for summary in summaries(request))


def test_of_another_patients_records_only_type_and_number_are_told():
    request = request_for("order-sign")
    allopurinol = request["prefetch"]["medications"]["entry"][0]["resource"]
    theirs = {**allopurinol, "id": "their-record", "subject": {"reference": "Patient/their-id"}}
    request["prefetch"]["medications"]["entry"].append({"resource": theirs})

    told = json.dumps(cards(request))

    assert "Medications: 1 medication order that names another patient was not used" in told
    assert "their" not in told


def test_the_order_of_entries_changes_nothing():
    request = request_for("order-sign")
    for bundle in [*request["prefetch"].values(), request["context"]["draftOrders"]]:
        if "entry" in bundle:
            bundle["entry"].reverse()

    assert cards(request) == cards(request_for("order-sign"))
