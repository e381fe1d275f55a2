import json

import pytest

from cds_service.errors import BadRequestError
from cds_service.hooks.request import FhirAuthorization, hook_request_from
from fhir_mappers.bundle.resources import contents_of

CONTEXT = {"userId": "Practitioner/1", "patientId": "p", "draftOrders": {"resourceType": "Bundle"}}


def body(**changes) -> bytes:
    envelope = {"hook": "order-sign", "hookInstance": "d1577c69", "context": CONTEXT}
    return json.dumps(
        {name: value for name, value in (envelope | changes).items() if value is not ...}
    ).encode()


def test_reads_the_envelope_and_leaves_fhir_as_it_came():
    request = hook_request_from(
        body(prefetch={"patient": None}, extension={"com.epic": 1}, unknown=[1]), "order-sign"
    )

    assert (request.hook, request.hook_instance, request.user_id) == (
        "order-sign",
        "d1577c69",
        "Practitioner/1",
    )
    assert (request.patient_id, request.encounter_id, request.selections) == ("p", None, None)
    assert bytes(request.draft_orders) == b'{"resourceType": "Bundle"}'
    assert {key: bytes(value) for key, value in request.prefetch.items()} == {"patient": b"null"}


def test_reads_the_selections_of_an_order_select():
    context = CONTEXT | {"selections": ["MedicationRequest/1"]}

    request = hook_request_from(body(hook="order-select", context=context), "order-select")

    assert request.selections == ("MedicationRequest/1",)


def test_a_patient_view_has_no_orders():
    context = {"userId": "Practitioner/1", "patientId": "Patient/p", "encounterId": "Encounter/e"}

    request = hook_request_from(body(hook="patient-view", context=context), "patient-view")

    assert (request.patient_id, request.encounter_id, request.draft_orders) == ("p", "e", None)


@pytest.mark.parametrize(
    ("user", "is_for_prescriber"),
    [
        ("Practitioner/1", True),
        ("PractitionerRole/1", True),
        ("Patient/1", False),
        ("RelatedPerson/1", False),
    ],
)
def test_tells_prescribers_from_patients(user, is_for_prescriber):
    request = hook_request_from(body(context=CONTEXT | {"userId": user}), "order-sign")

    assert request.is_for_prescriber is is_for_prescriber


def test_the_token_is_kept_out_of_every_printout():
    authorization = {
        "access_token": "secret-token",
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "a (b)",
    }

    request = hook_request_from(
        body(fhirServer="https://fhir.example.org", fhirAuthorization=authorization), "order-sign"
    )

    assert request.fhir_authorization == FhirAuthorization("secret-token")
    assert "secret-token" not in repr(request)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"hook": ...}, "hook"),
        ({"hook": 1}, "hook"),
        ({"hook": "patient-view"}, "hook"),
        ({"hookInstance": ...}, "hookInstance"),
        ({"hookInstance": " "}, "hookInstance"),
        ({"context": ...}, "context"),
        ({"context": []}, "context"),
        ({"context": CONTEXT | {"userId": 4}}, "context.userId"),
        ({"context": CONTEXT | {"userId": ""}}, "context.userId"),
        ({"context": CONTEXT | {"patientId": ""}}, "context.patientId"),
        ({"context": CONTEXT | {"patientId": "Observation/1"}}, "context.patientId"),
        ({"context": {"userId": "P/1", "patientId": "1"}}, "context.draftOrders"),
        ({"context": CONTEXT | {"draftOrders": None}}, "context.draftOrders"),
        ({"context": CONTEXT | {"draftOrders": []}}, "context.draftOrders"),
        ({"prefetch": []}, "prefetch"),
        ({"fhirAuthorization": {"access_token": 1}}, "fhirAuthorization.access_token"),
    ],
)
def test_names_the_field_at_fault(changes, field):
    with pytest.raises(BadRequestError) as refused:
        hook_request_from(body(**changes), "order-sign")

    assert refused.value.field == field


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"{",
        b"[]",
        b'{"hook": NaN}',
        b'{"hook": "order-sign", "hookInstance": "1", "context": {}} trailing',
        b'{"hook": "order-sign", "unread": "\xff"}',
        b'{"context": ' + b"[" * 100_000 + b"}",
    ],
)
def test_refuses_what_is_no_json_object(broken):
    with pytest.raises(BadRequestError):
        hook_request_from(broken, "order-sign")


def test_a_refusal_quotes_no_value():
    with pytest.raises(BadRequestError) as refused:
        hook_request_from(body(context=CONTEXT | {"patientId": ["Jane Roe"]}), "order-sign")

    assert "Jane" not in refused.value.message


@pytest.mark.parametrize(("mode", "count"), [("match", 2), ("include", 1)])
def test_an_entry_that_came_along_is_told_from_a_match(mode, count):
    entries = [
        {"resource": {"resourceType": "Observation", "id": "1"}, "search": {"mode": "match"}},
        {"resource": {"resourceType": "Observation", "id": "2"}, "search": {"mode": mode}},
    ]

    request = hook_request_from(
        body(prefetch={"counts": {"resourceType": "Bundle", "entry": entries}}), "order-sign"
    )

    assert contents_of(request.prefetch["counts"]).matches("Observation") == count
