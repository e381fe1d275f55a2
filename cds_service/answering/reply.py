"""The reply to one client: the advice as CDS Hooks JSON, without what the client must not see."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import structlog

from cards.assessment.case import Case
from cards.card import Card
from cards.composer.compose import cards_from
from cards.engine import Advice
from cards.knowledge.knowledge import Knowledge
from cards.model.chart_of_day import ChartOfDay
from cards.model.policy import Policy
from cards.rules.rule import Rule
from cds_service.chart_sources.evidence import HeardNotice
from cds_service.hooks.card_json import NewId, UnwritableCardError, card_json, random_id
from cds_service.hooks.failed_checks import failed_checks_card
from cds_service.hooks.issued_cards import IssuedCard
from cds_service.hooks.profiles import Manner
from cds_service.logs import frames_of
from fhir_mappers.medications.draft_orders import Drafts

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Considered:
    """The chart asked about, and what all rules answered."""

    chart: ChartOfDay
    drafts: Drafts
    rules: tuple[Rule, ...]
    policy: Policy
    knowledge: Knowledge
    advice: Advice

    @property
    def case(self) -> Case:
        """What the rules were asked about, anew."""
        return Case(self.chart, self.policy, self.knowledge)


@dataclass(frozen=True, slots=True)
class Answer:
    """The response to one hook request, and its basis; None where no rule was asked."""

    response: dict[str, Any]
    cards: tuple[IssuedCard, ...] = ()  # written, sent or withheld
    considered: Considered | None = None
    muted_rules: frozenset[str] = frozenset()
    heard: frozenset[HeardNotice] = frozenset()  # in what the client or its FHIR server sent
    of_others: int = 0  # records and drafts that name another patient: not used

    @property
    def sent(self) -> tuple[IssuedCard, ...]:
        """The cards in the response."""
        return tuple(card for card in self.cards if card.withheld is None)

    def without(self, is_withheld: Callable[[IssuedCard], bool], why: str) -> "Answer":
        """The same answer with some of its cards withheld for a reason."""
        cards = tuple(
            replace(card, withheld=why) if card.withheld is None and is_withheld(card) else card
            for card in self.cards
        )
        sent = [card.content for card in cards if card.withheld is None]
        return replace(self, cards=cards, response=self.response | {"cards": sent})


def nothing(manner: Manner) -> Answer:
    """The answer to a request that concerns no rule."""
    return Answer(_response([], manner))


def warned(card: Card, drafts: Drafts, manner: Manner, new_id: NewId = random_id) -> Answer:
    """The answer to a request of which nothing could be judged, with one card that says so."""
    written, _ = _written((card,), drafts, manner, new_id)
    sent = [] if manner.is_silent else written
    cards = tuple(replace(one, withheld="silent") if manner.is_silent else one for one in written)
    return Answer(_response([one.content for one in sent], manner), cards)


def replied(considered: Considered, manner: Manner, new_id: NewId = random_id) -> Answer:
    """The advice as JSON; failed checks get a card, so that silence is never an error path."""
    muted = _muted(considered, manner)
    _log_failures(considered)
    loud_cards = () if manner.is_silent else considered.advice.cards
    quiet_cards = tuple(
        card
        for card in _cards_without_silence(considered)
        if card not in loud_cards and (manner.is_silent or muted & set(card.rule_ids))
    )
    sent, faulty = _written(loud_cards, considered.drafts, manner, new_id)
    withheld, _ = _written(quiet_cards, considered.drafts, manner, new_id)
    failed = [one.rule_id for one in considered.advice.failed] + faulty
    told = failed_checks_card([rule for rule in failed if rule not in muted], considered.rules)
    if told is not None:
        sent += _written((told,), considered.drafts, manner, new_id)[0]
    cards = (*sent, *(replace(card, withheld="silent") for card in withheld))
    return Answer(_response([card.content for card in sent], manner), cards, considered, muted)


def _muted(considered: Considered, manner: Manner) -> frozenset[str]:
    """The rules that are evaluated and recorded, but shown by no card of this answer."""
    silenced = _silenced(considered.policy)
    return frozenset(rule.id for rule in considered.rules if manner.is_silent or rule.id in silenced)


def _silenced(policy: Policy) -> frozenset[str]:
    return frozenset(switch.rule_id for switch in policy.switches if switch.is_silent)


def _log_failures(considered: Considered) -> None:
    for failed in considered.chart.failed:
        error = failed.error
        log.error("record_not_read_on_this_day", kind=type(error).__name__, frames=frames_of(error))
    for one in considered.advice.failed:
        log.error("rule_failed", rule=one.rule_id, kind=type(one.error).__name__, frames=frames_of(one.error))


def _cards_without_silence(considered: Considered) -> tuple[Card, ...]:
    """The cards there would be if the site had silenced no rule."""
    if not _silenced(considered.policy):
        return considered.advice.cards
    switches = tuple(replace(switch, is_silent=False) for switch in considered.policy.switches)
    case = Case(considered.chart, replace(considered.policy, switches=switches), considered.knowledge)
    return cards_from(case, considered.rules, considered.advice.decisions)


def _written(
    cards: tuple[Card, ...], drafts: Drafts, manner: Manner, new_id: NewId
) -> tuple[list[IssuedCard], list[str]]:
    """The cards as JSON, and the rules whose cards break the standard: a bug in this software."""
    written: list[IssuedCard] = []
    faulty: list[str] = []
    for card in cards:
        try:
            written.append(IssuedCard(card_json(card, drafts, new_id, manner), card.rule_ids))
        except UnwritableCardError as error:
            log.critical("card_unwritable", rules=card.rule_ids, why=str(error))
            faulty.extend(card.rule_ids)
        except Exception as error:  # noqa: BLE001 -- one card must not lose the others; its rules are named
            log.critical("card_not_written", rules=card.rule_ids, why=type(error).__name__)
            faulty.extend(card.rule_ids)
    return written, faulty


def _response(cards: list[dict[str, Any]], manner: Manner) -> dict[str, Any]:
    return {"cards": cards} | ({"systemActions": []} if manner.profile.has_system_actions else {})
