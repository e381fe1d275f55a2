"""ServiceRequest -> TestOrder: tests asked for and not yet resulted."""

import re

from cards.model.facts import FactKind, Unread, UnreadReason
from cards.model.tests_ordered import OrderableTest, TestOrder
from fhir_mappers.context import MapContext
from fhir_mappers.json.dates import first_date
from fhir_mappers.json.fhir_json import Json, codings, objects_of, status_of, texts
from fhir_mappers.terminology.codes import lookup

_OPEN = ("draft", "active", "on-hold", "requested", "accepted", "in-progress", "proposed", "planned")
# FHIR R4 RequestStatus, and its counterparts in STU3 and DSTU2.
_CLOSED = (
    "completed", "revoked", "entered-in-error", "cancelled", "rejected", "failed", "aborted", "suspended",
    "stopped", "ended",
)  # fmt: skip
_ACTIVITY = re.compile(r"activity|enzyme|red cell|erythrocyte|\brbc\b")
# Wording of an order without a known code, and the words beside it that change its meaning.
_WORDINGS = (
    (OrderableTest.BLOOD_COUNT, re.compile(r"\bcbc\b|complete blood count|full blood count|\bfbc\b")),
    (
        OrderableTest.LIVER_TESTS,
        re.compile(
            r"\bcmp\b|comprehensive metabolic panel|hepatic function panel|liver function tests?|\blfts?\b|"
            r"liver panel|hepatic panel"
        ),
    ),
    (OrderableTest.CREATININE, re.compile(r"\bcreatinine\b(?! clearance)|\b[bc]mp\b|metabolic panel")),
    (
        OrderableTest.METABOLITES,
        re.compile(r"thiopurine metabolites?|thioguanine nucleotides?|\b6-?tgn?\b|\b6-?mmpn?\b"),
    ),
)


def test_order(resource: Json, context: MapContext) -> tuple[TestOrder | Unread, ...]:
    """The known tests that a request asks for; empty when it is closed, void or for something else.

    Unread when the status does not tell.
    """
    status = status_of(resource)
    if status in _CLOSED or resource.get("doNotPerform") is True:
        return ()
    tests = frozenset(
        test
        for concept in (resource.get("code"), *objects_of(resource.get("orderDetail")))
        for test in _tests(concept)
    )
    if not tests:
        return ()
    if status and status not in _OPEN:
        told = Unread(
            context.record_ref,
            FactKind.ORDERED_TESTS,
            "its status does not say whether it is still to be done",
            reason=UnreadReason.STATUS,
            what="a test ordered",
        )
        return (told,)
    ordered = first_date(resource, context.zone, "authoredOn", "orderedOn", "occurrenceDateTime")
    return (TestOrder(context.record_ref, tests, context.is_draft or status == "draft", ordered),)


test_order.__test__ = False  # type: ignore[attr-defined]  # the name is the field's, not pytest's


def _tests(concept: object) -> set[OrderableTest]:
    """The tests that a concept's codes name; by its words only when no code is known."""
    coded = {
        OrderableTest(code.concept)
        for coding in codings(concept)
        for code in lookup(coding.system, coding.code)
        if code.kind == "test"
    }
    return coded or {test for text in texts(concept) for test in _spoken(text.casefold())}


def _spoken(words: str) -> set[OrderableTest]:
    found = {test for test, pattern in _WORDINGS if pattern.search(words)}
    if re.search(r"\bnudt15\b", words):
        found.add(OrderableTest.NUDT15)
    if re.search(r"\btpmt\b|thiopurine (?:s-)?methyltransferase", words):
        found.add(OrderableTest.TPMT_ACTIVITY if _ACTIVITY.search(words) else OrderableTest.TPMT)
    return found
