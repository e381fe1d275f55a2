"""The rows a replay writes: one per moment, and one per finding, blocked rule or failed rule."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from cards.finding import Blocked, Finding, Fired
from cards.model.facts import Missing
from cds_service.answering.reply import Answer, Considered

Row = dict[str, Any]
_AT = pa.timestamp("us", tz="UTC")

MOMENTS = pa.schema(
    [
        ("patient", pa.string()),  # keyed hash
        ("moment", pa.string()),  # keyed hash of patient, hook and time
        ("hook", pa.string()),
        ("asked_at", _AT),
        ("month", pa.string()),
        ("department", pa.string()),
        ("drugs", pa.list_(pa.string())),  # ordered
        ("critical", pa.int32()),  # cards
        ("warning", pa.int32()),
        ("info", pa.int32()),
        ("other_critical", pa.int32()),  # under the other policy; null without one
        ("other_warning", pa.int32()),
        ("other_info", pa.int32()),
    ]
)
FINDINGS = pa.schema(
    [
        ("patient", pa.string()),
        ("moment", pa.string()),
        ("hook", pa.string()),
        ("asked_at", _AT),
        ("month", pa.string()),
        ("department", pa.string()),
        ("policy", pa.string()),  # "this" or "other"
        ("rule", pa.string()),
        ("outcome", pa.string()),  # "fired", "blocked" or "failed"
        ("indicator", pa.string()),  # of the finding
        ("shown", pa.bool_()),  # whether a card of this moment came of the rule
        ("summary", pa.string()),
        ("values", pa.list_(pa.string())),
        ("missing", pa.list_(pa.string())),
        ("days_until_done", pa.int32()),  # of an overdue test: to the next count; null: none came
    ]
)


def finding_rows(answer: Answer, considered: Considered, base: Row) -> Iterator[Row]:
    """What each rule answered at one moment; silence leaves no row."""
    shown = {rule for card in answer.sent for rule in card.rules}
    for decision in considered.advice.decisions:
        row = base | {"rule": decision.rule_id, "shown": decision.rule_id in shown}
        outcome = decision.outcome
        if isinstance(outcome, Fired):
            yield from (row | _of_finding(one, outcome.missing) for one in outcome.findings)
        elif isinstance(outcome, Blocked):
            yield row | {"outcome": "blocked", "missing": _missing(outcome.missing)}
    for failed in considered.advice.failed:
        yield base | {"rule": failed.rule_id, "outcome": "failed", "shown": True}


def _of_finding(finding: Finding, missing: tuple[Missing, ...]) -> Row:
    return {
        "outcome": "fired",
        "indicator": finding.indicator.value,
        "summary": finding.summary,
        "values": [f"{fact.text} ({fact.on})" if fact.on else fact.text for fact in finding.why],
        "missing": _missing(missing),
    }


def _missing(missing: tuple[Missing, ...]) -> list[str]:
    return [f"{one.kind.value}: {one.why}" for one in missing]


def card_counts(answer: Answer, prefix: str = "") -> Row:
    """How many cards of each indicator were sent."""
    found = [card.indicator for card in answer.sent]
    return {f"{prefix}{name}": found.count(name) for name in ("critical", "warning", "info")}
