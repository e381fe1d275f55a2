"""What of the rules' answers a site wants to hear: silenced rules, and rules made quieter or louder."""

from dataclasses import replace

import pytest

from cards.card import Indicator
from cards.composer.heard import heard
from cards.engine import advise
from cards.finding import Blocked, Decision, DecisionKey, DecisionKind, Finding, Fired, Reasons, Silent
from cards.knowledge.default_policy import default_policy
from cards.model.facts import FactKind, Missing
from cards.model.policy import Loudness, RuleSwitch
from cards.rules import ORDER_SIGN_RULES
from tests.builders import KNOWLEDGE, advice, azathioprine, chart, nudt15, tpmt

CRITICAL, WARNING, INFO = Indicator.CRITICAL, Indicator.WARNING, Indicator.INFO


def site(*switches):
    return replace(default_policy(), switches=switches)


def fired(indicator, **fields):
    found = Finding(
        DecisionKey(DecisionKind.DOSE, "1"),
        indicator,
        "summary",
        (),
        (),
        (KNOWLEDGE.cite("project"),),
        Reasons.DOSE,
        **fields,
    )
    return Decision("genotype-dose", Fired((found,)))


def indicator_after(decision, **switch):
    (after,) = heard((decision,), site(RuleSwitch("genotype-dose", **switch)))
    return after.outcome.findings[0].indicator


@pytest.mark.parametrize(
    ("before", "at_most", "after"),
    [
        (CRITICAL, Loudness.WARNING, WARNING),
        (CRITICAL, Loudness.INFO, INFO),
        (WARNING, Loudness.WARNING, WARNING),
        (INFO, Loudness.WARNING, INFO),
    ],
)
def test_a_rule_is_made_quieter_and_never_louder(before, at_most, after):
    assert indicator_after(fired(before), at_most=at_most) is after


@pytest.mark.parametrize(
    ("before", "leads", "after"), [(WARNING, True, CRITICAL), (CRITICAL, True, CRITICAL), (INFO, False, INFO)]
)
def test_a_rule_is_made_louder_where_it_leads(before, leads, after):
    assert indicator_after(fired(before, leads=leads), at_least=Loudness.CRITICAL) is after


def test_a_silenced_rule_says_nothing():
    (after,) = heard((fired(CRITICAL),), site(RuleSwitch("genotype-dose", is_silent=True)))

    assert after == Decision("genotype-dose", Silent("silenced by the site's policy"))


def test_other_rules_and_other_answers_stand():
    blocked = Decision("genotype-dose", Blocked((Missing(FactKind.GENES, "not sent"),)))
    switch = RuleSwitch("genotype-dose", at_most=Loudness.INFO)

    assert heard((blocked,), site(switch)) == (blocked,)
    assert heard((fired(CRITICAL),), site(RuleSwitch("sepsis", is_silent=True))) == (fired(CRITICAL),)


def test_the_record_keeps_what_a_silenced_rule_answered():
    facts = (azathioprine(200), tpmt("*3A/*3A"), nudt15("*1/*1"))
    policy = site(RuleSwitch("genotype-dose", is_silent=True, acknowledged_risk="tested elsewhere first"))

    loud, quiet = advice(*facts), advise(chart(*facts), ORDER_SIGN_RULES, policy, KNOWLEDGE)

    assert quiet.decisions == loud.decisions
    assert [card for card in quiet.cards if "genotype-dose" in card.rule_ids] == []


def test_a_silenced_stop_still_keeps_a_dose_from_being_offered():
    facts = (azathioprine(400), tpmt("*3A/*3A"), nudt15("*1/*1"))
    policy = site(RuleSwitch("genotype-dose", is_silent=True, acknowledged_risk="tested elsewhere first"))

    cards = advise(chart(*facts), ORDER_SIGN_RULES, policy, KNOWLEDGE).cards

    assert [suggestion for card in cards for suggestion in card.suggestions] == []
