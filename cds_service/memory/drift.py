"""Has a rule stopped firing, or begun to fire far more often? Two spans of recorded decisions, compared.

The test is Fisher's exact test, two-sided (Fisher 1935; Agresti, Categorical Data Analysis, 3rd ed., 3.5.1),
with Bonferroni's correction. It is one sum over math.lgamma, so it needs no statistics library.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from math import exp, lgamma

from cds_service.memory.report import RuleReport

_AS_LIKELY = 1 + 1e-7  # two probabilities that differ only by rounding are equal


class DriftVerdict(StrEnum):
    """The verdict on one rate."""

    STOPPED = "fell to zero"
    JUMPED = "jumped"
    DROPPED = "dropped"
    STEADY = "steady"
    TOO_FEW = "too few to tell"

    @property
    def is_anomaly(self) -> bool:
        """Whether somebody should look."""
        return self not in (DriftVerdict.STEADY, DriftVerdict.TOO_FEW)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a rate is called changed; drift.toml says why."""

    false_alarms: float
    least_ratio: float
    reference_spans: int


@dataclass(frozen=True, slots=True)
class Span:
    """The records of a span of time: how many requests there were, and what each rule answered."""

    requests: int
    rules: tuple[RuleReport, ...]
    decided_by: tuple[str, ...] = ()  # each "software 0.1.0, tables 5b318e17668b, policy 0a1b2c3d4e5f"


@dataclass(frozen=True, slots=True)
class Tally:
    """How often something was so, out of how many asked."""

    count: int
    asked: int

    @property
    def rate(self) -> float | None:
        """The share of those asked; None when there were none."""
        return self.count / self.asked if self.asked else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """One rate of one rule in both spans."""

    rule: str
    measure: str  # asked, per request; or fired, blocked, failed, per request in which it was asked
    reference: Tally
    recent: Tally
    p: float  # of Fisher's exact test, not corrected
    verdict: DriftVerdict


@cache
def thresholds() -> Thresholds:
    """The contents of drift.toml."""
    return Thresholds(
        **tomllib.loads(files("cds_service.memory").joinpath("drift.toml").read_text(encoding="utf-8"))
    )


def compared(reference: Span, recent: Span, by: Thresholds | None = None) -> tuple[Comparison, ...]:
    """Every rate of every rule that was asked in either span; anomalies first, then by rule.

    Every rule has `asked` and `fired`, even where there are too few to tell; `blocked`
    and `failed` where they occurred.
    """
    by = by or thresholds()
    rates = list(_rates(reference, recent))
    limit = by.false_alarms / max(len(rates), 1)
    found = [
        Comparison(rule, measure, old, new, fisher_p(old, new), _verdict(measure, old, new, limit, by))
        for rule, measure, old, new in rates
    ]
    return tuple(sorted(found, key=lambda one: (not one.verdict.is_anomaly, one.rule, one.measure)))


def fisher_p(reference: Tally, recent: Tally) -> float:
    """The probability of counts at least as unlikely as these, if the rates were the same.

    The counts of a lady tasting tea, 3 of 4 against 1 of 4:

    >>> round(fisher_p(Tally(3, 4), Tally(1, 4)), 4)
    0.4857
    """
    total, asked = reference.count + recent.count, reference.asked + recent.asked
    possible = range(max(0, total - reference.asked), min(total, recent.asked) + 1)
    weights = [_log_choose(recent.asked, k) + _log_choose(reference.asked, total - k) for k in possible]
    all_ways = _log_choose(asked, total)
    observed = exp(weights[recent.count - possible[0]] - all_ways)
    likely = (exp(weight - all_ways) for weight in weights)
    return min(1.0, sum(one for one in likely if one <= observed * _AS_LIKELY))


def _rates(reference: Span, recent: Span) -> Iterator[tuple[str, str, Tally, Tally]]:
    before = {one.rule: one for one in reference.rules if one.asked}
    after = {one.rule: one for one in recent.rules if one.asked}
    for rule in sorted({*before, *after}):
        old, new = before.get(rule, RuleReport(rule)), after.get(rule, RuleReport(rule))
        yield rule, "asked", Tally(old.asked, reference.requests), Tally(new.asked, recent.requests)
        for measure in ("fired", "blocked", "failed"):
            counts = getattr(old, measure), getattr(new, measure)
            if measure == "fired" or any(counts):
                yield rule, measure, Tally(counts[0], old.asked), Tally(counts[1], new.asked)


def _verdict(measure: str, reference: Tally, recent: Tally, limit: float, by: Thresholds) -> DriftVerdict:
    old, new = reference.rate, recent.rate
    if old is None or new is None:
        return DriftVerdict.TOO_FEW
    is_sure = fisher_p(reference, recent) < limit
    if is_sure and not recent.count:
        return DriftVerdict.STOPPED
    # How often a rule is asked moves with the mix of hooks that clients call.
    if is_sure and measure != "asked":
        if new >= old * by.least_ratio:
            return DriftVerdict.JUMPED
        if new <= old / by.least_ratio:
            return DriftVerdict.DROPPED
    return (
        DriftVerdict.STEADY if is_sure or _would_be_seen(reference, recent, limit) else DriftVerdict.TOO_FEW
    )


def _would_be_seen(reference: Tally, recent: Tally, limit: float) -> bool:
    """Whether a fall to zero, which nobody would notice, could be told from chance."""
    return fisher_p(reference, Tally(0, recent.asked)) < limit


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
