"""What `call` and `doctor` say of servers that fail. `responses` plays them; tests/cds_service/cli has real ones."""

import json

import pytest
import requests
import responses

from cds_service.ehr.hook_call import HookTrigger, called
from cds_service.ehr.prefetch import Fetched, FhirServer, fetched
from cds_service.ehr.service import CallRefusedError, CdsServer, NoSuchServiceError, OfferedService
from cds_service.ehr.web import CallError, Web
from tests.cds_service.cli.conftest import run

SERVICE = "https://cds.example.org"
DISCOVERY = f"{SERVICE}/cds-services"
HOOK = f"{DISCOVERY}/sign"
FHIR = "https://ehr.example.org/fhir"
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"details": {"text": "no such scope"}}]}
OFFERED = {
    "services": [
        {"id": "sign", "hook": "order-sign", "prefetch": {"patient": "Patient/{{context.patientId}}"}}
    ]
}
SIGNING = HookTrigger("order-sign", "17", "Practitioner/1", {"resourceType": "Bundle", "entry": []})


@pytest.fixture
def web():
    """Servers that answer as a test says; an address that it did not name cannot be reached."""
    with responses.RequestsMock() as answers:
        yield answers


def service():
    return CdsServer(SERVICE, Web())


def fhir(token=None):
    return FhirServer(FHIR, Web(), token)


def said_by(call, *arguments):
    with pytest.raises(CallError) as failed:
        call(*arguments)
    return type(failed.value), str(failed.value)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (requests.ConnectTimeout(), "did not answer in time"),
        (requests.ReadTimeout(), "did not answer in time"),
        (requests.ConnectionError(), "could not be reached"),
        (requests.exceptions.ChunkedEncodingError(), "broke off its answer"),
        (requests.exceptions.ContentDecodingError(), "sent too much, or broke off its answer"),
        (requests.exceptions.InvalidURL(), "is not an address that can be called"),
        (
            requests.exceptions.SSLError(),
            "could not prove who it is (its certificate is not trusted; --ca-file names its authority)",
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_call_without_an_answer_says_why_and_no_query(web, error, said):
    web.get(f"{FHIR}/Condition", body=error)

    assert said_by(fhir("secret").get, "Condition?patient=17") == (CallError, f"{FHIR}/Condition {said}")


def test_the_wait_is_bounded_and_the_token_is_sent(web):
    asked = web.get(
        f"{FHIR}/metadata",
        json={"fhirVersion": "4.0.1"},
        match=[
            responses.matchers.request_kwargs_matcher(
                {"timeout": 2.5, "stream": True, "verify": True, "cert": None, "proxies": {}}
            ),
            responses.matchers.header_matcher({"Authorization": "Bearer secret"}),
        ],
    )

    reply = FhirServer(FHIR, Web(2.5), "secret").get("metadata")

    assert (reply.status, reply.json(), asked.call_count) == (200, {"fhirVersion": "4.0.1"}, 1)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            {"status": 401},
            ": it does not know who calls; --key, --issuer and --kid prove it (its log says what is wrong)",
        ),
        ({"status": 401, "json": OUTCOME}, ": no such scope"),
        ({"status": 404}, ""),
        ({"status": 500, "body": "<html>"}, ""),
        (
            {"status": 500, "json": {"resourceType": "OperationOutcome"}},
            ": an OperationOutcome without a text",
        ),
        ({"status": 302, "headers": {"Location": "https://elsewhere.example.org/"}}, ""),  # not followed
    ],
    ids=lambda value: str(value.get("status")) if isinstance(value, dict) else None,
)
def test_a_service_that_refuses_is_quoted(web, answer, said):
    web.get(DISCOVERY, **answer)

    assert said_by(service().offered) == (CallRefusedError, f"{DISCOVERY} answered {answer['status']}{said}")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            {"body": "<html>", "content_type": "text/html"},
            "answered 200 with something that is not JSON (text/html)",
        ),
        ({"body": "["}, "answered 200 with something that is not JSON (text/plain)"),
        ({"json": []}, f"{DISCOVERY} answered with something that is not CDS Hooks discovery"),
        (
            {"json": {"services": "none"}},
            f"{DISCOVERY} answered with something that is not CDS Hooks discovery",
        ),
    ],
)
def test_an_answer_that_is_not_discovery_is_refused(web, answer, said):
    web.get(DISCOVERY, **answer)

    assert said_by(service().offered) == (CallError, said)


def test_what_discovery_leaves_out_is_empty(web):
    web.get(DISCOVERY, json={"services": [{}, 5, {"id": "sign", "hook": "order-sign", "prefetch": None}]})

    assert service().offered() == (OfferedService("", "", {}), OfferedService("sign", "order-sign", {}))


