"""What the page shows of a request or a file: nothing of another patient but how many records of which type."""

import json
from datetime import UTC

import pytest

from cds_service.hooks.request import hook_request_from
from cds_service.workbench.own_records import request_shown
from cds_service.workbench.uploads import upload_in

OURS, THEIRS = {"reference": "Patient/p1"}, {"reference": "Patient/p2"}
WBC = {"coding": [{"system": "http://loinc.org", "code": "6690-2"}]}


def count(name, subject):
    return {"resourceType": "Observation", "id": name, "status": "final", "code": WBC, "subject": subject}


def order(name, subject):
    return {
        "resourceType": "MedicationRequest",
        "id": name,
        "status": "draft",
        "intent": "order",
        "subject": subject,
    }


def bundle(*resources, **more):
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"resource": one} for one in resources],
    } | more


def shown(prefetch, drafts=None, **more):
    context = {"userId": "Practitioner/1", "patientId": "p1"} | ({"draftOrders": drafts} if drafts else {})
    hook = "order-sign" if drafts else "patient-view"
    request = {"hook": hook, "hookInstance": "i", "context": context, "prefetch": prefetch} | more
    return request, request_shown(request, hook_request_from(json.dumps(request).encode(), hook))


@pytest.mark.parametrize(
    "prefetch",
    [
        {},
        {"counts": None},
        {"counts": bundle(count("a", OURS), total=1), "patient": {"resourceType": "Patient", "id": "p1"}},
        {"counts": "text", "other": 5},
    ],
)
def test_a_request_without_others_records_is_shown_as_it_came(prefetch):
    for drafts in (None, bundle(order("d", OURS))):
        request, seen = shown(prefetch, drafts)
        assert seen == request


def test_others_records_are_left_out_and_counted_by_type():
    prefetch = {
        "counts": bundle(count("a", OURS), count("b", THEIRS), total=2),
        "liver": count("c", THEIRS),
        "kidney": bundle(count("d", OURS)),
    }

    request, seen = shown(prefetch, bundle(order("mine", OURS), order("theirs", THEIRS)))

    why = "1 medication order and 2 results that name another patient were not used"
    assert seen == request | {
        "context": request["context"] | {"draftOrders": bundle(order("mine", OURS))},
        "prefetch": {"counts": bundle(count("a", OURS)), "liver": None, "kidney": prefetch["kidney"]},
        "notShown": why,
    }


def test_the_token_is_not_shown():
    secret = {"access_token": "secret", "token_type": "Bearer", "expires_in": 1, "scope": "", "subject": "s"}

    assert shown({}, fhirAuthorization=secret)[1]["fhirAuthorization"] == "(not shown)"


def test_a_file_gives_the_records_of_its_first_patient_and_the_number_of_the_others():
    records = [
        {"resourceType": "Patient", "id": "p1"},
        count("a", OURS),
        count("b", THEIRS),
        order("x", THEIRS),
    ]

    found = upload_in(json.dumps(bundle(*records)).encode(), UTC)

    assert "p2" not in json.dumps([found.prefetch, found.draft_orders])
    assert found.notes == ("1 medication order and 1 result that name another patient were not used",)
    assert found.left_out == 0
