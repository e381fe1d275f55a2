import json
from datetime import UTC

from cds_service.workbench.uploads import upload_in

WBC = {"coding": [{"system": "http://loinc.org", "code": "6690-2"}]}
RESOURCES = [
    {"resourceType": "Patient", "id": "p1"},
    {
        "resourceType": "Observation",
        "id": "wbc",
        "status": "final",
        "code": WBC,
        "subject": {"reference": "Patient/p1"},
    },
    {"resourceType": "Observation", "id": "shoe-size", "status": "final", "code": {"text": "Shoe size"}},
    {"resourceType": "MedicationRequest", "id": "draft", "status": "draft", "intent": "order"},
    {"resourceType": "MedicationRequest", "id": "active", "status": "active", "intent": "order"},
    {"resourceType": "Medication", "id": "aza"},
    {"resourceType": "ServiceRequest", "id": "open", "status": "active", "intent": "order"},
    {"resourceType": "ServiceRequest", "id": "done", "status": "completed", "intent": "order"},
]


def upload():
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": one} for one in RESOURCES],
    }
    return upload_in(json.dumps(bundle).encode(), UTC)


def ids(bundle):
    return [entry["resource"]["id"] for entry in bundle.get("entry", [])]


def test_each_search_is_answered_from_the_file():
    found = upload()

    assert found.prefetch["patient"] == {"resourceType": "Patient", "id": "p1"}
    assert ids(found.prefetch["medications"]) == ["active", "aza"]
    assert ids(found.prefetch["counts"]) == ["wbc"]
    assert ids(found.prefetch["orderedTests"]) == ["open"]
    assert found.prefetch["liver"] == {"resourceType": "Bundle", "type": "searchset"}


def test_drafts_are_the_draft_orders_and_what_no_search_asks_for_is_counted():
    found = upload()

    assert (found.patient_id, ids(found.draft_orders), found.left_out) == ("p1", ["draft"], 2)