@pytest.mark.parametrize(
    ("services", "said"),
    [
        ([], "discovery offers no service for order-sign"),
        ([{"id": "view", "hook": "patient-view"}], "discovery offers no service for order-sign"),
        (
            [{"id": "sign", "hook": "order-sign"}, {"id": "other", "hook": "order-sign"}],
            "several services answer order-sign: sign, other",
        ),
    ],
)
def test_the_one_service_for_the_hook_must_be_offered(web, services, said):
    web.get(DISCOVERY, json={"services": services})

    assert said_by(service().service_for, "order-sign") == (NoSuchServiceError, said)


@pytest.mark.parametrize("body", [{}, {"cards": None}, []])
def test_an_answer_without_a_list_of_cards_is_not_cds_hooks(web, body):
    web.get(DISCOVERY, json=OFFERED)
    web.post(HOOK, json=body)

    assert said_by(called, service(), SIGNING, None) == (
        CallError,
        "the service answered with something that is not a CDS Hooks response",
    )


@pytest.mark.parametrize(
    ("answer", "content", "why_not"),
    [
        ({"status": 404}, None, "the FHIR server answered 404"),
        ({"status": 403, "json": OUTCOME}, OUTCOME, "the FHIR server answered 403: no such scope"),
        ({"status": 500, "body": "oops"}, None, "the FHIR server answered 500"),
        (
            {"status": 302, "headers": {"Location": "https://elsewhere.example.org/"}},
            None,
            "the FHIR server answered 302",
        ),
        ({"body": "{"}, None, "answered 200 with something that is not JSON (text/plain)"),
        ({"json": []}, None, "answered with something that is not FHIR"),
        ({"body": requests.ReadTimeout()}, None, f"{FHIR}/Patient/17 did not answer in time"),
    ],
)
def test_a_search_that_fails_says_why_beside_those_that_do_not(web, answer, content, why_not):
    web.get(f"{FHIR}/Patient/17", **answer)
    web.get(f"{FHIR}/Procedure?patient=17", json={"resourceType": "Bundle"})
    templates = {
        "patient": "Patient/{{context.patientId}}",
        "done": "Procedure?patient={{context.patientId}}",
    }

    assert fetched(templates, {"patientId": "17"}, fhir()) == [
        Fetched("patient", "Patient/17", content, why_not),
        Fetched("done", "Procedure?patient=17", {"resourceType": "Bundle"}),
    ]


def test_a_next_page_at_another_server_is_not_asked(web):
    link = {"relation": "next", "url": "https://elsewhere.example.org/fhir?page=2"}
    web.get(f"{FHIR}/Condition", json={"resourceType": "Bundle", "link": [link]})

    assert fetched({"conditions": "Condition"}, {}, fhir("secret")) == [
        Fetched("conditions", "Condition", None, "the FHIR server's next page is at another server")
    ]


@pytest.mark.parametrize(
    ("discovery", "hook", "expected"),
    [
        ({"status": 404}, None, (3, f"Error: {DISCOVERY} answered 404\n")),
        (
            {"body": requests.ConnectTimeout()},
            None,
            (4, f"Error: {DISCOVERY} did not answer in time\n"),
        ),
        ({"json": {"services": []}}, None, (4, "Error: discovery offers no service for order-sign\n")),
        ({"json": OFFERED}, {"status": 500}, (3, f"Error: {HOOK} answered 500\n")),
        (
            {"json": OFFERED},
            {"status": 412, "json": OUTCOME},
            (3, f"Error: {HOOK} answered 412: no such scope\n"),
        ),
        (
            {"json": OFFERED},
            {"body": "no"},
            (4, "Error: answered 200 with something that is not JSON (text/plain)\n"),
        ),
    ],
)
def test_call_ends_with_the_code_of_the_failure(web, discovery, hook, expected):
    web.get(DISCOVERY, **discovery)
    if hook:
        web.post(HOOK, **hook)

    result = run("call", "--service", SERVICE, "--patient", "17", "--order", "azathioprine 50 mg daily")

    assert (result.exit_code, result.output) == expected


def test_doctor_stops_at_a_service_without_discovery(web):
    web.get(DISCOVERY, status=404)

    result = run("doctor", "--service", SERVICE, "--no-local", "--json")

    assert (result.exit_code, json.loads(result.output)) == (
        4,
        {
            "findings": [
                {
                    "topic": "discovery",
                    "verdict": "failed",
                    "seen": f"{DISCOVERY} answered 404",
                    "advice": "Start it with `thiopurine-cds serve`; look at host and port, at the proxy's path, "
                    "and at its log.",
                }
            ]
        },
    )
