"""The FHIR server fails while two workers answer: each fault has its card, its line in the log and its count."""

import re
from collections import Counter
from pathlib import Path

import pytest

from cards.wording import titled
from tests.cds_service.chart_sources.fhir_server import fhir_server
from tests.conformance.hook_requests import records_in, request_for, said
from tests.conformance.service import free_port
from tests.reliability import fhir_faults as faults
from tests.reliability.server import eventually, running_server

pytestmark = pytest.mark.slow

TOKEN = "the-token-of-this-request"  # noqa: S105 -- it opens nothing
WHOLE = request_for("order-sign")
KEYS = frozenset(WHOLE["prefetch"])
KINDS = frozenset(
    {
        "Medications",
        "Conditions",
        "Serology",
        "Blood counts",
        "Liver tests",
        "Allergies",
        "Immunizations",
        "TPMT and NUDT15 results",
        "Kidney tests",
        "Weight and height",
        "Pregnancy status",
        "Procedures",
        "Ordered tests",
        "The patient's details",
    }
)
MMR = "Measles, mumps and rubella (live) vaccine ordered together with azathioprine: do not give"
UNCHECKED = f"Azathioprine: {len(KINDS)} kinds of facts could not be checked"
MOST_MB = 60  # of 30 MB that a request may fetch, and what reading them takes


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("server"), FHIR_TIMEOUT_S="1.5") as found:
        yield found


def request_at(base):
    authorization = {
        "access_token": TOKEN,
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "patient/*.read",
        "subject": "thiopurine-cds",
    }
    return request_for("order-sign", prefetch=..., fhirServer=base, fhirAuthorization=authorization)


def unchecked_in(card):
    """Each kind that the card names, with its reason."""
    lines = re.findall(r"^- ([^:\n]+): (.+)$", card["detail"].split("**What to do**")[0], re.MULTILINE)
    return {titled(kind): why for kinds, why in lines for kind in _kinds_in(kinds)}


def _kinds_in(listed):
    """The kinds that a line lists; two of their names have an "and" of their own."""
    return re.split(r", | and (?!NUDT15 results|height)", listed)


def searches_counted(server):
    found, failed = (
        server.metric("fallback_searches_total", outcome=outcome) for outcome in ("found", "failed")
    )
    return Counter(found=found, failed=failed)


def peaks_mb(server):
    """The most memory that each worker ever held."""
    return [
        int(re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{one.pid}/status").read_text())[1]) / 1000
        for one in server.workers
    ]


def asked_of(server, base):
    """The cards of a request without prefetch, what the log says about it, and how the searches were counted."""
    before, lines = searches_counted(server), len(server.events("fhir_searched"))
    body = request_at(base)
    response = server.post(body)
    assert response.status_code == 200
    (line,) = server.events("fhir_searched")[lines:]
    eventually(lambda: server.recorded()[body["hookInstance"]] == 1)
    return response.json(), line["failed"], searches_counted(server) - before


def assert_all_is_well(server):
    """Ready, with the same workers' good cards, and nothing in the log that must not be there."""
    with fhir_server(*records_in(WHOLE)) as fhir:
        answer, failed, counted = asked_of(server, fhir.base)
    assert said(answer) == said(server.post(WHOLE).json())
    assert (failed, counted) == ({}, Counter(found=len(KEYS)))
    assert server.readiness()[0] == 200
    assert [word for word in (TOKEN, "Patient/example", fhir.base) if word in server.log] == []
    assert {line["level"] for line in server.events()} == {"info"}


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (faults.slow, "did not answer in time"),
        (faults.dripping, "did not answer in time"),
        (faults.signing_in, "answered with something that is not FHIR"),
        (faults.of_somebody_else, "answered with records of another patient"),
        (faults.a_gigabyte, "sent too much"),
        (faults.gzip_bomb, "sent too much"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_server_that_fails_makes_every_kind_unknown(server, fault, why):
    peaks = peaks_mb(server)
    with fhir_server(*records_in(WHOLE), fault=fault) as fhir:
        answer, failed, counted = asked_of(server, fhir.base)

    assert [card["summary"] for card in answer["cards"]] == [MMR, UNCHECKED]
    assert unchecked_in(answer["cards"][1]) == dict.fromkeys(KINDS, f"not sent, and the FHIR server {why}")
    assert failed == dict.fromkeys(KEYS, f"the FHIR server {why}")
    assert counted == Counter(failed=len(KEYS))
    assert max(after - before for before, after in zip(peaks, peaks_mb(server), strict=True)) < MOST_MB
    assert_all_is_well(server)


def test_a_server_that_is_not_there_makes_every_kind_unknown(server):
    answer, failed, counted = asked_of(server, f"http://127.0.0.1:{free_port()}/fhir")

    why = "the FHIR server could not be reached"
    assert [card["summary"] for card in answer["cards"]] == [MMR, UNCHECKED]
    assert unchecked_in(answer["cards"][1]) == dict.fromkeys(KINDS, f"not sent, and {why}")
    assert (failed, counted) == (dict.fromkeys(KEYS, why), Counter(failed=len(KEYS)))
    assert_all_is_well(server)


def test_pages_without_end_are_left_and_what_may_be_missing_is_said(server):
    with fhir_server(*records_in(WHOLE), fault=faults.endless) as fhir:
        answer, failed, counted = asked_of(server, fhir.base)
        asked = len(fhir.asked)

    assert [card["summary"] for card in answer["cards"]] == [MMR, UNCHECKED.replace("14", "12")]
    of_a_man = KINDS - {"The patient's details", "Pregnancy status"}
    assert unchecked_in(answer["cards"][-1]) == dict.fromkeys(of_a_man, "only the newest page was sent")
    assert (failed, counted) == ({}, Counter(found=len(KEYS)))
    assert asked == 1 + 20 * (len(KEYS) - 1)
    assert_all_is_well(server)
