"""Has a creatinine risen within days, as in acute injury?"""

from dataclasses import dataclass

from cards.knowledge.formulas import Formula, Formulas
from cards.model.chart_of_day import ChartOfDay
from cards.model.labs import Analyte, LabResult
from cards.wording import rounded


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
    lower = _earlier(creatinine, int(numbers["days of the lowest"]), chart)
    if lower is not None and rounded(now, 2) >= rounded(
        numbers["times the lowest"] * (lower.at_most or 0.0), 2
    ):
        return CreatinineRise(creatinine, lower)
    lower = _earlier(creatinine, int(numbers["days of the rise"]), chart)
    if lower is not None and rounded(now - (lower.at_most or 0.0), 2) >= numbers["rise"]:
        return CreatinineRise(creatinine, lower)
    return None


def _earlier(creatinine: LabResult, days: int, chart: ChartOfDay) -> LabResult | None:
    """The lowest creatinine of the days before one."""
    day = creatinine.taken_on
    earlier = [
        one
        for one in chart.series(Analyte.CREATININE)
        if day is not None
        and one is not creatinine
        and one.taken_on is not None
        and one.at_most
        and one.taken_on.surely_within(days, day.last)
    ]
    return min(earlier, key=lambda one: one.at_most or 0.0, default=None)
