"""Which blood counts are below the limits of a tier, and were they already low before the drug?"""

from collections.abc import Callable
from dataclasses import dataclass

from cards.assessment.baseline import baseline_of, preliminary_before
from cards.assessment.exposures import Exposure
from cards.assessment.results import (
    is_surely_below,
    newest_within,
    result_fact,
    unit_words,
    value_words,
)
from cards.finding import Fact
from cards.knowledge.monitoring import CountLimit
from cards.model.chart_of_day import ChartOfDay
from cards.model.conditions import Indication
from cards.model.labs import Analyte, LabResult
from cards.model.policy import Policy
from cards.wording import listed, number


@dataclass(frozen=True, slots=True)
class LowCount:
    """A recent count that is surely below a limit, and what it was before the drug."""

    limit: CountLimit
    result: LabResult
    before: LabResult | None  # the last one before the first dose, where therapy and count are dated
    preliminary: LabResult | None = None  # the same where none is final

    @property
    def was_as_low(self) -> bool:
        """Whether the count was surely under the limit before the first dose, and is surely no lower now."""
        earlier = self.before.at_most if self.before else None
        now = self.result.at_least
        return earlier is not None and now is not None and earlier < self.limit.below and now >= earlier

    def facts(self) -> tuple[Fact, ...]:
        """The count with its limit, and the one before the first dose."""
        limit = f"{self.limit.tier.value} limit {number(self.limit.below, 1)}"
        shown = self.before or self.preliminary
        earlier = (result_fact(shown, "before the first dose"),) if shown else ()
        return (result_fact(self.result, limit), *earlier)


Pick = Callable[[ChartOfDay, Analyte, int], LabResult | None]
"""Which result of an analyte is judged, among those of so many days."""


def low_counts(
    exposure: Exposure,
    limits: tuple[CountLimit, ...],
    chart: ChartOfDay,
    policy: Policy,
    pick: Pick = newest_within,
) -> tuple[LowCount, ...]:
    """The recent counts below the limits of a tier, white cells first.

    Platelets before a start in immune thrombocytopenia reflect the disease and are left out.
    """
    found = []
    for limit in limits:
        newest = pick(chart, limit.analyte, policy.recent_count_days)
        if newest is None or not is_surely_below(newest, limit.below):
            continue
        if limit.analyte is Analyte.PLATELETS and _is_the_disease(exposure):
            continue
        before = baseline_of(chart, limit.analyte, policy)
        preliminary = preliminary_before(chart, limit.analyte, policy) if before is None else None
        found.append(LowCount(limit, newest, before, preliminary))
    return tuple(found)


def _is_the_disease(exposure: Exposure) -> bool:
    return Indication.ITP in exposure.purpose.indications and not is_on_drug(exposure)


def is_on_drug(exposure: Exposure) -> bool:
    """Whether the drug is already being taken, so that a result may be its effect."""
    return exposure.course is not None and exposure.course.is_taken


def counts_in_words(counts: tuple[LowCount, ...]) -> str:
    """The counts for a summary: "WBC 3.2 and platelets 120 x 10^9/L"."""
    return f"{listed(value_words(count.result) for count in counts)} {unit_words(counts[0].result)}"
