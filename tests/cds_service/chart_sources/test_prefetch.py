import json
from datetime import UTC

import msgspec
import pytest

from benchmarks.hook_bodies import whole_body
from cards.model.facts import Availability, FactKind, Known
from cds_service.chart_sources.fhir_records import Gap
from cds_service.chart_sources.prefetch import prefetched
from cds_service.hooks.prefetch_keys import PrefetchKey, all_keys
from cds_service.hooks.request import hook_request_from
from fhir_mappers.bundle.passed_over import UnknownNumbers
from fhir_mappers.bundle.relevance import Relevance
from fhir_mappers.terminology.issue_types import incomplete_types

KEY = PrefetchKey("counts", FactKind.COUNTS, "Observation", "code=x", "date", count=2)
READ = PrefetchKey("patient", FactKind.PATIENT, "Patient")
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
NO_RESULT = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "processing"}]}


def observation(day=None, number=1):
    found = {"resourceType": "Observation", "id": f"o{number}", "status": "final"}
    return found | ({"effectiveDateTime": day} if day else {})


def bundle(*resources, **more):
    entries = {"entry": [{"resource": resource} for resource in resources]} if resources else {}
    return {"resourceType": "Bundle", "type": "searchset"} | entries | more


def read(keys, **sent):
    raw = {name: msgspec.Raw(json.dumps(value).encode()) for name, value in sent.items()}
    return prefetched(keys, raw, UTC)


