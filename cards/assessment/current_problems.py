"""Which problems does the patient have today, and how surely?"""

from dataclasses import dataclass

from cards.finding import Fact
from cards.model.chart_of_day import ChartOfDay
from cards.model.conditions import ConditionRecord, ConditionState, Problem
from cards.model.dates import ClinicalDate


@dataclass(frozen=True, slots=True)
class CurrentProblem:
    """An active problem that began or was recorded recently, in this encounter, or at an unknown date."""

    record: ConditionRecord
    is_certain: bool  # confirmed, and surely recent or from this encounter

    @property
    def when(self) -> ClinicalDate | None:
        """When it began, else when it was recorded."""
        return self.record.onset_on or self.record.recorded_on

    def fact(self, what: str) -> Fact:
        """The problem in words, with what makes it less than certain."""
        notes = [] if self.record.is_confirmed else ["not confirmed"]
        notes += [] if self.when else ["no date recorded"]
        notes += ["in this encounter"] if self.record.in_this_encounter else []
        suffix = f" ({', '.join(notes)})" if notes else ""
        return Fact(f"{what}{suffix}", self.when, self.record.record_ref)


def current_problems(chart: ChartOfDay, days: int, *problems: Problem) -> tuple[CurrentProblem, ...]:
    """Active records of any of the problems that may have begun, or been recorded, within `days`."""
    return tuple(
        CurrentProblem(record, _is_certain(record, chart, days))
        for record in chart.conditions
        if record.problems & set(problems)
        and record.state is ConditionState.ACTIVE
        and _may_be_current(record, chart, days)
    )


def _dates(record: ConditionRecord) -> tuple[ClinicalDate, ...]:
    return tuple(when for when in (record.onset_on, record.recorded_on) if when)


def _may_be_current(record: ConditionRecord, chart: ChartOfDay, days: int) -> bool:
    dates = _dates(record)
    return (
        record.in_this_encounter or not dates or any(day.possibly_within(days, chart.today) for day in dates)
    )


def _is_certain(record: ConditionRecord, chart: ChartOfDay, days: int) -> bool:
    is_recent = any(0 <= (chart.today - day.first).days <= days for day in _dates(record))
    return record.is_confirmed and (record.in_this_encounter or is_recent)
