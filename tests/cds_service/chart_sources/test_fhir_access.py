"""A FHIR server that is slow, dead, lying or not allowed: what is then said to be known."""

import json
import threading
import time
from dataclasses import replace
from datetime import UTC

import msgspec
import pytest
from structlog.testing import capture_logs

from cards.model.facts import Availability, FactKind, Known
from cds_service.access.client_transports import ClientTransports
from cds_service.access.clients import Client
from cds_service.chart_sources.fhir_access import FhirAccess
from cds_service.chart_sources.fhir_records import NoFhirServer
from cds_service.chart_sources.gathering import with_missing_records
from cds_service.chart_sources.prefetch import prefetched
from cds_service.hooks.prefetch_keys import PrefetchKey
from cds_service.hooks.request import FhirAuthorization, HookRequest
from tests.cds_service.chart_sources.fhir_server import fhir_server
from tests.cds_service.net.web_server import send, web_server

COUNTS = PrefetchKey("counts", FactKind.COUNTS, "Observation", "code=http://loinc.org|6690-2", "date", 3)
ORDERS = PrefetchKey("medications", FactKind.MEDICATIONS, "MedicationRequest", "", "authoredon", 3)
LISTS = PrefetchKey(
    "statements", FactKind.MEDICATIONS, "MedicationStatement", "", "effective", 3, is_main=False
)
TESTS = PrefetchKey("orderedTests", FactKind.ORDERED_TESTS, "ServiceRequest", "status=active", "authored", 3)
PATIENT = PrefetchKey("patient", FactKind.PATIENT, "Patient")

DEVELOPER = Client("developer", may_name_loopback=True)
REQUEST = HookRequest(
    hook="order-sign",
    hook_instance="h",
    user_id="Practitioner/1",
    patient_id="p",
    fhir_authorization=FhirAuthorization("secret-token"),
)


def white_cells(number, day="2026-03-01", **more):
    coding = {"system": "http://loinc.org", "code": "6690-2"}
    return {
        "resourceType": "Observation",
        "id": f"o{number}",
        "status": "final",
        "code": {"coding": [coding]},
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": day,
    } | more


@pytest.fixture(scope="module")  # the certificates of the authorities are read for each
def transports():
    opened = ClientTransports()
    yield opened
    opened.close()


@pytest.fixture
def access(transports):
    opened = FhirAccess(transports, timeout_s=5, max_bytes=1_000_000)
    yield opened
    opened.close()


def gathered(access, base, *keys, request=REQUEST, client=DEVELOPER):
    sent = prefetched(keys or (COUNTS,), request.prefetch, UTC)
    fhir = access.for_request(replace(request, fhir_server=base), client)
    return with_missing_records(sent, (), fhir, UTC)


def known(found):
    (one,) = found.known.values()
    return one


def unknown(why):
    return Known(Availability.UNKNOWN, f"not sent, and {why}")


def refs(found):
    return [one.record_ref for one in found.records]


def test_the_token_goes_to_the_server(access):
    with fhir_server(white_cells(1), token=REQUEST.fhir_authorization.access_token) as server:
        assert known(gathered(access, server.base)) == Known(Availability.KNOWN)


def test_a_server_without_authentication_is_asked_without_a_token(access):
    with fhir_server(white_cells(1)) as server:
        gathered(access, server.base, request=replace(REQUEST, fhir_authorization=None))

        assert "Authorization" not in server.web.asked[0].headers


def test_an_empty_answer_is_known_to_be_empty(access):
    with fhir_server() as server:
        assert known(gathered(access, server.base)) == Known(Availability.EMPTY)


def test_a_read_gives_the_patient(access):
    with fhir_server({"resourceType": "Patient", "id": "p"}) as server:
        found = gathered(access, server.base, PATIENT)

    assert (known(found), refs(found)) == (Known(Availability.KNOWN), ["Patient/p"])


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 429, 500, 503])
def test_a_refusal_makes_its_kind_unknown(access, status):
    with web_server(lambda handler, _web: send(handler, status=status)) as server:
        assert known(gathered(access, server.address)) == unknown(f"the FHIR server answered {status}")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Sign in</html>",
        b'{"resourceType": "Bund',
        b"[]",
        b"null",
        b"{}",
        b"[" * 100_000,
        b'{"resourceType": "Bundle\xed\xa0\x80"}',  # found by fuzzing: not UTF-8, was an exception
        b'{"resourceType": "Bundle", "type": "searchset", "note": "\xff"}',
    ],
)
def test_what_is_not_fhir_makes_its_kind_unknown(access, body):
    with web_server(lambda handler, _web: send(handler, body)) as server:
        assert known(gathered(access, server.address)) == unknown(
            "the FHIR server answered with something that is not FHIR"
        )


