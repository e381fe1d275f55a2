"""Is the patient taking a drug, since when, and what does a new order do to that?"""

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
    unreplaced,
)
from cards.assessment.lines import Stretch, line_of
from cards.assessment.record_spans import end_of, is_stop
from cards.model.chart_of_day import ChartOfDay
from cards.model.conditions import Indication
from cards.model.dates import ClinicalDate, sort_key, whole_day
from cards.model.policy import Policy
from cards.model.therapy import DoseRegimen, Drug, DrugRecord, OrderIntent, TherapyState
from cards.wording import rounded


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
        day = self.latest.started_on
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
    of_drug = _after_stops(
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


def _after_stops(records: list[DrugRecord], policy: Policy) -> list[DrugRecord]:
    """The records, where a stop or a hold ends what had been handed out or given before it.

    It was made after the last of these: nobody hands out what is on hold.
    """
    stops = [one for one in records if _is_recorded_stop(one)]
    if not stops:
        return records
    ended = [_ended_by(stops, one) if not is_stop(one) else _begun_after(records, one) for one in records]
    return _without_replaced(ended, policy)


def _without_replaced(records: list[DrugRecord], policy: Policy) -> list[DrugRecord]:
    """The records without orders left open that a newer order replaced which is now on hold."""
    held = [one for one in records if one.state is TherapyState.HELD and is_stop(one)]
    return [
        one
        for one in records
        if one.state is not TherapyState.ACTIVE
        or not is_stop(one)
        or one in unreplaced([*(newer for newer in held if _is_newer(newer, one)), one], date.min, policy)
    ]


def _is_newer(one: DrugRecord, other: DrugRecord) -> bool:
    return sort_key(one.started_on) > sort_key(other.started_on)


def _is_recorded_stop(record: DrugRecord) -> bool:
    return (
        record.state in (TherapyState.PAST, TherapyState.HELD)
        and is_stop(record)
        and (record.ended_on is not None or not record.is_end_assumed)
    )


def _last_possible(stop: DrugRecord) -> date:
    end = stop.ended_on.last if stop.ended_on else stop.ended_by
    return end or date.min


def _ended_by(stops: list[DrugRecord], given: DrugRecord) -> DrugRecord:
    """What was handed out or given, over or on hold with the first stop after it."""
    day = given.started_on
    if day is None or given.state is TherapyState.PLANNED:
        return given
    later = [stop for stop in stops if _last_possible(stop) >= day.last]
    if not later:
        return given
    stop = min(later, key=_last_possible)
    end = min(_last_possible(stop), given.shown_until or date.max)
    shown = min(day.last, end)
    return replace(given, state=TherapyState.PAST, shown_until=shown, ended_by=shown, ended_on=None)


def _begun_after(records: list[DrugRecord], stop: DrugRecord) -> DrugRecord:
    """The stop, with the last day before it on which the drug was handed out or given."""
    if not _is_recorded_stop(stop) or stop.ended_on is not None:
        return stop
    given = [
        one.started_on.last
        for one in records
        if not is_stop(one) and one.started_on and one.started_on.last <= _last_possible(stop)
    ]
    shown = [day for day in (stop.shown_until, *given) if day is not None]
    return replace(stop, shown_until=max(shown, default=None))


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
        return record.ended_by or _supply_or_start(record)
    if record.state is TherapyState.POSSIBLY_TAKEN:
        return (record.shown_until or _supply_or_start(record)) + timedelta(days=policy.new_start_days)
    return None


def _supply_or_start(record: DrugRecord) -> date:
    day = record.supplied_until or record.started_on
    return day.last if day else date.min


class Episode(StrEnum):
    """What an order means for the therapy. The words are defined in policy.toml's design."""

    NEW_START = "new start"
    RESTART = "restart"
    RESUMPTION = "resumption after a short hold"
    RENEWAL = "renewal"
    ESCALATION = "dose increase"
    REDUCTION = "dose reduction"
    CONTINUATION = "continuation, dose change unknown"
    UNKNOWN = "new start or a renewal: the records do not say which"

    @property
    def starts(self) -> bool:
        """Whether advice for starting applies, or may apply."""
        return self in (Episode.NEW_START, Episode.RESTART, Episode.UNKNOWN)


def episode_of(
    course: Course | None, regimen: DoseRegimen | None, chart: ChartOfDay, policy: Policy
) -> Episode | None:
    """What ordering `regimen` does to `course`; None when there is no course and the list must decide.

    A past course without any date may have ended last week or ten years ago.
    """
    if course is None:
        return None
    if course.state is CourseState.HELD:
        return _after_a_hold(course, regimen)
    if course.state is CourseState.CURRENT:
        return _change(course, regimen)
    if course.state is CourseState.UNCERTAIN:
        return _after_a_gap(course, regimen, chart, policy)
    last, today = course.last_dose, chart.today
    if last.earliest is None:
        return Episode.UNKNOWN
    if last.days_ago(today) > policy.new_start_days:
        return Episode.NEW_START
    if last.days_ago(today) >= policy.restart_gap_days:
        return Episode.RESTART
    may_be_longer = (today - last.earliest).days >= policy.restart_gap_days
    return Episode.UNKNOWN if may_be_longer else _change(course, regimen)


def _after_a_hold(course: Course, regimen: DoseRegimen | None) -> Episode:
    """A restart, unless the hold is known to be short and was made for an operation or an admission."""
    held = [one for one in course.records if one.state is TherapyState.HELD]
    shown = [one.shown_until for one in held if one.shown_until]
    is_short = bool(shown) and (course.today - max(shown)).days < course.policy.short_hold_days
    if not is_short or not all(one.is_held_for_admission for one in held):
        return Episode.RESTART
    before = replace(course, doses=doses_of(course.records, course.today, course.policy))
    changed = _change(before, regimen)
    return changed if changed is Episode.ESCALATION else Episode.RESUMPTION


def _after_a_gap(course: Course, regimen: DoseRegimen | None, chart: ChartOfDay, policy: Policy) -> Episode:
    """A gap in supply alone is no end, until it is as long as makes a new start."""
    shown = [
        one.shown_until or _supply_or_start(one)
        for one in course.records
        if one.shown_until or one.supplied_until or one.started_on
    ]
    if not shown:
        return Episode.CONTINUATION
    is_over = (chart.today - max(shown)).days > policy.new_start_days
    return Episode.NEW_START if is_over else _change(course, regimen)


def _change(course: Course, after: DoseRegimen | None) -> Episode:
    """What a dose changes; unknown where several doses may each be the present one.

    A plan whose later steps pass the present dose raises it.
    """
    before = course.doses.candidates
    if not before or after is None:
        return Episode.CONTINUATION
    later = max((step.mg_per_day for step in after.steps), default=0.0)
    if later > before[0].mg_per_day and rounded(later, 1) > rounded(before[0].mg_per_day, 1):
        return Episode.ESCALATION
    if any(is_same_dose(one, after) for one in before):
        return Episode.RENEWAL
    if after.mg_per_day > before[0].mg_per_day:
        return Episode.ESCALATION
    return Episode.REDUCTION if after.mg_per_day < before[-1].mg_per_day else Episode.CONTINUATION
