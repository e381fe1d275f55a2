"""Has a creatinine risen: within days, as in acute injury, or within a year?"""

from collections.abc import Mapping
from dataclasses import dataclass

from cards.assessment.results import is_surely_above
from cards.knowledge.formulas import Formula, Formulas
from cards.model.chart_of_day import ChartOfDay
from cards.model.labs import Analyte, LabResult
from cards.wording import number, rounded


@dataclass(frozen=True, slots=True)
class CreatinineRise:
    """A creatinine that rose within days, as in acute injury, and the lower one before it."""

    creatinine: LabResult
    lowest: LabResult


def creatinine_rise(creatinine: LabResult, chart: ChartOfDay, formulas: Formulas) -> CreatinineRise | None:
    """A rise to the creatinine from one of the days before it, by KDIGO's limits."""
    numbers, now = formulas.numbers_of(Formula.ACUTE_INJURY), creatinine.at_least
    if now is None:
        return None
    lower = _lowest_before(creatinine, int(numbers["days of the lowest"]), chart)
    if lower is not None and rounded(now, 2) >= rounded(
        numbers["times the lowest"] * (lower.at_most or 0.0), 2
    ):
        return CreatinineRise(creatinine, lower)
    lower = _lowest_before(creatinine, int(numbers["days of the rise"]), chart)
    if lower is not None and rounded(now - (lower.at_most or 0.0), 2) >= numbers["rise"]:
        return CreatinineRise(creatinine, lower)
    return None


def _lowest_before(creatinine: LabResult, days: int, chart: ChartOfDay) -> LabResult | None:
    return min(_before(creatinine, days, chart), key=lambda one: one.at_most or 0.0, default=None)


def _before(creatinine: LabResult, days: int, chart: ChartOfDay) -> list[LabResult]:
    """The creatinines surely of so many days before one, oldest first."""
    day = creatinine.taken_on
    return [
        one
        for one in chart.series(Analyte.CREATININE)
        if day is not None
        and one is not creatinine
        and one.taken_on is not None
        and one.at_most
        and one.taken_on.surely_within(days, day.last)
    ]


@dataclass(frozen=True, slots=True)
class SlowRise:
    """A creatinine well above the lowest of the year before it, and what makes that more than chance."""

    creatinine: LabResult
    lowest: LabResult
    confirmed_by: LabResult | None  # another value as high since; None: it is above the laboratory's range

    @property
    def words(self) -> str:
        """The rise: "from 0.8 to 1.2 mg/dL"."""
        was, now = number(self.lowest.value or 0.0), number(self.creatinine.value or 0.0)
        return f"from {was} to {now} mg/dL"


def slow_rise(creatinine: LabResult, chart: ChartOfDay, formulas: Formulas) -> SlowRise | None:
    """A rise to the creatinine within a year, confirmed by a second value or above the laboratory's range."""
    numbers = formulas.numbers_of(Formula.SLOW_RISE)
    days = int(numbers["days of the lowest"])
    earlier, lowest = _before(creatinine, days, chart), _lowest_before(creatinine, days, chart)
    if lowest is None or not _has_risen(creatinine, lowest, numbers):
        return None
    again = next(
        (
            one
            for one in reversed(earlier)
            if _is_of_an_earlier_day(one, creatinine)
            and _is_of_an_earlier_day(lowest, one)
            and _has_risen(one, lowest, numbers)
        ),
        None,
    )
    upper = creatinine.reference_high
    is_high = upper is not None and is_surely_above(creatinine, upper)
    return SlowRise(creatinine, lowest, again) if again is not None or is_high else None


def _has_risen(result: LabResult, lowest: LabResult, numbers: Mapping[str, float]) -> bool:
    now, was = result.at_least, lowest.at_most
    return (
        now is not None
        and was is not None
        and rounded(now, 2) >= rounded(numbers["times the lowest"] * was, 2)
        and rounded(now - was, 2) >= numbers["rise"]
    )


def _is_of_an_earlier_day(one: LabResult, other: LabResult) -> bool:
    return (
        one.taken_on is not None and other.taken_on is not None and one.taken_on.last < other.taken_on.first
    )
