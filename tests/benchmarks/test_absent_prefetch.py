"""The FHIR server of the benchmark serves the service what a client would have sent, in the steps that are counted."""

import re
from contextlib import contextmanager

import pytest

from benchmarks.absent_prefetch import of_goal
from benchmarks.charts import body_with_prefetch, body_without_prefetch
from benchmarks.fhir_server import BASE, PAGE, Pages, charts
from benchmarks.hook_bodies import AS_OF
from cds_service.access.client_transports import ClientTransports
from cds_service.access.clients import Client
from cds_service.answering.pipeline import Circumstances, answer
from cds_service.chart_sources.fhir_access import FhirAccess
from cds_service.hooks.card_json import numbered_ids
from cds_service.hooks.prefetch_keys import all_keys
from cds_service.hooks.request import hook_request_from
from cds_service.hooks.services import service_for_hook
from tests.cds_service.net.web_server import send, web_server

pytestmark = pytest.mark.slow

ANYBODY = Client("anybody", may_name_loopback=True)
SERVICE = service_for_hook("order-sign")


@contextmanager
def fhir_server(chart):
    """Its base URL, and what it was asked; it answers at once."""

    def given(handler, web):
        body = Pages(chart, web.address).answer(handler.path)
        send(handler, body or b"", status=200 if body else 404)

    with web_server(given) as web:
        yield f"{web.address}{BASE}", web


def fetched(chart):
    """The answer to a call without a prefetch, and what was asked for."""
    transports = ClientTransports()
    access = FhirAccess(transports, timeout_s=20, max_bytes=50_000_000)
    try:
        with fhir_server(chart) as (base, web):
            request = hook_request_from(body_without_prefetch(3, base), "order-sign")
            around = Circumstances(fhir=access.for_request(request, ANYBODY))
            return answer(request, SERVICE, AS_OF, numbered_ids(), around), [
                one.path.removeprefix(BASE) for one in web.asked
            ]
    finally:
        access.close()
        transports.close()


@pytest.mark.parametrize("chart", charts().values(), ids=charts())
def test_what_is_fetched_gives_the_cards_of_what_a_client_would_have_sent(chart):
    sent = hook_request_from(body_with_prefetch(chart, 3), "order-sign")

    assert fetched(chart)[0].response == answer(sent, SERVICE, AS_OF, numbered_ids()).response


@pytest.mark.parametrize("chart", charts().values(), ids=charts())
def test_the_longest_chain_of_requests_is_as_long_as_its_steps(chart):
    _, asked = fetched(chart)

    assert max(depth(one) for one in asked) == chart.steps


@pytest.mark.parametrize("chart", charts().values(), ids=charts())
def test_every_search_is_asked_once_and_the_medication_once(chart):
    _, asked = fetched(chart)
    firsts = [one for one in asked if "page=" not in one]

    assert (len(firsts), len(set(firsts))) == (len(all_keys()) + 1, len(all_keys()) + 1)


def test_a_page_is_not_longer_than_servers_make_them():
    pages = Pages(charts()["full pages"], "http://127.0.0.1:1")

    counts = pages.answer(f"{BASE}?page=counts-0&patient=example-3")

    assert counts.count(b'"resourceType":"Observation"') == PAGE


@pytest.mark.parametrize(
    ("p50_ms", "times"),
    [(110.0, 1.0), (143.0, 1.3)],  # 2 x 50 + 10
)
def test_the_goal_is_the_round_trips_and_the_evaluation(p50_ms, times):
    assert of_goal({"p50_ms": p50_ms, "steps": 2, "latency_ms": 50, "evaluation_ms": 10.0}) == times


def depth(target):
    """How many answers a request needs, its own among them: pages follow pages, a Medication its order."""
    page = re.search(r"page=\w+-(\d+)", target)
    if page:
        return int(page[1]) + 1
    return 2 if target.startswith("/Medication/") else 1