def test_a_dead_server_makes_its_kind_unknown(access):
    with web_server(lambda *_: None) as server:
        address = server.address

    assert known(gathered(access, address)) == unknown("the FHIR server could not be reached")


def outcome(severity):
    return {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": "processing"}]}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (outcome("error"), unknown("the search failed at the FHIR server")),
        (outcome("warning"), Known(Availability.EMPTY)),
        (
            {"resourceType": "Bundle", "entry": [{"resource": outcome("fatal")}]},
            unknown("the search failed at the FHIR server"),
        ),
        (
            {"resourceType": "Bundle", "entry": [{"resource": outcome("information")}]},
            Known(Availability.EMPTY),
        ),
    ],
    ids=["error", "warning", "error entry", "information entry"],
)
def test_an_outcome_tells_whether_the_search_failed(access, content, expected):
    with web_server(lambda handler, _web: send(handler, json.dumps(content).encode())) as server:
        assert known(gathered(access, server.address)) == expected


def answering(content):
    return web_server(lambda handler, _web: send(handler, json.dumps(content).encode()))


def test_a_page_of_the_server_that_may_not_be_complete_is_kept_and_its_kind_unknown(access):
    notice = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "timeout"}]}
    page = {"resourceType": "Bundle", "entry": [{"resource": white_cells(1)}, {"resource": notice}]}
    with answering(page) as server:
        found = gathered(access, server.address)

    why = "may be incomplete, the server ran out of time"
    assert (known(found), refs(found)) == (Known(Availability.UNKNOWN, why), ["Observation/o1"])


@pytest.mark.parametrize(("total", "availability"), [(1, Availability.KNOWN), (2, Availability.TRUNCATED)])
def test_a_total_above_what_the_server_sends_is_a_cut_page(access, total, availability):
    with answering(
        {"resourceType": "Bundle", "total": total, "entry": [{"resource": white_cells(1)}]}
    ) as server:
        assert known(gathered(access, server.address)).availability is availability


def test_records_of_a_page_that_may_not_be_complete_stay_beside_those_of_the_server(access):
    notice = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "timeout"}]}
    sent = {"resourceType": "Bundle", "entry": [{"resource": white_cells(1)}, {"resource": notice}]}
    page = {"resourceType": "Bundle", "entry": [{"resource": white_cells(2)}, {"resource": notice}]}
    with answering(page) as server:
        found = gathered(access, server.address, request=with_prefetch(counts=sent))

    assert (known(found).availability, refs(found)) == (
        Availability.UNKNOWN,
        ["Observation/o1", "Observation/o2"],
    )


def test_a_whole_page_of_the_server_makes_good_a_prefetch_that_was_not(access):
    notice = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "timeout"}]}
    with fhir_server(white_cells(1)) as server:
        found = gathered(access, server.base, request=with_prefetch(counts=notice))

    assert (known(found), refs(found)) == (Known(Availability.KNOWN), ["Observation/o1"])


def test_a_page_below_its_total_is_asked_for_again(access):
    observations = [white_cells(number, f"2026-03-0{9 - number}") for number in range(2)]
    sent = {"resourceType": "Bundle", "total": 2, "entry": [{"resource": observations[0]}]}
    with fhir_server(*observations) as server:
        found = gathered(access, server.base, request=with_prefetch(counts=sent))

    assert (known(found), refs(found)) == (Known(Availability.KNOWN), ["Observation/o0", "Observation/o1"])


