"""The part of the rules' answers that a site wants to hear: silenced rules, and rules made quieter or louder."""

from dataclasses import replace

from cards.card import Indicator
from cards.finding import Decision, Finding, Fired, Silent
from cards.model.policy import Loudness, Policy, RuleSwitch


def heard(decisions: tuple[Decision, ...], policy: Policy) -> tuple[Decision, ...]:
    """The decisions as the site's policy lets them reach a card; the record keeps them as they were."""
    if not policy.switches:
        return decisions
    return tuple(_heard(decision, policy.switch_of(decision.rule_id)) for decision in decisions)


def _heard(decision: Decision, switch: RuleSwitch | None) -> Decision:
    if switch is None:
        return decision
    if switch.is_silent:
        return Decision(decision.rule_id, Silent("silenced by the site's policy"))
    if not isinstance(decision.outcome, Fired):
        return decision
    findings = tuple(_turned(finding, switch) for finding in decision.outcome.findings)
    return Decision(decision.rule_id, replace(decision.outcome, findings=findings))


def _turned(finding: Finding, switch: RuleSwitch) -> Finding:
    indicator = finding.indicator
    if switch.at_least is not None and finding.leads:
        indicator = min(indicator, _indicator(switch.at_least), key=_urgency)
    if switch.at_most is not None:
        indicator = max(indicator, _indicator(switch.at_most), key=_urgency)
    return replace(finding, indicator=indicator)


def _indicator(loudness: Loudness) -> Indicator:
    return Indicator(loudness.value)


def _urgency(indicator: Indicator) -> int:
    return indicator.urgency
