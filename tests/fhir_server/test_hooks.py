"""The service against a real FHIR server: the same cards without prefetch, and honest ones when it fails."""

import json
import re
import time

import pytest

from cds_service.access.client_transports import ClientTransports
from cds_service.access.clients import Client
from cds_service.answering.pipeline import Circumstances, answer
from cds_service.app import create_app
from cds_service.chart_sources.fhir_access import FhirAccess
from cds_service.ehr.prefetch import FhirServer, fetched, sendable
from cds_service.ehr.web import Web
from cds_service.endpoints.service import service_in
from cds_service.hooks.card_json import numbered_ids
from cds_service.hooks.request import hook_of, hook_request_from
from cds_service.hooks.services import service_for_hook
from cds_service.wire.json_response import as_json
from tests.stories import all_stories

pytestmark = pytest.mark.slow

STORIES = [one for one in all_stories() if "prefetch" in json.loads(one.request_body())]
SEVERAL = STORIES[::7]
TOKEN = "the-token-of-this-test"  # noqa: S105 -- it opens nothing else
FETCH_BUDGET_S = 1.0


@pytest.fixture
def access():
    made = FhirAccess(ClientTransports(), 10.0, 30_000_000)
    yield made
    made.close()


def resources_of(value):
    """The records in one value of a prefetch."""
    if not value or value["resourceType"] == "OperationOutcome":
        return []
    if value["resourceType"] != "Bundle":
        return [value]
    return [one["resource"] for one in value.get("entry", []) if "resource" in one]


def loadable(story):
    prefetch = json.loads(story.request_body())["prefetch"]
    found = {}
    for value in prefetch.values():
        for one in resources_of(value):
            found.setdefault((one["resourceType"], one.get("id")), one)
    return [one for (_, resource_id), one in found.items() if resource_id]


def cards_for(body, as_of, access):
    service = service_for_hook(hook_of(body))
    request = hook_request_from(body, service.hook)
    fhir = access.for_request(request, Client(name="test", may_name_loopback=True))
    return json.loads(
        as_json(answer(request, service, as_of, numbered_ids(), Circumstances(fhir=fhir)).response)
    )


@pytest.mark.parametrize("story", SEVERAL, ids=lambda story: story.name)
def test_a_request_without_prefetch_gets_the_same_cards_as_with_it(story, ehr, access):
    ehr.load(loadable(story))
    request = json.loads(story.request_body())
    templates = service_for_hook(request["hook"]).described()["prefetch"]
    found = fetched(templates, request["context"], FhirServer(ehr.base, Web()))
    with_prefetch = request | {"prefetch": sendable(found)}
    without = {name: value for name, value in request.items() if name != "prefetch"} | {
        "fhirServer": ehr.base
    }

    expected = cards_for(json.dumps(with_prefetch).encode(), story.as_of, access)

    assert cards_for(json.dumps(without).encode(), story.as_of, access) == expected


@pytest.fixture
def allopurinol(ehr, settings, store):
    """A client of a service that may ask the FHIR server for one second; and the request, without prefetch."""
    (story,) = (one for one in STORIES if one.name == "allopurinol-active")
    ehr.load(loadable(story))
    ehr.switch(token=TOKEN)
    app = create_app(settings.model_copy(update={"fhir_timeout_s": FETCH_BUDGET_S}), store)
    request = json.loads(story.request_body())
    del request["prefetch"]
    authorization = {
        "access_token": TOKEN,
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "patient/*.read",
    }
    yield app.test_client(), request | {"fhirServer": ehr.base, "fhirAuthorization": authorization}
    service_in(app).recorder.close()


def cards_from(allopurinol):
    client, request = allopurinol
    started = time.monotonic()
    response = client.post("/cds-services/thiopurine-order-sign", json=request)
    took = time.monotonic() - started
    assert response.status_code == 200
    return response.json["cards"], took


def test_the_token_of_the_request_opens_the_server(allopurinol, ehr):
    cards, _ = cards_from(allopurinol)

    assert "allopurinol" in cards[0]["summary"]
    assert {one["authorization"] for one in ehr.asked} == {f"Bearer {TOKEN}"}


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ({"status": 401}, "answered 401"),
        ({"status": 404}, "answered 404"),
        ({"status": 429}, "answered 429"),
        ({"status": 500}, "answered 500"),
        ({"latency_ms": 5000}, "did not answer in time"),
        ({"shape": "drip"}, "did not answer in time"),
        ({"shape": "truncated"}, "broke off its answer"),
        ({"shape": "html"}, "answered with something that is not FHIR"),
        ({"shape": "empty"}, "answered with something that is not FHIR"),
    ],
    ids=lambda value: str(value)[:30],
)
@pytest.mark.parametrize(
    ("match", "summary"),
    [
        ("", "Azathioprine: 14 kinds of facts could not be checked"),
        ("^/Medication", "Azathioprine: could not check medications"),
    ],
    ids=["everything", "medications"],
)
def test_a_failing_server_is_said_on_a_card_in_time(allopurinol, ehr, fault, why, match, summary):
    ehr.switch(token=TOKEN, faults=[{"match": match, **fault}])

    cards, took = cards_from(allopurinol)

    assert took < FETCH_BUDGET_S + 1
    assert [card["summary"] for card in cards] == [summary]
    # A server that answers 404 for the Patient does not know the patient.
    reason = (
        "no such patient at the FHIR server"
        if why == "answered 404" and not match
        else f"not sent, and the FHIR server {why}"
    )
    assert re.search(
        rf"^- Medications\b[^:]*: {re.escape(reason)}$",
        cards[0]["detail"],
        re.MULTILINE,
    )


def test_a_server_that_pages_by_one_tells_the_same(allopurinol, ehr):
    whole, _ = cards_from(allopurinol)
    ehr.switch(token=TOKEN, page=1)

    paged, _ = cards_from(allopurinol)

    assert [one["summary"] for one in paged] == [one["summary"] for one in whole]