def test_a_page_below_its_total_stays_cut_where_the_server_fails(access):
    sent = {"resourceType": "Bundle", "total": 2, "entry": [{"resource": white_cells(1)}]}
    with web_server(lambda handler, _web: send(handler, status=500)) as server:
        found = gathered(access, server.address, request=with_prefetch(counts=sent))

    assert (known(found).availability, refs(found)) == (Availability.TRUNCATED, ["Observation/o1"])


# --- a patient who is not there


def test_where_null_came_for_the_patient_the_server_is_asked_for_everything(access):
    request = with_prefetch(patient=None, counts=None, medications=None)
    with fhir_server({"resourceType": "Patient", "id": "p"}, white_cells(1)) as server:
        found = gathered(access, server.base, PATIENT, COUNTS, ORDERS, request=request)

    assert found.known == {
        FactKind.PATIENT: Known(Availability.KNOWN),
        FactKind.COUNTS: Known(Availability.KNOWN),
        FactKind.MEDICATIONS: Known(Availability.EMPTY),
    }


@pytest.mark.parametrize("status", [404, 410])
def test_of_a_patient_whom_the_server_does_not_know_nothing_is_known_by_it(access, status):
    def unknown_patient(handler, _web):
        if "/Patient/" in handler.path:
            send(handler, status=status)
        return "/Patient/" in handler.path

    sent = {"resourceType": "Bundle", "entry": [{"resource": white_cells(1)}]}
    keys = (PATIENT, COUNTS, ORDERS, LISTS, TESTS)
    with fhir_server(fault=unknown_patient) as server:
        found = gathered(access, server.base, *keys, request=with_prefetch(counts=sent))

    no_such_patient = Known(Availability.UNKNOWN, "no such patient at the FHIR server")
    assert found.known == {
        FactKind.PATIENT: no_such_patient,
        FactKind.COUNTS: Known(Availability.KNOWN),  # sent along
        FactKind.MEDICATIONS: no_such_patient,
        FactKind.ORDERED_TESTS: no_such_patient,
    }


def test_records_of_a_patient_whom_the_server_does_not_know_still_count(access):
    def unknown_patient(handler, _web):
        if "/Patient/" in handler.path:
            send(handler, status=404)
        return "/Patient/" in handler.path

    with fhir_server(white_cells(1), fault=unknown_patient) as server:
        found = gathered(access, server.base, PATIENT, COUNTS)

    assert (refs(found), found.known[FactKind.COUNTS].is_unknown) == (["Observation/o1"], True)


@pytest.mark.parametrize("status", [403, 500])
def test_a_patient_who_may_not_be_read_says_nothing_of_other_kinds(access, status):
    def refused(handler, _web):
        if "/Patient/" in handler.path:
            send(handler, status=status)
        return "/Patient/" in handler.path

    with fhir_server(fault=refused) as server:
        found = gathered(access, server.base, PATIENT, COUNTS)

    assert found.known[FactKind.COUNTS] == Known(Availability.EMPTY)


def test_one_deadline_is_for_everything(transports):
    access = FhirAccess(transports, timeout_s=0.4, max_bytes=1_000)
    with web_server(lambda _handler, web: web.pause(5)) as server:
        started = time.monotonic()

        found = gathered(access, server.address, COUNTS, ORDERS, TESTS, PATIENT)

        took = time.monotonic() - started
    access.close()
    assert set(found.known.values()) == {unknown("the FHIR server did not answer in time")}
    assert 0.3 < took < 2


def test_one_slow_search_leaves_the_others_known(transports):
    access = FhirAccess(transports, timeout_s=0.5, max_bytes=100_000)

    def only_orders_are_slow(handler, web):
        if "MedicationRequest" in handler.path:
            web.pause(5)
        return "MedicationRequest" in handler.path

    with fhir_server(white_cells(1), fault=only_orders_are_slow) as server:
        found = gathered(access, server.base, COUNTS, ORDERS)
    access.close()

    assert found.known == {
        FactKind.COUNTS: Known(Availability.KNOWN),
        FactKind.MEDICATIONS: unknown("the FHIR server did not answer in time"),
    }


