"""What became of the cards: the report from memory, by rule and by week, for a page and a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cards.rules import ALL_RULES
from cds_service.memory.report import RuleReport
from cds_service.memory.store import Store

SPANS_DAYS = (7, 28, 84, 365)
DEFAULT_DAYS = 28
_WEEKS = 12
_COLUMNS = (
    "rule", "asked", "fired", "muted", "silent", "blocked", "failed", "shown", "accepted", "overridden",
    "ignored",
)  # fmt: skip
_UNCHECKED = "could-not-be-checked"
CHART_WIDTH, CHART_HEIGHT = 860, 170
_LEFT, _BASE, _TOP = 40, 140, 12
_BAR = 0.62  # of the width of a week


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a week's column."""

    kind: str  # "accepted", "overridden", "ignored" or "withheld"
    count: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days and what became of the cards in them, as a column to draw."""

    label: str
    x: float
    width: float
    parts: tuple[Part, ...]

    @property
    def words(self) -> str:
        """The column in words."""
        told = ", ".join(f"{part.count} {part.kind}" for part in self.parts if part.count)
        return f"Week from {self.label}: {told or 'none'}"


@dataclass(frozen=True, slots=True)
class Stewardship:
    """One span of time. A card that speaks for two rules counts for both."""

    days: int
    rules: tuple[RuleReport, ...]  # those that fired or failed most, first
    questions: dict[str, str]
    weeks: tuple[Week, ...]
    highest: int  # what the tallest column stands for

    def total(self, column: str) -> int:
        """The sum of a column over all rules."""
        return sum(int(getattr(rule, column)) for rule in self.rules)


def stewardship(store: Store, now: datetime, days: int) -> Stewardship:
    """What memory holds about the last `days` days. Raises StoreUnavailableError."""
    rules = store.reports(now - timedelta(days), now + timedelta(minutes=1))
    loud_first = sorted(rules, key=lambda one: (-one.failed, -one.fired, one.rule))
    weekly = [_week_counts(store, now, back) for back in reversed(range(_WEEKS))]
    highest = max((sum(counts.values()) for _, counts in weekly), default=0)
    questions = {rule.id: rule.question for rule in ALL_RULES}
    questions[_UNCHECKED] = "What could not be checked?"
    return Stewardship(days, tuple(loud_first), questions, tuple(_columns(weekly, highest)), highest)


def as_csv(rules: Iterable[RuleReport]) -> str:
    """One row a rule, one column a count, the reasons in the last."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*_COLUMNS, "reasons"])
    for rule in rules:
        reasons = "; ".join(f"{reason} x {count}" for reason, count in rule.reasons.items())
        writer.writerow([*(getattr(rule, column) for column in _COLUMNS), reasons])
    return text.getvalue()


def _week_counts(store: Store, now: datetime, back: int) -> tuple[str, dict[str, int]]:
    until = now + timedelta(minutes=1) - timedelta(weeks=back)
    since = until - timedelta(weeks=1)
    rules = store.reports(since, until)
    return f"{since:%d %b}", {
        "accepted": sum(rule.accepted for rule in rules),
        "overridden": sum(rule.overridden for rule in rules),
        "ignored": sum(rule.ignored for rule in rules),
        "withheld": sum(rule.muted for rule in rules),
    }


def _columns(weekly: Sequence[tuple[str, dict[str, int]]], highest: int) -> Iterator[Week]:
    step = (CHART_WIDTH - _LEFT) / max(len(weekly), 1)
    for place, (label, counts) in enumerate(weekly):
        x = round(_LEFT + step * place + step * (1 - _BAR) / 2, 1)
        yield Week(label, x, round(step * _BAR, 1), tuple(_parts(counts, highest)))


def _parts(counts: dict[str, int], highest: int) -> Iterator[Part]:
    y = float(_BASE)
    for kind, count in counts.items():
        height = round((_BASE - _TOP) * count / max(highest, 1), 1)
        y = round(y - height, 1)
        yield Part(kind, count, y, height)
