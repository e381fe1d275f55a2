"""CT-E1: what cannot be answered is refused with an OperationOutcome that names the field."""

import json

import pytest

from tests.conformance.hook_requests import HOOKS, ORDER_HOOKS, request_for

JSON = {"Content-Type": "application/json"}
TEN_MB = 10 * 1024 * 1024


def issue(response):
    assert response.headers["Content-Type"] == "application/json"
    body = response.json()
    assert body["resourceType"] == "OperationOutcome"
    (found,) = body["issue"]
    assert found["severity"] == "error"
    assert "Traceback" not in response.text
    return found


def post(service, body, **headers):
    return service.ask("POST", service.path_of("order-sign"), data=body, headers=JSON | headers)


def changed(path, value, hook="order-sign"):
    """A request with another value at a path; ... leaves it out."""
    body = request_for(hook)
    *parents, name = path.split(".")
    target = body
    for parent in parents:
        target = target[parent]
    if value is ...:
        del target[name]
    else:
        target[name] = value
    return body


WRONG = [
    ("hook", ..., "hook"),
    ("hook", 3, "hook"),
    ("hook", None, "hook"),
    ("hookInstance", ..., "hookInstance"),
    ("hookInstance", "", "hookInstance"),
    ("hookInstance", " ", "hookInstance"),
    ("hookInstance", {}, "hookInstance"),
    ("context", ..., "context"),
    ("context", None, "context"),
    ("context", [], "context"),
    ("context", "x", "context"),
    ("context.userId", ..., "context.userId"),
    ("context.userId", "", "context.userId"),
    ("context.userId", 7, "context.userId"),
    ("context.patientId", ..., "context.patientId"),
    ("context.patientId", " ", "context.patientId"),
    ("context.patientId", "Practitioner/1", "context.patientId"),
    ("context.patientId", ["1"], "context.patientId"),
    ("context.encounterId", 7, "context.encounterId"),
    ("context.encounterId", "Patient/1", "context.encounterId"),
    ("context.draftOrders", ..., "context.draftOrders"),
    ("context.draftOrders", None, "context.draftOrders"),
    ("context.draftOrders", [], "context.draftOrders"),
    ("context.draftOrders", "Bundle", "context.draftOrders"),
    ("prefetch", [], "prefetch"),
    ("prefetch", "x", "prefetch"),
    ("fhirServer", 3, "fhirServer"),
    ("fhirAuthorization", "Bearer x", "fhirAuthorization"),
    ("fhirAuthorization", {}, "fhirAuthorization.access_token"),
    ("fhirAuthorization", {"access_token": 3}, "fhirAuthorization.access_token"),
]


@pytest.mark.parametrize(
    ("path", "value", "field"), WRONG, ids=[f"{path}={value!r}" for path, value, _ in WRONG]
)
def test_e1_a_field_that_is_wrong_is_named(service, path, value, field):
    response = service.call(changed(path, value), hook="order-sign")

    assert (response.status_code, issue(response)["expression"]) == (400, [field])


@pytest.mark.parametrize("value", [..., None, "x", [3], {}], ids=str)
def test_e1_the_selections_of_an_order_select_are_a_list_of_references(service, value):
    response = service.call(changed("context.selections", value, "order-select"))

    assert response.status_code == 400
    assert issue(response)["expression"][0].startswith("context.selections")


@pytest.mark.parametrize("hook", HOOKS)
def test_e1_a_request_for_another_hook_is_refused(service, hook):
    other = HOOKS[HOOKS.index(hook) - 1]

    response = service.call(request_for(other), hook=hook)

    assert (response.status_code, issue(response)["expression"]) == (400, ["hook"])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"null",
        b"3",
        b"[]",
        b'"text"',
        b"{}",
        b'{"hook": NaN}',
        b"\xff\xfe",
        b'{"hook": "order-sign\xff"}',
        b'{"hook": "\\ud800"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
    ids=lambda body: repr(body[:16]),
)
def test_e1_what_is_no_request_is_refused(service, body):
    response = post(service, body)

    assert (response.status_code, issue(response)["code"]) == (400, "invalid")


@pytest.mark.parametrize("hook", ORDER_HOOKS)
def test_e1_a_patient_is_the_same_with_and_without_its_type(service, hook):
    assert service.call(changed("context.patientId", "Patient/example", hook)).status_code == 200


def test_e1_an_unknown_service_is_not_found_whatever_the_body(service):
    for body in (b"{", json.dumps(request_for("order-sign")).encode()):
        response = service.ask("POST", "/no-such-service", data=body, headers=JSON)

        assert (response.status_code, issue(response)["code"]) == (404, "not-found")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_e1_another_method_is_not_allowed(service, method):
    response = service.ask(method, service.path_of("order-sign"))

    assert (response.status_code, issue(response)["code"]) == (405, "not-supported")
    assert "POST" in response.headers["Allow"]


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_e1_discovery_is_read_only(service, method):
    assert service.ask(method, json={}).status_code == 405


@pytest.mark.parametrize("media", ["text/plain", "application/xml", "application/x-www-form-urlencoded", ""])
def test_e1_a_body_that_is_not_declared_as_json_is_refused(service, media):
    response = post(service, b"{}", **{"Content-Type": media})

    assert (response.status_code, issue(response)["code"]) == (415, "not-supported")


@pytest.mark.parametrize(
    "media", ["application/json; charset=utf-8", "application/fhir+json", "APPLICATION/JSON"]
)
def test_e1_json_by_any_of_its_names_is_read(service, media):
    body = json.dumps(request_for("order-sign")).encode()

    assert post(service, body, **{"Content-Type": media}).status_code == 200


def test_e1_a_compressed_body_is_refused(service):
    response = post(service, b"x", **{"Content-Encoding": "gzip"})

    assert (response.status_code, issue(response)["code"]) == (415, "not-supported")


def test_e1_a_body_over_the_limit_is_refused(service):
    response = post(service, b" " * (TEN_MB + 1))

    assert (response.status_code, issue(response)["code"]) == (413, "too-long")


def test_e1_a_body_without_a_length_is_refused(service):
    response = post(service, iter([b"{", b"}"]))

    assert (response.status_code, issue(response)["code"]) == (411, "required")


def test_e1_a_needed_record_that_cannot_be_had_is_412(service):
    response = service.call(request_for("patient-view", prefetch=...))

    assert (response.status_code, issue(response)["code"]) == (412, "incomplete")
