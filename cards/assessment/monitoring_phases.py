"""Which phases of the monitoring schedule apply to a course today, and from which day do they count?"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from cards.assessment.courses import Course
from cards.assessment.dose_changes import last_dose_change
from cards.assessment.results import Dated
from cards.knowledge.schedules import Monitored, SchedulePhase, Schedules, Trigger
from cards.model.chart_of_day import ChartOfDay
from cards.model.conditions import ConditionState, Problem
from cards.model.dates import ClinicalDate
from cards.model.policy import Policy

_ANCHORED = (Trigger.START, Trigger.INCREASE, Trigger.SEPSIS)


@dataclass(frozen=True, slots=True)
class CountedPhase:
    """A phase, and the day from which its interval counts; None when no record shows it."""

    phase: SchedulePhase
    since: ClinicalDate | None

    def due_on(self, last: Dated | None) -> date | None:
        """When the test falls due: an interval after the last test or the start of the phase, whichever is later.

        A month or year counts from its first day, as nothing shows a later one. None when neither is known.
        """
        base = max((day.first for day in self._bases(last)), default=None)
        return None if base is None else base + timedelta(days=self.phase.interval_days)

    def is_late(self, last: Dated | None, chart: ChartOfDay) -> bool:
        """Whether the test's due day has passed; the test stays overdue until one is done."""
        due = self.due_on(last)
        return due is None or due < chart.today

    def days_since(self, last: Dated | None, chart: ChartOfDay) -> int | None:
        """The least number of days since the last test or the start of the phase, whichever is later."""
        return min((day.days_before(chart.today) for day in self._bases(last)), default=None)

    def is_none_since(self, last: Dated | None) -> bool:
        """Whether no test was surely done since the day from which the phase counts."""
        return last is None or (self.since is not None and last.day.last < self.since.first)

    def is_over_before_due(self, last: Dated | None) -> bool:
        """Whether the phase ends before it asks for a test: the next one then decides."""
        if self.since is None or self.phase.until_day is None:
            return False
        due = self.due_on(last)
        return due is not None and due > self.since.last + timedelta(days=self.phase.until_day)

    def _bases(self, last: Dated | None) -> tuple[ClinicalDate, ...]:
        return tuple(day for day in (self.since, last.day if last else None) if day)


def phases_in_force(
    what: Monitored,
    course: Course,
    last: Dated | None,
    chart: ChartOfDay,
    policy: Policy,
    schedules: Schedules,
) -> Iterator[CountedPhase]:
    """The phases that ask for the next test after `last`, whichever day it is today.

    The phases of one event follow each other: the first in which the test falls due decides, and goes on
    deciding when it is over. Higher risk is always among them: the caller knows whether it applies to the patient.
    """
    phases = [phase for phase in schedules.schedule(policy.schedule_profile) if phase.what.covers(what)]
    for trigger in _ANCHORED:
        since = _since(trigger, course, chart)
        if since is None:
            continue
        own = (CountedPhase(phase, since) for phase in phases if phase.trigger is trigger)
        asking = next((one for one in own if not one.is_over_before_due(last)), None)
        if asking is not None:
            yield asking
    for phase in phases:
        if phase.trigger not in _ANCHORED:
            yield CountedPhase(phase, course.started_on)


def _since(trigger: Trigger, course: Course, chart: ChartOfDay) -> ClinicalDate | None:
    if trigger is Trigger.START:
        return course.started_on
    if trigger is Trigger.INCREASE:
        change = last_dose_change(course)
        return change.on if change and change.is_increase else None
    return _over_sepsis_on(course, chart)


def _over_sepsis_on(course: Course, chart: ChartOfDay) -> ClinicalDate | None:
    """When a sepsis ended, or the drug was started again after it, whichever is later."""
    ends = [
        record.abated_on
        for record in chart.conditions
        if Problem.SEPSIS in record.problems
        and record.state is not ConditionState.ACTIVE
        and record.abated_on is not None
    ]
    if not ends:
        return None
    end = max(ends, key=lambda day: day.last)
    started = course.started_on
    return started if started is not None and started.first > end.last else end
