"""What is told and what is withheld."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cards.knowledge.default_policy import default_policy
from cards.model.policy import RuleSwitch
from cards.rules.rule import Rule
from cds_service.access.clients import ProfileName
from cds_service.answering.pipeline import Circumstances, answer
from cds_service.hooks.card_json import numbered_ids
from cds_service.hooks.profiles import PROFILES, Manner
from cds_service.hooks.request import hook_request_from
from cds_service.hooks.services import service_for_hook

AS_OF = datetime(2026, 11, 20, 8, tzinfo=UTC)
ORDER_SIGN = service_for_hook("order-sign")
BODY = (Path(__file__).parents[3] / "fixtures/requests/order-sign.json").read_bytes()
REQUEST = hook_request_from(BODY, "order-sign")
ALL = frozenset(rule.id for rule in ORDER_SIGN.rules)


def broken(_case):
    raise ValueError("Jane Roe, 1984-06-02")


SILENCED = replace(default_policy(), switches=(RuleSwitch("live-vaccine", is_silent=True),))
BROKEN = Rule(id="broken-rule", question="Is this rule broken?", check=broken)


def told(manner=None, service=ORDER_SIGN, policy=None):
    around = Circumstances(policy=policy or default_policy(), manner=manner or Manner())
    return answer(REQUEST, service, AS_OF, numbered_ids(), around)


VACCINE = next(card for card in told().cards if card.rules == ("live-vaccine",))


def contents(cards):
    return [{name: card.content[name] for name in ("summary", "detail", "indicator")} for card in cards]


def test_what_is_told_is_what_is_remembered_as_sent():
    found = told()

    assert found.response == {"cards": [card.content for card in found.sent]}
    assert (len(found.sent) > 2, found.sent == found.cards, found.muted_rules) == (True, True, frozenset())


def test_a_silent_client_is_told_nothing_and_everything_is_remembered():
    found = told(Manner(is_silent=True))

    assert (found.response, found.sent, found.muted_rules) == ({"cards": []}, (), ALL)
    assert {card.withheld for card in found.cards} == {"silent"}
    assert contents(found.cards) == contents(told().cards)


def test_a_rule_that_the_site_silenced_says_nothing_and_what_it_would_have_said_is_remembered():
    found = told(policy=SILENCED)

    assert contents(found.sent) == [
        one for one in contents(told().sent) if one["summary"] != VACCINE.content["summary"]
    ]
    (withheld,) = [card for card in found.cards if card.withheld]
    assert (withheld.rules, withheld.withheld) == (("live-vaccine",), "silent")
    assert (contents([withheld]), found.muted_rules) == (contents([VACCINE]), {"live-vaccine"})


def test_a_silenced_rule_that_fails_is_not_told():
    service = replace(ORDER_SIGN, rules=(*ORDER_SIGN.rules, BROKEN))
    policy = replace(default_policy(), switches=(RuleSwitch("broken-rule", is_silent=True),))

    found = told(service=service, policy=policy)

    assert contents(found.sent) == contents(told().sent)
    assert [one.rule_id for one in found.considered.advice.failed] == ["broken-rule"]


def test_a_failed_rule_is_not_told_to_a_silent_client():
    found = told(Manner(is_silent=True), replace(ORDER_SIGN, rules=(BROKEN,)))

    assert found.response == {"cards": []}


@pytest.mark.parametrize("user", ["Practitioner/1", "Patient/example"])
def test_crd_is_told_that_there_are_no_system_actions(user):
    manner = Manner(PROFILES[ProfileName.CRD])

    found = answer(replace(REQUEST, user_id=user), ORDER_SIGN, AS_OF, around=Circumstances(manner=manner))

    assert found.response["systemActions"] == []
    assert "cards" in found.response
