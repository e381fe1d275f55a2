"""Is the patient taking a drug, since when, and what does a new order do to that?"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from cards.assessment.current_doses import CurrentDoses, doses_of, is_same_dose
from cards.model.chart_of_day import ChartOfDay
from cards.model.conditions import Indication
from cards.model.dates import ClinicalDate, sort_key
from cards.model.policy import Policy
from cards.model.therapy import DoseRegimen, Drug, DrugRecord, OrderIntent, TherapyState


class CourseState(StrEnum):
    """Whether a drug is being taken today."""

    CURRENT = "current"
    HELD = "on hold"
    UNCERTAIN = "possibly still taken"
    PAST = "past"


@dataclass(frozen=True, slots=True)
class Course:
    """The records of one drug, read together: one course, however many orders."""

    drug: Drug
    state: CourseState
    latest: DrugRecord
    records: tuple[DrugRecord, ...]  # newest first
    started_on: ClinicalDate | None  # of the stretch, without a longer gap, that reaches the latest record
    last_day: date | None  # the last day that a record covers; None when no record is dated
    doses: CurrentDoses  # from the records in this state; a past dose is not a present one

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
    drafts = {order.record_ref for order in chart.draft_orders if order.intent is OrderIntent.TAKE}
    records = [
        record
        for record in chart.records_of(drug)
        if record.state is not TherapyState.PLANNED
        and (record.record_ref not in drafts or _was_in_force(record, chart.today))
    ]
    if not records:
        return None
    records.sort(key=lambda record: sort_key(record.started_on), reverse=True)
    states = {_STATE[record.state] for record in records}
    state = next(state for state in CourseState if state in states)
    latest = next(record for record in records if _STATE[record.state] is state)
    latest_first = (latest, *(record for record in records if record is not latest))
    return Course(
        drug=drug,
        state=state,
        latest=latest,
        records=latest_first,
        started_on=_start_of_stretch(records, policy.restart_gap_days),
        last_day=max((day for record in records if (day := _last_day(record))), default=None),
        doses=doses_of(tuple(one for one in latest_first if one.state is latest.state), chart.today),
    )


def _was_in_force(record: DrugRecord, today: date) -> bool:
    return record.started_on is not None and record.started_on.last < today


def _last_day(record: DrugRecord) -> date | None:
    """The last day a record covers: its end, else its supply, else its start."""
    last = record.ended_on or record.supplied_until or record.started_on
    return last.last if last else None


def _start_of_stretch(newest_first: list[DrugRecord], gap_days: int) -> ClinicalDate | None:
    dated = [record for record in newest_first if record.started_on]
    if not dated:
        return None
    start = dated[0].started_on
    for record in dated[1:]:
        end = _last_day(record)
        # An old order that was never closed does not prove years without a gap: only its supply counts.
        still_open = record.state in (TherapyState.ACTIVE, TherapyState.HELD) and not record.ended_on
        if not still_open and end and start and start.first - end > timedelta(days=gap_days):
            break
        start = record.started_on
    return start


class Episode(StrEnum):
    """What an order means for the therapy. The words are defined in policy.toml's design."""

    NEW_START = "new start"
    RESTART = "restart"
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
        return Episode.RESTART
    if course.state is CourseState.CURRENT:
        return _change(course, regimen)
    gap = (chart.today - course.last_day).days if course.last_day else None
    if gap is None:
        return Episode.CONTINUATION if course.is_taken else Episode.UNKNOWN
    if gap > policy.new_start_days:
        return Episode.NEW_START
    if gap >= policy.restart_gap_days:
        return Episode.RESTART
    return Episode.UNKNOWN if _may_have_ended_before(course, chart, policy) else _change(course, regimen)


def _may_have_ended_before(course: Course, chart: ChartOfDay, policy: Policy) -> bool:
    """Whether a course stopped on an unrecorded day, with supply left, may have been stopped for a gap already."""
    if course.state is not CourseState.PAST or course.last_day is None or course.last_day < chart.today:
        return False
    if any(record.ended_on is not None and _last_day(record) == course.last_day for record in course.records):
        return False
    taken = [record.started_on.last for record in course.records if record.started_on]
    return not taken or (chart.today - max(taken)).days >= policy.restart_gap_days


def _change(course: Course, after: DoseRegimen | None) -> Episode:
    """What a dose changes; unknown where several doses may each be the present one."""
    before = course.doses.candidates
    if not before or after is None:
        return Episode.CONTINUATION
    if any(is_same_dose(one, after) for one in before):
        return Episode.RENEWAL
    if after.mg_per_day > before[0].mg_per_day:
        return Episode.ESCALATION
    return Episode.REDUCTION if after.mg_per_day < before[-1].mg_per_day else Episode.CONTINUATION