def test_dripping_headers_cannot_outlive_the_deadline(transports):
    access = FhirAccess(transports, timeout_s=0.4, max_bytes=1_000)

    def drip(handler, web):
        while not web.stopping.is_set():
            handler.wfile.write(b"H")
            handler.wfile.flush()
            web.pause(0.02)

    with web_server(drip) as server:
        started = time.monotonic()

        assert known(gathered(access, server.address)) == unknown("the FHIR server did not answer in time")
        assert time.monotonic() - started < 2
        access._threads.shutdown(wait=True)  # its thread ends too, though the server goes on
        assert time.monotonic() - started < 3


def test_all_searches_run_at_the_same_time(access):
    def slowly(_handler, web):
        web.pause(0.3)
        return False

    keys = [replace(COUNTS, name=f"counts{number}") for number in range(8)]
    with fhir_server(white_cells(1), fault=slowly) as server:
        started = time.monotonic()

        gathered(access, server.base, *keys)

        assert time.monotonic() - started < 1.2  # eight of them, one after the other: 2.4


def test_pages_are_followed_until_there_are_as_many_as_a_client_would_send(access):
    observations = [white_cells(number, f"2026-03-{20 - number:02}") for number in range(9)]
    with fhir_server(*observations, page_size=2) as server:
        found = gathered(access, server.base)

        assert len(server.asked) == 2
    since = known(found)
    assert (since.availability, str(since.complete_since)) == (Availability.TRUNCATED, "2026-03-17")


def test_a_server_that_sorts_wrongly_makes_nothing_complete(access):
    days = ["2026-03-01", "2026-03-09", "2026-03-05", "2026-03-07"]
    observations = [white_cells(number, day) for number, day in enumerate(days)]
    with fhir_server(*observations, ignores_filters=True) as server:
        assert known(gathered(access, server.base)) == Known(Availability.TRUNCATED)


def test_endless_paging_ends(access):
    def endless(handler, web):
        number = len(web.asked)
        page = {
            "resourceType": "Bundle",
            "entry": [{"resource": white_cells(number, code={"text": "Sodium"})}],
            "link": [{"relation": "next", "url": f"{web.address}/fhir/r4/Observation?page={number}"}],
        }
        send(handler, json.dumps(page).encode())
        return True

    with fhir_server(fault=endless) as server:
        assert (known(gathered(access, server.base)), len(server.asked)) == (
            Known(Availability.TRUNCATED),
            20,
        )


def test_a_page_that_leads_to_itself_is_asked_once(access):
    def circle(handler, web):
        page = {"resourceType": "Bundle", "link": [{"relation": "next", "url": web.address + handler.path}]}
        send(handler, json.dumps(page).encode())
        return True

    with fhir_server(fault=circle) as server:
        gathered(access, server.base)

        assert len(server.asked) == 1


def test_a_further_page_elsewhere_is_not_followed_and_gets_no_token(access):
    with web_server(lambda handler, _web: send(handler, b'{"resourceType": "Bundle"}')) as thief:
        page = {
            "resourceType": "Bundle",
            "entry": [{"resource": white_cells(1)}],
            "link": [{"relation": "next", "url": f"{thief.address}/next"}],
        }
        with web_server(lambda handler, _web: send(handler, json.dumps(page).encode())) as server:
            found = gathered(access, server.address)

        assert thief.asked == []
    assert known(found).availability is Availability.TRUNCATED


def test_a_later_page_that_fails_loses_none_before_it(access):
    def second_fails(handler, _web):
        if "page=2" in handler.path:
            send(handler, status=500)
        return "page=2" in handler.path

    days = ["2026-03-09", "2026-03-08", "2026-03-07"]
    observations = [white_cells(number, day) for number, day in enumerate(days)]
    with fhir_server(*observations, page_size=2, fault=second_fails) as server:
        found = gathered(access, server.base)

    assert refs(found) == ["Observation/o0", "Observation/o1"]
    assert (known(found).availability, str(known(found).complete_since)) == (
        Availability.TRUNCATED,
        "2026-03-08",
    )


def test_a_prefetched_page_is_continued_at_the_server(access):
    observations = [white_cells(number, f"2026-03-{20 - number:02}") for number in range(3)]
    with fhir_server(*observations, page_size=2) as server:
        page = {
            "resourceType": "Bundle",
            "entry": [{"resource": one} for one in observations[:2]],
            "link": [
                {
                    "relation": "next",
                    "url": f"{server.base}/Observation?patient=p&code=http://loinc.org|6690-2&page=2",
                }
            ],
        }

        found = gathered(access, server.base, request=with_prefetch(counts=page))

        assert (refs(found), len(server.asked)) == ([f"Observation/o{number}" for number in range(3)], 1)