@pytest.mark.parametrize(
    ("sent", "known", "records"),
    [
        ({}, Known(Availability.UNKNOWN, "not sent"), 0),
        ({"counts": None}, Known(Availability.EMPTY), 0),
        ({"counts": bundle()}, Known(Availability.EMPTY), 0),
        ({"counts": bundle(NO_RESULT)}, Known(Availability.EMPTY), 0),
        ({"counts": bundle(observation())}, Known(Availability.KNOWN), 1),
        ({"counts": bundle(observation(), NO_RESULT)}, Known(Availability.KNOWN), 1),
        ({"counts": observation()}, Known(Availability.KNOWN), 1),
        ({"counts": OUTCOME}, Known(Availability.UNKNOWN, "the search failed at the client"), 0),
        (
            {"counts": bundle(observation(), OUTCOME)},
            Known(Availability.UNKNOWN, "the search failed at the client"),
            1,
        ),
        (
            {"counts": bundle({"resourceType": "Patient", "id": "p"})},
            Known(Availability.UNKNOWN, "something else was sent instead"),
            0,
        ),
        ({"counts": "text"}, Known(Availability.UNKNOWN, "something else was sent instead"), 0),
        ({"neverAsked": bundle(observation())}, Known(Availability.UNKNOWN, "not sent"), 0),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_key_means(sent, known, records):
    found = read([KEY], **sent)

    assert (found.known, len(found.records)) == ({FactKind.COUNTS: known}, records)


def test_a_full_page_is_complete_since_its_oldest_record():
    page = bundle(observation("2026-03-02"), observation("2026-03-01", number=2))

    found = read([KEY], counts=page)

    since = found.known[FactKind.COUNTS]
    assert (since.availability, str(since.complete_since)) == (Availability.TRUNCATED, "2026-03-01")


def test_a_full_page_out_of_order_is_complete_since_never():
    page = bundle(observation("2026-03-01"), observation("2026-03-02", number=2))

    assert read([KEY], counts=page).known == {FactKind.COUNTS: Known(Availability.TRUNCATED)}


def test_a_page_with_a_next_link_is_cut():
    page = bundle(
        observation("2026-03-01"), link=[{"relation": "next", "url": "https://fhir.example.org/?p=2"}]
    )

    known = read([KEY], counts=page).known[FactKind.COUNTS]

    assert known.availability is Availability.TRUNCATED


def test_a_read_is_never_a_full_page():
    found = read([READ], patient={"resourceType": "Patient", "id": "p"})

    assert found.known == {FactKind.PATIENT: Known(Availability.KNOWN)}


ORDERS = PrefetchKey("orders", FactKind.MEDICATIONS, "MedicationRequest", count=9)
LIST = PrefetchKey("list", FactKind.MEDICATIONS, "MedicationStatement", count=9, is_main=False)
ORDER = bundle({"resourceType": "MedicationRequest", "id": "1"})
CUT = bundle({"resourceType": "MedicationStatement", "id": "1"}, link=[{"relation": "next", "url": "u"}])


@pytest.mark.parametrize(
    ("sent", "known"),
    [
        ({"orders": ORDER}, Known(Availability.KNOWN)),
        ({"orders": ORDER, "list": None}, Known(Availability.KNOWN)),
        ({"orders": None, "list": None}, Known(Availability.EMPTY)),
        ({"list": ORDER}, Known(Availability.UNKNOWN, "not sent")),
        ({"orders": ORDER, "list": OUTCOME}, Known(Availability.UNKNOWN, "the search failed at the client")),
        ({"orders": ORDER, "list": CUT}, Known(Availability.TRUNCATED)),
    ],
    ids=lambda value: str(value)[:40],
)
def test_several_searches_tell_of_one_kind(sent, known):
    assert read([ORDERS, LIST], **sent).known == {FactKind.MEDICATIONS: known}


def test_what_cannot_be_decoded_is_unknown():
    found = prefetched([KEY], {"counts": msgspec.Raw(b'{"resourceType":')}, UTC)

    assert found.known == {FactKind.COUNTS: Known(Availability.UNKNOWN, "what was sent cannot be read")}


@pytest.mark.parametrize("others", [0, 40, 2_000])  # of none, no key and every key a full page
def test_a_page_says_the_same_of_itself_whether_or_not_some_of_it_is_passed_over(others):
    request = hook_request_from(whole_body(1, others), "order-sign")
    numbers = UnknownNumbers(request.patient_id, Relevance())

    kept = prefetched(all_keys(), request.prefetch, UTC)
    skimmed = prefetched(all_keys(), request.prefetch, UTC, numbers.date_of_passed_over)

    assert (skimmed.known, skimmed.answered, skimmed.gaps) == (kept.known, kept.answered, kept.gaps)
    assert len(skimmed.passed_over) == len(kept.records) - len(skimmed.records) == others


@pytest.mark.parametrize(
    ("days", "since"),
    [
        (("2026-11-20T08:00:00Z", "2026-11-20T12:00:00Z", "2026-11-19"), "2026-11-19"),
        (("2026-11-19", "2026-11-20", "2026-11-18"), None),
    ],
)
def test_a_full_page_reaches_back_to_its_oldest_result_even_if_nobody_reads_that(days, since):
    number = {
        "subject": {"reference": "Patient/p"},
        "valueQuantity": {"value": 5},
        "code": {"text": "Glucose"},
    }
    page = bundle(*(observation(day, n) | number for n, day in enumerate(days)))
    raw = {"counts": msgspec.Raw(json.dumps(page).encode())}

    found = prefetched([KEY], raw, UTC, UnknownNumbers("p", Relevance()).date_of_passed_over)

    (answer,) = found.answers
    assert (len(answer.passed_over), answer.known.availability) == (3, Availability.TRUNCATED)
    assert (answer.known.complete_since and str(answer.known.complete_since)) == since


def test_a_search_for_something_else_is_not_answered_by_results_that_nobody_reads():
    number = {
        "subject": {"reference": "Patient/p"},
        "valueQuantity": {"value": 5},
        "code": {"text": "Glucose"},
    }
    raw = {"patient": msgspec.Raw(json.dumps(bundle(observation("2026-11-20") | number)).encode())}

    found = prefetched([READ], raw, UTC, UnknownNumbers("p", Relevance()).date_of_passed_over)

    assert [one.known for one in found.answers] == [
        Known(Availability.UNKNOWN, "something else was sent instead")
    ]


# --- what an answer says of its own completeness


def outcome(code, severity="warning"):
    return {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": code}]}


@pytest.mark.parametrize("severity", ["warning", "information"])
@pytest.mark.parametrize(("code", "what_came"), list(incomplete_types().items()))
def test_an_issue_that_something_may_be_missing_leaves_the_kind_unknown(code, what_came, severity):
    notice = outcome(code, severity)
    unknown = Known(Availability.UNKNOWN, f"may be incomplete, {what_came}")

    for sent, records in ((notice, 0), (bundle(notice), 0), (bundle(observation(), notice), 1)):
        found = read([KEY], counts=sent)
        assert (found.known, len(found.records)) == ({FactKind.COUNTS: unknown}, records)
        assert found.gaps == (Gap(KEY),)


@pytest.mark.parametrize(
    "code", ["processing", "informational", "not-found", "business-rule", "not-supported", "code-invalid"]
)
def test_other_issues_that_are_no_failure_leave_it_known(code):
    assert read([KEY], counts=bundle(observation(), outcome(code))).known == {
        FactKind.COUNTS: Known(Availability.KNOWN)
    }


def searchset(matches, included=0, of="Observation", total=None):
    entries = [
        {"resource": observation(f"2026-03-{20 - n:02}", n), "search": {"mode": "match"}}
        for n in range(matches)
    ]
    entries += [
        {"resource": {"resourceType": of, "id": f"i{n}"}, "search": {"mode": "include"}}
        for n in range(included)
    ]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries} | (
        {} if total is None else {"total": total}
    )


WIDE = PrefetchKey("counts", FactKind.COUNTS, "Observation", "code=x", "date", count=4)


@pytest.mark.parametrize(
    ("sent", "is_cut"),
    [
        (searchset(3), False),
        (searchset(4), True),  # a full page
        (searchset(3, included=1), False),  # what came along fills no page
        (searchset(3, included=9, of="Medication"), False),
        (searchset(4, included=1), True),
        (searchset(3, total=3), False),
        (searchset(3, total=4), True),
        (searchset(3, total=2), False),  # says nothing
        (searchset(3, included=2, total=3), False),
        (searchset(3, included=2, total=4), True),
        (searchset(3, included=2, total=5), False),  # the server counts what came along, too
        (searchset(0, total=1), True),  # a number of records, and none of them
        (bundle(NO_RESULT, total=1), False),  # the server counts its notice, too
    ],
    ids=lambda value: str(value)[:1],
)
def test_a_page_is_cut_when_it_is_full_or_the_server_has_more(sent, is_cut):
    (answer,) = read([WIDE], counts=sent).answers

    assert (answer.known.availability is Availability.TRUNCATED) is is_cut


def test_a_page_below_the_total_is_complete_since_its_oldest_record():
    known = read([WIDE], counts=searchset(3, total=4)).known[FactKind.COUNTS]

    assert (known.why, str(known.complete_since)) == ("the server has more than was sent", "2026-03-18")


def test_a_full_page_is_the_newest_page_whatever_the_total():
    assert read([WIDE], counts=searchset(4, total=9)).known[FactKind.COUNTS].why == ""


def test_a_page_below_the_total_out_of_order_is_complete_since_never():
    page = bundle(observation("2026-03-01"), observation("2026-03-02", number=2), total=3)

    assert read([WIDE], counts=page).known == {
        FactKind.COUNTS: Known(Availability.TRUNCATED, "the server has more than was sent")
    }


@pytest.mark.parametrize(
    ("sent", "gaps"),
    [
        (searchset(3, total=4), (Gap(WIDE),)),  # the server may be asked for the rest
        (searchset(4, total=9), ()),  # as many as were asked for
        (searchset(3, total=3), ()),
    ],
)
def test_what_is_below_the_total_and_the_count_is_a_gap(sent, gaps):
    assert read([WIDE], counts=sent).gaps == gaps


def test_numbers_that_nobody_reads_count_as_matches():
    number = {
        "subject": {"reference": "Patient/p"},
        "valueQuantity": {"value": 5},
        "code": {"text": "Glucose"},
    }
    page = bundle(*(observation(f"2026-03-{9 - n:02}", n) | number for n in range(3)), total=3)
    raw = {"counts": msgspec.Raw(json.dumps(page).encode())}

    found = prefetched([WIDE], raw, UTC, UnknownNumbers("p", Relevance()).date_of_passed_over)

    assert found.known == {FactKind.COUNTS: Known(Availability.KNOWN)}
    assert len(found.passed_over) == 3


# --- null for the patient


def test_null_for_the_patient_makes_every_null_beside_it_unknown():
    found = read([READ, KEY, ORDERS, LIST], patient=None, counts=None, orders=ORDER, list=None)

    unknown = Known(Availability.UNKNOWN, "the client sent null for the patient too")
    assert found.known == {
        FactKind.PATIENT: unknown,
        FactKind.COUNTS: unknown,
        FactKind.MEDICATIONS: Known(Availability.KNOWN),
    }
    assert found.gaps == (Gap(READ), Gap(KEY), Gap(LIST))


def test_an_empty_page_beside_null_for_the_patient_is_unknown_too():
    found = read([READ, KEY], patient=None, counts=bundle())

    assert found.known[FactKind.COUNTS].is_unknown


def test_beside_a_patient_null_is_empty():
    found = read([READ, KEY], patient={"resourceType": "Patient", "id": "p"}, counts=None)

    assert found.known[FactKind.COUNTS] == Known(Availability.EMPTY)


def test_a_record_of_no_type_is_kept_where_nothing_else_came():
    (answer,) = read([KEY], counts={"resourceType": "Bundle", "entry": [None]}).answers

    assert [one.record_ref for one in answer.records] == ["Record/~74234e98af"]
    assert answer.known == Known(Availability.UNKNOWN, "something else was sent instead")
    assert not answer.is_answer
