"""What became of each rule's cards: fired, shown, accepted, overridden and why, ignored."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, func, select

from cds_service.memory.tables import card_rules, cards, decisions, feedback, requests

NO_REASON = "no reason given"
IN_WORDS = "in the clinician's own words"


@dataclass(frozen=True, slots=True)
class RuleReport:
    """One rule in a span of time. What is counted from `shown` on are cards: a card may speak for several rules.

    `shown` is the sum of accepted, overridden and ignored.
    """

    rule: str
    asked: int = 0
    fired: int = 0
    silent: int = 0
    blocked: int = 0  # it could not see the facts it needs
    failed: int = 0  # a bug in this software
    muted: int = 0  # of the fired, those in silent mode
    shown: int = 0
    accepted: int = 0
    overridden: int = 0
    ignored: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)  # of the overridden; most frequent first


@dataclass(frozen=True, slots=True)
class _RuleSaid:
    outcome: str
    reason: str


def reports(connection: Connection, since: datetime, until: datetime) -> tuple[RuleReport, ...]:
    """Every rule asked from `since` until before `until`, by its id."""
    outcomes = _outcomes(connection, since, until)
    shown = _shown(connection, since, until)
    said = _said_of(connection, since)
    rules = sorted({*outcomes, *shown})
    return tuple(
        _report(rule, outcomes.get(rule, Counter()), [said.get(card) for card in shown.get(rule, [])])
        for rule in rules
    )


def _report(rule: str, counts: Counter[str], said: list[_RuleSaid | None]) -> RuleReport:
    """`said` holds the client's report on each card shown; None for a card without a report."""
    results = Counter("ignored" if one is None else one.outcome for one in said)
    reasons = Counter(one.reason for one in said if one is not None and one.outcome == "overridden")
    return RuleReport(
        rule=rule,
        asked=sum(counts[outcome] for outcome in ("fired", "silent", "blocked", "failed")),
        fired=counts["fired"],
        silent=counts["silent"],
        blocked=counts["blocked"],
        failed=counts["failed"],
        muted=counts["muted"],
        shown=len(said),
        accepted=results["accepted"],
        overridden=results["overridden"],
        ignored=results["ignored"],
        reasons=dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
    )


def _outcomes(connection: Connection, since: datetime, until: datetime) -> dict[str, Counter[str]]:
    """How often each rule gave each answer; `muted` counts findings in silent mode."""
    columns = (decisions.c.rule, decisions.c.outcome, decisions.c.is_muted)
    found = connection.execute(
        select(*columns, func.count().label("number"))
        .join(requests, requests.c.id == decisions.c.request)
        .where(requests.c.received_at >= since, requests.c.received_at < until)
        .group_by(*columns)
    )
    counts: dict[str, Counter[str]] = {}
    for rule, outcome, is_muted, number in found:
        of_rule = counts.setdefault(rule, Counter())
        of_rule[outcome] += number
        of_rule["muted"] += number if is_muted and outcome == "fired" else 0
    return counts


def _shown(connection: Connection, since: datetime, until: datetime) -> dict[str, list[str]]:
    """The cards that spoke for each rule and were sent."""
    found = connection.execute(
        select(card_rules.c.rule, cards.c.uuid)
        .join(cards, cards.c.uuid == card_rules.c.card)
        .join(requests, requests.c.id == cards.c.request)
        .where(requests.c.received_at >= since, requests.c.received_at < until, cards.c.withheld.is_(None))
    )
    shown: dict[str, list[str]] = {}
    for rule, card in found:
        shown.setdefault(rule, []).append(card)
    return shown


def _said_of(connection: Connection, since: datetime) -> dict[str, _RuleSaid]:
    """The clients' final report on each card: a card accepted once is accepted, else the last report counts."""
    found = connection.execute(
        select(feedback.c.card, feedback.c.outcome, feedback.c.reason_code, feedback.c.has_comment)
        .where(feedback.c.received_at >= since)
        .order_by(feedback.c.number)
    )
    said: dict[str, _RuleSaid] = {}
    for card, outcome, code, has_comment in found:
        if card not in said or said[card].outcome != "accepted":
            said[card] = _RuleSaid(outcome, _printable(code) or (IN_WORDS if has_comment else NO_REASON))
    return said


def _printable(code: str | None) -> str:
    """A code made safe for a terminal and a spreadsheet: a client chose it."""
    return "".join(letter if letter.isprintable() else "?" for letter in code or "").lstrip("=+-@ ")
