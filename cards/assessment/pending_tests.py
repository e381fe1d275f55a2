"""Which tests are ordered and have no result yet, and since when?"""

from collections.abc import Iterable

from cards.assessment.results import is_current_order
from cards.finding import Fact
from cards.model.chart_of_day import ChartOfDay
from cards.model.dates import ClinicalDate, sort_key
from cards.model.policy import Policy
from cards.model.tests_ordered import OrderableTest, TestOrder


def pending_order(
    chart: ChartOfDay, policy: Policy, *tests: OrderableTest, after: ClinicalDate | None = None
) -> TestOrder | None:
    """The first order of one of the tests that may still bring a result; a placed one before a draft.

    `after` is the day of a result on record: an older order brought that result.
    """
    if not chart.test_orders:
        return None
    current = [one for one in _orders(chart, tests) if is_current_order(one, chart, policy)]
    waiting = (one for one in current if not _is_answered(one, after))
    return min(
        waiting,
        key=lambda one: (one.is_draft, one.ordered_on is None, sort_key(one.ordered_on)),
        default=None,
    )


def forgotten_order(
    chart: ChartOfDay, policy: Policy, *tests: OrderableTest, after: ClinicalDate | None = None
) -> TestOrder | None:
    """The newest order of one of the tests that is too old to still bring a result."""
    old = [one for one in _orders(chart, tests) if one.ordered_on and one.ordered_on.last < chart.today]
    old = [one for one in old if not is_current_order(one, chart, policy)]
    waiting = (one for one in old if not _is_answered(one, after))
    return max(waiting, key=lambda one: sort_key(one.ordered_on), default=None)


def order_words(order: TestOrder) -> str:
    """When a test was ordered: "ordered 2026-11-24", "being ordered"."""
    if order.is_draft:
        return "being ordered"
    return f"{_verb(order)} {order.ordered_on or '(date not stated)'}"


def order_fact(what: object, order: TestOrder) -> Fact:
    """The order as a card shows it: no result."""
    if order.is_draft:
        return Fact(f"{what}: being ordered, no result yet", None, order.record_ref)
    undated = "" if order.ordered_on else ", date not stated"
    return Fact(f"{what}: {_verb(order)}, no result{undated}", order.ordered_on, order.record_ref)


def _verb(order: TestOrder) -> str:
    return "registered" if order.is_report else "ordered"


def _orders(chart: ChartOfDay, tests: Iterable[OrderableTest]) -> list[TestOrder]:
    wanted = set(tests)
    return [order for order in chart.test_orders if order.tests & wanted]


def _is_answered(order: TestOrder, result_on: ClinicalDate | None) -> bool:
    if order.is_draft or order.ordered_on is None or result_on is None:
        return False
    return order.ordered_on.last < result_on.first
