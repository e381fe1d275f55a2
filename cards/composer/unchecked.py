"""What could not be checked in this request, and why: one finding for all rules."""

from cards.card import Indicator
from cards.case import Case
from cards.finding import Blocked, Decision, Fact, Finding, Fired, Reasons
from cards.knowledge.sources import cite
from cards.model.facts import FactKind, Missing, Unread
from cards.model.therapy import OrderIntent
from cards.model.vaccines import VaccineKind
from cards.rules.rule import Rule
from cards.wording import fitting, listed, titled

_MOST_LINES = 12


def unchecked_finding(case: Case, rules: tuple[Rule, ...], decisions: tuple[Decision, ...]) -> Finding | None:
    """A finding that names what the rules could not see, or None when they saw all they need.

    `warning` where that kept a rule from answering that can be critical for an order, else `info`.
    """
    by_id = {rule.id: rule for rule in rules}
    gaps: dict[Missing, None] = {}
    is_serious = False
    is_order = _orders_something(case)
    for decision in decisions:
        outcome = decision.outcome
        if isinstance(outcome, Blocked):
            is_serious |= by_id[decision.rule_id].can_be_critical and is_order
        if isinstance(outcome, Blocked | Fired):
            gaps.update(dict.fromkeys(outcome.missing))
    ends_only = bool(case.chart.draft_orders or case.chart.vaccine_orders) and not is_order
    if not ends_only:
        gaps.update(dict.fromkeys(_hiding_a_thiopurine(case, rules)))
    unread = () if ends_only and not case.exposures else _unread_that_matter(case, rules)
    is_serious |= bool(unread) and is_order
    if not gaps and not unread:
        return None
    kinds = list(dict.fromkeys(gap.kind for gap in gaps))
    return Finding(
        decision="unchecked",
        indicator=Indicator.WARNING if is_serious else Indicator.INFO,
        summary=_summary(case, kinds, unread),
        why=(
            *(Fact(f"{titled(gap.kind)}: {gap.why}") for gap in gaps),
            *(
                Fact(f"Not readable: {record.why}", record_ref=record.record_ref)
                for record in unread[:_MOST_LINES]
            ),
            *((Fact(f"and {len(unread) - _MOST_LINES} more"),) if len(unread) > _MOST_LINES else ()),
        ),
        do=("Look these up in the chart before relying on the absence of a warning.",),
        citations=(cite("project", "unknown is not empty"),),
        reasons=Reasons.DATA,
    )


def _hiding_a_thiopurine(case: Case, rules: tuple[Rule, ...]) -> tuple[Missing, ...]:
    """What keeps us from saying that no thiopurine is taken: without one, most rules have nothing to say."""
    if case.exposures or not any(FactKind.MEDICATIONS in rule.needs for rule in rules):
        return ()
    return case.missing_within(case.policy.new_start_days, FactKind.MEDICATIONS)


def _orders_something(case: Case) -> bool:
    """Whether the request orders what a rule may warn about: ending a drug and killed vaccines are no such thing."""
    takes = any(order.intent is OrderIntent.TAKE for order in case.chart.draft_orders)
    return takes or any(order.kind is not VaccineKind.NON_LIVE for order in case.chart.vaccine_orders)


def _unread_that_matter(case: Case, rules: tuple[Rule, ...]) -> tuple[Unread, ...]:
    """Unread records of a kind that a rule reads; without a thiopurine, only those that may hide one."""
    read = frozenset().union(*(rule.needs for rule in rules)) if case.exposures else {FactKind.MEDICATIONS}
    return tuple(
        record
        for record in case.chart.unread
        if record.deciding and (record.kind is None or record.kind in read)
    )


def _summary(case: Case, kinds: list[FactKind], unread: tuple[Unread, ...]) -> str:
    names = [kind.value for kind in kinds]
    if unread:
        names.append(f"{len(unread)} unreadable {'record' if len(unread) == 1 else 'records'}")
    drug = case.exposures[0].drug.value.capitalize() if case.exposures else "Thiopurine"
    return fitting(
        f"{drug}: could not check {listed(names)}",
        f"{drug}: {len(names)} kinds of facts could not be checked",
    )