def test_a_prefetched_page_that_goes_on_elsewhere_stays_cut(access):
    with web_server(lambda handler, _web: send(handler, b"{}")) as thief, fhir_server() as server:
        link = [{"relation": "next", "url": f"{thief.address}/fhir/r4/Observation?page=2"}]
        page = {"resourceType": "Bundle", "entry": [{"resource": white_cells(1)}], "link": link}

        found = gathered(access, server.base, request=with_prefetch(counts=page))

        assert (known(found).availability, thief.asked, server.asked) == (Availability.TRUNCATED, [], [])


def with_prefetch(**sent):
    return replace(
        REQUEST, prefetch={name: msgspec.Raw(json.dumps(one).encode()) for name, one in sent.items()}
    )


@pytest.mark.parametrize(
    "sent",
    [
        None,
        {"resourceType": "Bundle"},
        outcome("error"),
        {"resourceType": "Bundle", "entry": [{"resource": white_cells(1)}]},
    ],
    ids=["null", "empty", "failed at the client", "records"],
)
def test_a_key_that_was_answered_is_not_asked_again(access, sent):
    with fhir_server(white_cells(1)) as server:
        gathered(access, server.base, request=with_prefetch(counts=sent))

        assert server.asked == []


@pytest.mark.parametrize("sent", ["text", 7, {"resourceType": "Patient", "id": "p"}])
def test_a_key_that_cannot_be_used_is_asked_for(access, sent):
    with fhir_server(white_cells(1)) as server:
        assert refs(gathered(access, server.base, request=with_prefetch(counts=sent))) == ["Observation/o1"]


def test_what_was_not_searched_for_is_left_out(access):
    lies = [
        white_cells("other", subject={"reference": "Patient/q"}),
        white_cells("nobodys", subject=None),
        white_cells("else", code={"coding": [{"system": "http://loinc.org", "code": "4544-3"}]}),
        {"resourceType": "Condition", "id": "c", "subject": {"reference": "Patient/p"}},
    ]
    bundle = {"resourceType": "Bundle", "entry": [{"resource": one} for one in [*lies, white_cells("ours")]]}
    with web_server(lambda handler, _web: send(handler, json.dumps(bundle).encode())) as server:
        assert refs(gathered(access, server.address)) == ["Observation/oours"]


@pytest.mark.parametrize("subject", [None, {"display": "Mrs Doe"}, {"identifier": {"value": "4711"}}])
def test_a_record_found_that_names_no_subject_is_counted_and_not_used(access, subject):
    nobodys = [white_cells(number, subject=subject) for number in (1, 2)]
    why = "2 results that name no patient were not used"
    for others in ([], [white_cells("ours")]):
        bundle = {"resourceType": "Bundle", "entry": [{"resource": one} for one in (*others, *nobodys)]}
        with web_server(
            lambda handler, _web, sent=bundle: send(handler, json.dumps(sent).encode())
        ) as server:
            found = gathered(access, server.address)

        assert refs(found) == [f"Observation/{one['id']}" for one in others]
        assert found.known == {FactKind.COUNTS: Known(Availability.PARTIAL, why)}
        assert found.answered == {FactKind.COUNTS}


def test_beside_a_kind_that_is_unknown_what_names_no_subject_is_told_too(access):
    partly = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "timeout"}]}
    sent = [{"resource": partly}, {"resource": white_cells(1, subject=None)}]
    with web_server(
        lambda handler, _web: send(handler, json.dumps({"resourceType": "Bundle", "entry": sent}).encode())
    ) as server:
        known = gathered(access, server.address).known[FactKind.COUNTS]

    assert known.availability is Availability.UNKNOWN
    assert known.why.endswith("the server ran out of time; 1 result that names no patient was not used")


