"""Is the patient taking a drug, since when, and when was the last dose?"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property

from cards.assessment.current_doses import (
    CurrentDoses,
    doses_of,
    is_long_over,
    is_same_dose,
    outlasting,
)
from cards.assessment.lines import Stretch, line_of
from cards.assessment.record_spans import end_of
from cards.assessment.stops import after_stops
from cards.model.chart_of_day import ChartOfDay
from cards.model.conditions import Indication
from cards.model.dates import ClinicalDate, sort_key, whole_day
from cards.model.policy import Policy
from cards.model.therapy import DoseRegimen, Drug, DrugRecord, OrderIntent, TherapyState


class CourseState(StrEnum):
    """Whether a drug is being taken today."""

    CURRENT = "current"
    HELD = "on hold"
    UNCERTAIN = "possibly still taken"
    PAST = "past"


@dataclass(frozen=True, slots=True)
class LastDose:
    """When the last dose was taken: on one day, or between two."""

    earliest: date | None  # None: no record shows when the drug was taken
    latest: date
    is_recorded: bool  # False: only what is possible is known

    def days_ago(self, today: date) -> int:
        """The least number of days ago that it can have been."""
        return (today - self.latest).days


@dataclass(frozen=True)
class Course:
    """The records of one drug, read together: one course, however many orders."""

    drug: Drug
    state: CourseState
    latest: DrugRecord
    records: tuple[DrugRecord, ...]  # newest first
    plans: tuple[DrugRecord, ...]  # not begun
    today: date
    policy: Policy
    started_on: ClinicalDate | None  # of the stretches, without a longer gap, that reach the latest record
    doses: CurrentDoses  # from the records in this state; a past dose is not a present one
    is_sure: bool  # False: held, past, or for longer without supply than a late refill takes
    outlasts_an_end: bool = False  # this request ends an order of the drug, and another one stands beside it

    @cached_property
    def line(self) -> tuple[Stretch, ...]:
        """All of it in time, oldest first: past, present and to come."""
        return line_of((*self.records, *self.plans), self.today, self.policy)

    @cached_property
    def last_dose(self) -> LastDose:
        """When the last dose was taken: today, where the drug is being taken."""
        return _last_dose(self)

    @property
    def regimen(self) -> DoseRegimen | None:
        """The dose checked against limits; the larger, if several may each be the whole dose."""
        return self.doses.regimen

    @property
    def is_contradictory(self) -> bool:
        """Whether no record is surely of this drug: then the course can warn, but permits nothing."""
        return all(record.is_contradictory for record in self.records)

    @property
    def indications(self) -> frozenset[Indication]:
        """What the records say the drug is given for."""
        return frozenset().union(*(record.indications for record in self.records))

    @property
    def is_taken(self) -> bool:
        """Whether today's dose must be assumed to be taken."""
        return self.state in (CourseState.CURRENT, CourseState.UNCERTAIN)

    @property
    def is_in_doubt(self) -> bool:
        """Whether only an undated or old report by the patient says that the drug is taken."""
        said = [record for record in self.records if record.state is TherapyState.POSSIBLY_TAKEN]
        return self.state is CourseState.UNCERTAIN and all(record.is_stale_report for record in said)

    @property
    def reported_words(self) -> str:
        """When it was last reported: "reported 2024-03-01", "reported without a date"."""
        day = self.latest.reported_on or self.latest.started_on
        return f"reported {day}" if day else "reported without a date"

    @property
    def dose_since(self) -> ClinicalDate | None:
        """Since when the present dose has been taken unchanged, however often it was prescribed again."""
        if self.doses.newest_part is not None:
            return self.doses.newest_part
        since = None
        for record in self.records:
            if record.started_on is None or record.regimen is None:
                continue
            if not is_same_dose(record.regimen, self.regimen) or self._is_before_stretch(record.started_on):
                break
            since = record.started_on
            if record.regimen.step_begins is not None:
                return whole_day(record.regimen.step_begins)
        return since

    def _is_before_stretch(self, day: ClinicalDate) -> bool:
        return self.started_on is not None and day.first < self.started_on.first

    def days_on(self, today: date) -> int | None:
        """For how many days at least, or None when no start is known."""
        return self.started_on.days_before(today) if self.started_on else None


_STATE = {
    TherapyState.ACTIVE: CourseState.CURRENT,
    TherapyState.HELD: CourseState.HELD,
    TherapyState.POSSIBLY_TAKEN: CourseState.UNCERTAIN,
    TherapyState.PAST: CourseState.PAST,
}


