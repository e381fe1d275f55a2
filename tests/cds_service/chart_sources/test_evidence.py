"""What the notices of a server's vendor say of the records beside them."""

import json
from datetime import UTC

import msgspec
import pytest

from cards.model.facts import Availability, FactKind, Known
from cds_service.access.clients import AcknowledgedNotice
from cds_service.access.server_notices import notice_of
from cds_service.chart_sources.evidence import AnswerEvidence, HeardNotice, evidence_of
from cds_service.chart_sources.fhir_records import Found
from cds_service.chart_sources.prefetch import completed, prefetched
from cds_service.hooks.prefetch_keys import PrefetchKey
from fhir_mappers.bundle.outcomes import NoticeCode, Outcome
from fhir_mappers.bundle.resources import contents_of

# As published in https://github.com/onc-healthit/onc-certification-g10-test-kit/issues/278
SYSTEM = "urn:oid:1.2.840.114350.1.13.1.1.7.2.657369"
EVERY = "urn:oid:1.2.840.114350.1.13.*.7.2.657369"
SUB_RESOURCE = (
    "The authenticated client's search request applies to a sub-resource that the client is not authorized for. "
    "Results of this sub-type will not be returned."
)
COUNTS = PrefetchKey("counts", FactKind.COUNTS, "Observation", "code=x", "date", count=200)
ORDERS = PrefetchKey("medications", FactKind.MEDICATIONS, "MedicationRequest", count=9)
STATEMENTS = PrefetchKey("statements", FactKind.MEDICATIONS, "MedicationStatement", count=9, is_main=False)
PART_WITHHELD = "the FHIR server withholds some of them from this service (Observation, notice 59204)"


def issue(code, issue_type="processing", diagnostics="", system=SYSTEM, severity="warning"):
    details = {"coding": [{"system": system, "code": code}], "text": SUB_RESOURCE if code == "59204" else "t"}
    return {"severity": severity, "code": issue_type, "details": details} | (
        {"diagnostics": diagnostics} if diagnostics else {}
    )


def not_authorised_for(named):
    said = f"Client not authorized for {named}. Search results of this type have not been included."
    return issue("59204", "suppressed", said)


def page(count, *issues, of="Observation"):
    entries = [{"resource": {"resourceType": of, "id": f"o{number}"}} for number in range(count)]
    outcome = {
        "resource": {"resourceType": "OperationOutcome", "issue": list(issues)},
        "search": {"mode": "outcome"},
    }
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": count,
        "entry": [*entries, *([outcome] if issues else [])],
    }


def read(acknowledged=frozenset(), keys=(COUNTS,), **sent):
    raw = {name: msgspec.Raw(json.dumps(value).encode()) for name, value in sent.items()}
    return prefetched(keys, raw, UTC, acknowledged=acknowledged)


def known(found):
    (one,) = found.known.values()
    return one


def test_a_part_of_another_type_beside_twenty_counts_leaves_the_counts_known():
    found = read(counts=page(20, not_authorised_for("Condition - Dental Finding")))

    assert (known(found), len(found.records)) == (Known(Availability.KNOWN), 20)


def test_a_part_of_the_type_that_was_searched_for_is_withheld_until_acknowledged():
    sent = page(20, not_authorised_for("Observation - Labs"))

    assert known(read(counts=sent)) == Known(Availability.KNOWN, withheld=PART_WITHHELD)
    for system in (SYSTEM, EVERY):
        acknowledged = frozenset({AcknowledgedNotice(system, "59204")})
        assert known(read(acknowledged, counts=sent)) == Known(Availability.KNOWN)


@pytest.mark.parametrize(
    ("system", "code"), [("urn:oid:1.2.840.114350.1.13.0.1.7.2.657369", "59204"), (SYSTEM, "4119")]
)
def test_another_installation_or_another_code_acknowledges_nothing(system, code):
    acknowledged = frozenset({AcknowledgedNotice(system, code)})

    assert known(read(acknowledged, counts=page(1, not_authorised_for("Observation - Labs")))).withheld


def test_a_part_of_nobody_knows_what_counts_as_one_of_the_type_that_was_searched_for():
    assert known(read(counts=page(20, issue("59204", "suppressed")))).withheld == PART_WITHHELD