def test_what_does_not_say_what_it_is_is_kept_to_be_told(access):
    odd = [
        white_cells("codeless", code={}),
        white_cells("typeless") | {"resourceType": "Observaton"},
        white_cells("known-words", code={"text": "Leukocytes"}),
    ]
    bundle = {"resourceType": "Bundle", "entry": [{"resource": one} for one in odd]}
    with web_server(lambda handler, _web: send(handler, json.dumps(bundle).encode())) as server:
        found = refs(gathered(access, server.address))

    assert found == ["Observation/ocodeless", "Observaton/otypeless", "Observation/oknown-words"]


def test_a_status_that_was_not_searched_for_is_left_out(access):
    orders = [
        {
            "resourceType": "ServiceRequest",
            "id": status,
            "status": status,
            "subject": {"reference": "Patient/p"},
        }
        for status in ("active", "revoked")
    ]
    bundle = {"resourceType": "Bundle", "entry": [{"resource": one} for one in orders]}
    with web_server(lambda handler, _web: send(handler, json.dumps(bundle).encode())) as server:
        assert refs(gathered(access, server.address, TESTS)) == ["ServiceRequest/active"]


@pytest.mark.parametrize(
    ("key", "content"),
    [
        (
            COUNTS,
            {
                "resourceType": "Bundle",
                "entry": [{"resource": white_cells(1, subject={"reference": "Patient/q"})}],
            },
        ),
        (PATIENT, {"resourceType": "Patient", "id": "q"}),
    ],
    ids=["search", "read"],
)
def test_records_of_another_patient_are_no_answer(access, key, content):
    with web_server(lambda handler, _web: send(handler, json.dumps(content).encode())) as server:
        assert known(gathered(access, server.address, key)) == unknown(
            "the FHIR server answered with records of another patient"
        )


def test_a_server_that_cannot_sort_is_asked_without(access):
    def no_sorting(handler, _web):
        if "_sort" in handler.path:
            send(handler, status=400)
        return "_sort" in handler.path

    with fhir_server(white_cells(1), fault=no_sorting) as server:
        found = gathered(access, server.base)

        assert (known(found), len(server.asked)) == (Known(Availability.KNOWN), 2)


@pytest.mark.parametrize(
    ("status", "availability"),
    [(403, Availability.EMPTY), (404, Availability.EMPTY), (500, Availability.UNKNOWN)],
)
def test_a_list_that_the_server_does_not_keep_may_stay_away(access, status, availability):
    def no_lists(handler, _web):
        if "MedicationStatement" in handler.path:
            send(handler, status=status)
        return "MedicationStatement" in handler.path

    with fhir_server(fault=no_lists) as server:
        assert known(gathered(access, server.base, ORDERS, LISTS)).availability is availability


def test_everything_together_may_not_exceed_a_size(transports):
    access = FhirAccess(transports, timeout_s=5, max_bytes=1_000)
    observations = [white_cells(number, note=[{"text": "x" * 500}]) for number in range(3)]
    with fhir_server(*observations) as server:
        assert known(gathered(access, server.base)) == unknown("the FHIR server sent too much")
    access.close()


# Outbound safety


def test_a_request_without_a_server_asks_nobody(access):
    assert isinstance(access.for_request(REQUEST, DEVELOPER), NoFhirServer)


@pytest.mark.parametrize(
    "named",
    [
        "https://evil.example/fhir",
        "https://ehr.example/fhir/r4x",
        "https://ehr.example/fhir/r4/..",
        "https://ehr.example/fhir",
        "https://ehr.example:8443/fhir/r4",
        "http://ehr.example/fhir/r4",
        "https://ehr.example@evil.example/fhir/r4",
        "https://user:password@ehr.example/fhir/r4",
        "https://ehr.example/fhir/r4?x=",
        "https://ehr.example/fhir/r4#",
        "https://ehr.example\\.evil.example/fhir/r4",
        "http://127.0.0.1:8080/fhir",
        "http://localhost/fhir",
        "http://[::1]/fhir",
        "http://0x7f.1/fhir",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "gopher://127.0.0.1",
        "//evil.example",
        "evil",
    ],
)
def test_a_server_that_is_not_the_clients_is_never_contacted(access, monkeypatch, named):
    def no_socket(*_arguments, **_options):
        raise AssertionError("something was contacted")

    monkeypatch.setattr("socket.socket.connect", no_socket)
    monkeypatch.setattr("socket.getaddrinfo", no_socket)
    client = Client("ehr", "https://ehr.example", fhir_servers=("https://ehr.example/fhir/r4",))

    with capture_logs() as lines:
        found = gathered(access, named, client=client)

    assert known(found) == unknown("the FHIR server in the request is not one that this client may name")
    assert lines == [{"event": "fhir_server_refused", "log_level": "warning", "client": "ehr"}]