def course_of(chart: ChartOfDay, drug: Drug, policy: Policy) -> Course | None:
    """The course of one drug from all its signed records, or None if there are none.

    The order being signed is not itself a course, unless it was in force before today: then it is being
    signed again.
    """
    all_records = chart.records_of(drug)
    if not all_records:
        return None
    drafts = {order.record_ref for order in chart.draft_orders if order.intent is OrderIntent.TAKE}
    of_drug = after_stops(
        [
            record
            for record in all_records
            if record.record_ref not in drafts or _was_in_force(record, chart.today)
        ],
        policy,
    )
    records = [record for record in of_drug if record.state is not TherapyState.PLANNED]
    if not records:
        return None
    records.sort(key=lambda record: sort_key(record.started_on), reverse=True)
    ends = [one for one in chart.draft_orders if one.drug is drug and one.intent is OrderIntent.END]
    ended = outlasting(records, ends, chart.today, policy)[0] if ends else []
    if ended:
        records = [_ended_today(one, chart.today) if one in ended else one for one in records]
    states = {_STATE[record.state] for record in records}
    state = next(state for state in CourseState if state in states)
    latest = next(record for record in records if _STATE[record.state] is state)
    latest_first = (latest, *(record for record in records if record is not latest))
    return Course(
        drug=drug,
        state=state,
        latest=latest,
        records=latest_first,
        plans=tuple(record for record in of_drug if record.state is TherapyState.PLANNED),
        today=chart.today,
        policy=policy,
        started_on=_start_of_stretch(records, policy),
        doses=doses_of(_in_use(latest_first, latest, chart.today, policy), chart.today, policy),
        is_sure=_is_sure(state, records, chart.today, policy),
        outlasts_an_end=bool(ended),
    )


def _ended_today(record: DrugRecord, today: date) -> DrugRecord:
    return replace(record, state=TherapyState.PAST, ended_on=whole_day(today), is_end_assumed=False)


def _was_in_force(record: DrugRecord, today: date) -> bool:
    return record.started_on is not None and record.started_on.last < today


def _in_use(
    newest_first: tuple[DrugRecord, ...], latest: DrugRecord, today: date, policy: Policy
) -> tuple[DrugRecord, ...]:
    """The records in the state of the latest one, and those whose supply ended so lately that a refill is awaited."""
    return tuple(
        one
        for one in newest_first
        if one.state is latest.state
        or (
            latest.state is TherapyState.ACTIVE
            and one.state is TherapyState.POSSIBLY_TAKEN
            and _is_late(one, today, policy)
        )
    )


def _is_late(record: DrugRecord, today: date, policy: Policy) -> bool:
    """Whether it ran out of supply no longer ago than a late refill takes."""
    shown = record.shown_until
    return shown is not None and not is_long_over(shown, today, policy)


def _is_sure(state: CourseState, records: list[DrugRecord], today: date, policy: Policy) -> bool:
    if state is CourseState.UNCERTAIN:
        return any(
            one.state is TherapyState.POSSIBLY_TAKEN and _is_late(one, today, policy) for one in records
        )
    return state is CourseState.CURRENT


def _last_dose(course: Course) -> LastDose:
    """Today, or what the records say of the last days of taking."""
    if course.is_taken:
        return LastDose(course.today, course.today, is_recorded=True)
    ends = [(end, one) for one in course.records if (end := end_of(one, course.today)) is not None]
    latest = max(last for (_, last), _ in ends)
    shown = [first for (first, _), _ in ends if first > date.min]
    later = [day for one in course.records if (day := _shown_after(latest, one))]
    if later:  # handed out after the hold: it may have lasted until today
        return LastDose(max(later), course.today, is_recorded=False)
    return LastDose(
        min(max(shown), latest) if shown else None,
        latest,
        is_recorded=not all(one.is_end_assumed for (_, last), one in ends if last == latest),
    )


def _shown_after(day: date, record: DrugRecord) -> date | None:
    """The last day on which a record that is over only by its supply shows the drug to be taken, if after a day."""
    shown = record.shown_until if record.state is TherapyState.POSSIBLY_TAKEN else None
    return shown if shown and shown > day and not record.is_stale_report else None


def _start_of_stretch(newest_first: list[DrugRecord], policy: Policy) -> ClinicalDate | None:
    """The first day of the records that follow each other up to the newest one without a longer gap."""
    dated = [record for record in newest_first if record.started_on]
    if not dated:
        return None
    start = dated[0].started_on
    for record in dated[1:]:
        end = _bridges_to(record, policy)
        if end is not None and start and (start.first - end).days > policy.restart_gap_days:
            break
        start = record.started_on
    return start


def _bridges_to(record: DrugRecord, policy: Policy) -> date | None:
    """The last day on which it may have been taken; None for an order that goes on.

    An old order that was never closed does not prove years without a gap: a time without supply is over
    after as many days as make a new start.
    """
    if record.ended_on is not None:
        return record.ended_on.last
    if record.state is TherapyState.PAST:
        return record.ended_by or supply_or_start(record)
    if record.state is TherapyState.POSSIBLY_TAKEN:
        return (record.shown_until or supply_or_start(record)) + timedelta(days=policy.new_start_days)
    return None


def supply_or_start(record: DrugRecord) -> date:
    """The last day of supply, else the day of the start."""
    day = record.supplied_until or record.started_on
    return day.last if day else date.min