@pytest.mark.parametrize("count", [0, 3])
def test_what_a_server_says_on_every_answer_changes_nothing(count):
    availability = Availability.KNOWN if count else Availability.EMPTY

    assert known(read(counts=page(count, issue("4119")))) == Known(availability)


@pytest.mark.parametrize(
    "issue_type", ["incomplete", "suppressed"]
)  # of which the vendor's code knows better
def test_what_a_server_says_on_every_answer_changes_nothing_whatever_its_type(issue_type):
    assert known(read(counts=page(1, issue("4119", issue_type)))) == Known(Availability.KNOWN)


def test_an_empty_answer_with_its_notice_is_empty():
    assert known(read(counts=page(0, issue("4101"), issue("4119")))) == Known(Availability.EMPTY)


def test_an_empty_answer_of_which_a_part_is_withheld_says_so():
    sent = page(0, issue("4101"), not_authorised_for("Observation - Labs"))

    assert known(read(counts=sent)) == Known(Availability.EMPTY, withheld=PART_WITHHELD)


@pytest.mark.parametrize(
    ("system", "code"), [(SYSTEM, "59205"), ("urn:oid:1.2.3", "59204"), ("", "59204"), (SYSTEM, "")]
)
def test_what_is_withheld_with_a_code_that_nobody_knows_leaves_the_kind_unknown(system, code):
    found = read(counts=page(20, issue(code, "suppressed", "Observation", system)))

    why = "may be incomplete, the server withheld something"
    assert known(found) == Known(Availability.UNKNOWN, why)


def test_an_issue_that_names_its_type_by_its_expression_is_understood():
    codes = (NoticeCode("x", "y"), NoticeCode(SYSTEM, "59204"))
    of_conditions = Outcome("warning", "suppressed", codes, expression=("Condition",))

    assert evidence_of([of_conditions], "Condition", frozenset()).withheld
    assert not evidence_of([of_conditions], "Observation", frozenset()).withheld


def test_a_notice_that_failed_is_a_failure():
    sent = page(1, issue("59204", "suppressed", severity="error"))

    assert known(read(counts=sent)) == Known(Availability.UNKNOWN, "the search failed at the client")


def test_of_several_searches_for_one_kind_each_may_withhold_a_part():
    sent = page(1, not_authorised_for("MedicationStatement - Outside Record"), of="MedicationStatement")
    orders = page(1, of="MedicationRequest")

    found = read(keys=(ORDERS, STATEMENTS), medications=orders, statements=sent)

    assert known(found).withheld.endswith("(MedicationStatement, notice 59204)")


def test_a_page_that_is_cut_may_also_withhold_a_part():
    sent = page(1, not_authorised_for("Observation - Labs")) | {"total": 9}

    assert known(read(counts=sent)) == Known(
        Availability.TRUNCATED, "the server has more than was sent", withheld=PART_WITHHELD
    )


def test_pages_of_a_fhir_server_say_the_same():
    sent = read()
    contents = contents_of(json.dumps(page(1, not_authorised_for("Observation - Labs"))).encode())

    found = completed(sent, {"counts": Found(contents)}, UTC)

    assert known(found) == Known(Availability.KNOWN, withheld=PART_WITHHELD)


def test_what_was_acknowledged_holds_for_pages_of_a_fhir_server_too():
    sent = read(frozenset({AcknowledgedNotice(SYSTEM, "59204")}))
    contents = contents_of(json.dumps(page(1, not_authorised_for("Observation - Labs"))).encode())

    found = completed(sent, {"counts": Found(contents)}, UTC)

    assert known(found) == Known(Availability.KNOWN)


def test_the_notices_heard_are_kept_beside_what_they_changed():
    acknowledged = frozenset({AcknowledgedNotice(SYSTEM, "59204")})

    found = read(acknowledged, counts=page(1, not_authorised_for("Condition"), issue("4119"), issue("1")))

    assert found.heard == {
        HeardNotice(notice_of(SYSTEM, "59204"), is_acknowledged=True),
        HeardNotice(notice_of(SYSTEM, "4119"), is_acknowledged=False),
    }


def test_nothing_is_heard_where_nothing_is_said():
    assert evidence_of([], "Observation", frozenset()) == AnswerEvidence()