def test_the_clients_server_may_be_spelled_differently(access):
    with fhir_server(white_cells(1)) as server:
        client = Client("ehr", "https://ehr.example", fhir_servers=(server.base,))

        assert known(gathered(access, f"{server.base}/", client=client)) == Known(Availability.KNOWN)


@pytest.mark.parametrize(
    "patient", ["../Practitioner", "..", ".", "p?_id=q", "p&patient=q", "p|q", "x" * 129, "p\r\n"]
)
def test_a_patient_id_that_would_ask_for_something_else_asks_for_nothing(access, patient):
    with fhir_server() as server:
        found = gathered(access, server.base, request=replace(REQUEST, patient_id=patient))

        assert (known(found), server.asked) == (unknown("the patient's id is not one"), [])


@pytest.mark.parametrize("token", ["", "two words", "line\r\nX-Header: 1", "t\u00f6ken", "x" * 16_385])
def test_a_token_that_is_none_is_not_sent(access, token):
    with fhir_server() as server:
        request = replace(REQUEST, fhir_authorization=FhirAuthorization(token))

        found = gathered(access, server.base, request=request)

        assert (known(found), server.asked) == (unknown("the access token in the request is not one"), [])


@pytest.mark.parametrize(
    "reference",
    [
        "https://evil.example/fhir/Medication/1",
        "Medication/../Patient/2",
        "Medication/1?x",
        "Patient/2",
        "urn:uuid:1",
        "#contained",
        "",
    ],
)
def test_only_medications_of_the_server_are_read(access, reference):
    with fhir_server({"resourceType": "Patient", "id": "2"}) as server:
        fhir = access.for_request(replace(REQUEST, fhir_server=server.base), DEVELOPER)

        assert (fhir.read_medications([reference]), server.asked) == ((), [])


def test_medications_are_read_while_other_searches_wait_for_their_next_page(access):
    order = {
        "resourceType": "MedicationRequest",
        "id": "m",
        "subject": {"reference": "Patient/p"},
        "medicationReference": {"reference": "Medication/a"},
    }
    is_read = threading.Event()

    def second_page_after_the_medication(handler, web):
        if handler.path.endswith("/Medication/a"):
            is_read.set()
        if "page=2" not in handler.path or is_read.wait(3):
            return False
        send(handler, status=500)
        return True

    with fhir_server(
        order,
        {"resourceType": "Medication", "id": "a"},
        *(white_cells(number) for number in range(2)),
        page_size=1,
        fault=second_page_after_the_medication,
    ) as server:
        found = gathered(access, server.base, COUNTS, ORDERS)

    assert refs(found) == ["Observation/o0", "Observation/o1", "MedicationRequest/m", "Medication/a"]
    assert [one for one in server.asked if one == "Medication/a"] == ["Medication/a"]


def test_a_medication_that_is_another_one_is_left_out(access):
    body = json.dumps({"resourceType": "Medication", "id": "other"}).encode()
    with web_server(lambda handler, _web: send(handler, body)) as server:
        fhir = access.for_request(replace(REQUEST, fhir_server=server.address), DEVELOPER)

        assert fhir.read_medications(["Medication/1"]) == ()


@pytest.mark.parametrize("status", [401, 403, 500])
def test_no_failure_logs_the_token_the_address_or_the_patient(access, capsys, status):
    with web_server(lambda handler, _web: send(handler, status=status)) as server, capture_logs() as lines:
        found = gathered(access, server.address, request=replace(REQUEST, patient_id="patient-17"))

    told = json.dumps(lines) + str(found.known) + "".join(capsys.readouterr())
    assert [word for word in ("secret-token", "patient-17", "127.0.0.1") if word in told] == []
