"""Asks every rule about a chart and composes the answers into cards."""

from dataclasses import dataclass

from cards.assessment.case import Case
from cards.card import Card
from cards.composer.compose import cards_from
from cards.finding import Decision, FailedRule, Silent
from cards.knowledge.knowledge import Knowledge
from cards.knowledge.releases import ReleaseError
from cards.model.chart_of_day import ChartOfDay
from cards.model.policy import Policy
from cards.rules.rule import PATIENT_VIEW, Rule

_DECEASED = Silent("the patient is recorded as having died")


@dataclass(frozen=True, slots=True)
class Advice:
    """Everything that came of one request: the cards, and each rule's answer."""

    cards: tuple[Card, ...]
    decisions: tuple[Decision, ...]
    failed: tuple[FailedRule, ...]


def advise(chart: ChartOfDay, rules: tuple[Rule, ...], policy: Policy, knowledge: Knowledge) -> Advice:
    """The advice of `rules` about `chart`. A rule that raises is reported in `failed`, never hidden.

    Where the chart of a deceased patient is opened all are silent; an order is judged as ever, since the record of
    the death may be wrong.

    Raises ReleaseError for a policy that asks for a release of the tables other than this knowledge.
    """
    if policy.tables != knowledge.version:
        raise ReleaseError(f"tables = {policy.tables!r}: the rules were given those of {knowledge.version!r}")
    if chart.is_deceased and _is_opened(rules):
        return Advice((), tuple(Decision(rule.id, _DECEASED) for rule in rules), ())
    case = Case(chart, policy, knowledge)
    # A critical card must not be missed for what a server withholds; of other rules every order would tell it anew.
    without = chart.without_withheld
    of_critical = None if without is chart else Case(without, policy, knowledge)
    decisions: list[Decision] = []
    failed: list[FailedRule] = []
    for rule in rules:
        try:
            asked = of_critical if of_critical is not None and rule.can_be_critical else case
            decisions.append(Decision(rule.id, rule.check(asked)))
        except Exception as error:  # noqa: BLE001 -- one broken rule must not silence the others; it is reported
            failed.append(FailedRule(rule.id, error))
    return Advice(cards_from(case, rules, tuple(decisions)), tuple(decisions), tuple(failed))


def _is_opened(rules: tuple[Rule, ...]) -> bool:
    """Whether the rules are those of an opened chart, not those of an order."""
    return all(PATIENT_VIEW in rule.at for rule in rules)
