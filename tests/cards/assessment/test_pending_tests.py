"""Which tests are ordered and have no result yet, and since when?"""

import pytest

from cards.assessment.pending_tests import forgotten_order, order_words, pending_order
from cards.knowledge.default_policy import default_policy
from cards.model.tests_ordered import OrderableTest
from tests.builders import chart, days_ago, on, on_order

TPMT, HBSAG = OrderableTest.TPMT, OrderableTest.HBSAG


def ordered(days):
    return on_order(TPMT, ordered_on=days_ago(days))


DRAFT, UNDATED = on_order(TPMT, is_draft=True), on_order(TPMT)


def pending(*orders, **fields):
    return pending_order(chart(*orders), default_policy(), TPMT, **fields)


def forgotten(*orders, **fields):
    return forgotten_order(chart(*orders), default_policy(), TPMT, **fields)


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        ((), None),
        ((on_order(HBSAG),), None),
        ((ordered(30),), ordered(30)),
        ((ordered(31),), None),
        ((UNDATED,), UNDATED),
        ((DRAFT,), DRAFT),
        ((ordered(2), ordered(9), DRAFT, UNDATED), ordered(9)),
        ((UNDATED, DRAFT), UNDATED),
    ],
)
def test_the_first_order_that_may_bring_a_result_is_pending(orders, expected):
    assert pending(*orders) == expected


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        ((ordered(30),), None),
        ((ordered(31),), ordered(31)),
        ((ordered(90), ordered(60)), ordered(60)),
        ((ordered(-1), UNDATED, DRAFT), None),
    ],
)
def test_the_last_order_that_is_too_old_is_forgotten(orders, expected):
    assert forgotten(*orders) == expected


@pytest.mark.parametrize(("days", "is_answered"), [(11, True), (10, False), (9, False)])
def test_an_order_before_a_result_brought_that_one(days, is_answered):
    assert (pending(ordered(days), after=days_ago(10)) is None) is is_answered
    assert (forgotten(ordered(days + 40), after=days_ago(50)) is None) is is_answered


def test_an_undated_order_or_a_draft_is_never_answered():
    assert pending(UNDATED, after=days_ago(0)) == UNDATED
    assert pending(DRAFT, after=days_ago(0)) == DRAFT


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (on_order(TPMT, ordered_on=on("2026-11-20")), "ordered 2026-11-20"),
        (UNDATED, "ordered (date not stated)"),
        (DRAFT, "being ordered"),
        (on_order(TPMT, ordered_on=on("2026-11-20"), is_report=True), "registered 2026-11-20"),
        (on_order(TPMT, is_report=True), "registered (date not stated)"),
    ],
)
def test_an_order_is_told_with_its_day(order, words):
    assert order_words(order) == words
