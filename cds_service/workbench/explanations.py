"""Why each card is there and why every other rule stayed silent, from the pipeline's own decisions."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cards.card import Card
from cards.finding import Blocked, Decision, Fact, Finding, Fired, Silent
from cards.knowledge.sources import Citation
from cards.model.facts import Missing
from cards.model.policy import Policy
from cds_service.answering.reply import Answer, Considered
from cds_service.memory.versions import knowledge_version, policy_version

_UNCHECKED = "could-not-be-checked"
_UNCHECKED_QUESTION = "What could not be checked, because records were missing or could not be read?"


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule's part in a card."""

    rule_id: str
    question: str
    facts: tuple[Fact, ...]
    sources: tuple[Citation, ...]
    missing: tuple[Missing, ...]
    site_choice: str


@dataclass(frozen=True, slots=True)
class Why:
    """Everything one card rests on."""

    reasons: tuple[Reason, ...]
    policy: str
    knowledge: str
    schedule: str


@dataclass(frozen=True, slots=True)
class Quiet:
    """A rule that is on no card, and why."""

    rule_id: str
    question: str
    outcome: str  # "silent", "blocked", "failed" or "withheld"
    because: tuple[str, ...]


def whys(shown: Iterable[Mapping[str, Any]], found: Answer) -> tuple[Why | None, ...]:
    """Why each of the cards that a client was shown is there; None for one that is not in `found`.

    Two runs of the pipeline give the same cards except for their ids, so cards are matched by their text.
    """
    if found.considered is None:
        return tuple(None for _ in shown)
    by_text = {(card.summary, card.detail): card for card in found.considered.advice.cards}
    said = ((str(one.get("summary", "")), str(one.get("detail", ""))) for one in shown)
    return tuple(_why(by_text.get(text), found.considered) for text in said)


def quiet_rules(found: Answer) -> tuple[Quiet, ...]:
    """The rules that no card speaks for, blocked and failed ones first."""
    if found.considered is None:
        return ()
    told = list(_quiet(found.considered, {rule for card in found.sent for rule in card.rules}))
    order = ("failed", "blocked", "withheld", "silent")
    return tuple(sorted(told, key=lambda one: order.index(one.outcome)))


def _why(card: Card | None, considered: Considered) -> Why | None:
    if card is None:
        return None
    decisions = {decision.rule_id: decision for decision in considered.advice.decisions}
    questions = {rule.id: rule.question for rule in considered.rules}
    return Why(
        reasons=tuple(
            _reason(rule_id, decisions.get(rule_id), questions, card, considered.policy)
            for rule_id in card.rule_ids
        ),
        policy=policy_version(considered.policy),
        knowledge=knowledge_version(considered.knowledge),
        schedule=considered.policy.schedule_profile,
    )


def _reason(
    rule_id: str, decision: Decision | None, questions: Mapping[str, str], card: Card, policy: Policy
) -> Reason:
    outcome = decision.outcome if decision else None
    findings = _findings_on(card, outcome.findings) if isinstance(outcome, Fired) else ()
    return Reason(
        rule_id=rule_id,
        question=questions.get(rule_id, _UNCHECKED_QUESTION if rule_id == _UNCHECKED else ""),
        facts=tuple(dict.fromkeys(fact for finding in findings for fact in finding.why)),
        sources=tuple(dict.fromkeys(cited for finding in findings for cited in finding.citations)),
        missing=outcome.missing if isinstance(outcome, Fired) else (),
        site_choice=_site_choice(rule_id, policy),
    )


def _findings_on(card: Card, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Those findings of a rule that this card is about: a rule may speak on several cards."""
    return tuple(one for one in findings if one.summary == card.summary) or findings


def _site_choice(rule_id: str, policy: Policy) -> str:
    switch = policy.switch_of(rule_id)
    if switch is None:
        return "as shipped"
    if switch.is_silent:
        return "silenced by the site"
    limits = [f"at most {switch.at_most}"] if switch.at_most else []
    limits += [f"at least {switch.at_least}"] if switch.at_least else []
    return ", ".join(limits) or "as shipped"


def _quiet(considered: Considered, loud: set[str]) -> Iterator[Quiet]:
    questions = {rule.id: rule.question for rule in considered.rules}
    for one in considered.advice.failed:
        yield Quiet(
            one.rule_id, questions[one.rule_id], "failed", ("a fault of ours: the check did not run",)
        )
    for decision in considered.advice.decisions:
        rule_id, question = decision.rule_id, questions[decision.rule_id]
        match decision.outcome:
            case Blocked(missing):
                yield Quiet(rule_id, question, "blocked", _gaps(missing))
            case Silent(reason):
                yield Quiet(rule_id, question, "silent", (reason,))
            case Fired(findings) if rule_id not in loud:
                told = "; ".join(finding.summary for finding in findings)
                why = _withheld(rule_id, considered.policy)
                yield Quiet(rule_id, question, "withheld", (f"{why}: {told}",))


def _gaps(missing: Iterable[Missing]) -> tuple[str, ...]:
    return tuple(f"{one.kind}: {one.why}" for one in missing)


def _withheld(rule_id: str, policy: Policy) -> str:
    switch = policy.switch_of(rule_id)
    if switch is not None and switch.is_silent:
        return "it spoke, and the site has silenced it"
    return "it spoke, and another card says it, asks to stop, or leaves no room"
