"""Did something happen on a thiopurine or after one, or do the records not show it?"""

from datetime import date
from enum import Enum, auto

from cards.assessment.courses import CourseState
from cards.assessment.episodes import Episode
from cards.assessment.exposures import Exposure
from cards.assessment.record_spans import end_of, is_stop
from cards.model.chart_of_day import ChartOfDay
from cards.model.conditions import ConditionRecord, ConditionState
from cards.model.dates import ClinicalDate
from cards.model.policy import Policy
from cards.model.therapy import THIOPURINES, DrugRecord, TherapyState


class DayPlace(Enum):
    """Where a day lies on the timeline of the thiopurines taken."""

    ON_DRUG = auto()  # while one was taken
    SOON_AFTER = auto()  # within the policy's days of its end
    UNCLEAR = auto()  # a start, an end or the day itself is not recorded
    ELSEWHERE = auto()  # before the first dose, or long after the last

    @property
    def is_placed(self) -> bool:
        """Whether, by its day alone, the event may be the drug's effect."""
        return self in (DayPlace.ON_DRUG, DayPlace.SOON_AFTER)


def taken_records(chart: ChartOfDay) -> tuple[DrugRecord, ...]:
    """Every record of a thiopurine that was, or may have been, taken."""
    return tuple(
        record for record in chart.records_of(*THIOPURINES) if record.state is not TherapyState.PLANNED
    )


def place_of(when: ClinicalDate | None, chart: ChartOfDay, policy: Policy) -> DayPlace:
    """Where a day lies; elsewhere, if there is no record of a thiopurine."""
    places = {
        place_beside(record, when, chart.today, policy.after_course_days) for record in taken_records(chart)
    }
    return next((place for place in DayPlace if place in places), DayPlace.ELSEWHERE)


def place_beside(record: DrugRecord, when: ClinicalDate | None, today: date, after_days: int) -> DayPlace:
    """Where a day lies by one record alone."""
    if when is None:
        return DayPlace.UNCLEAR
    start, end = record.started_on, end_of(record, today)
    is_before = start is not None and when.last < start.first
    if is_before or (end is not None and (when.first - end[1]).days > after_days):
        return DayPlace.ELSEWHERE
    if start is None or when.first < start.last:
        return DayPlace.UNCLEAR
    if end is None or when.last <= end[0]:
        return DayPlace.ON_DRUG
    if record.state is TherapyState.HELD:
        # What happened before the hold was on record may be why it was made.
        return DayPlace.ON_DRUG if when.first <= end[1] else DayPlace.SOON_AFTER
    return DayPlace.SOON_AFTER if _is_known(end, record) else DayPlace.UNCLEAR


def _is_known(end: tuple[date, date], record: DrugRecord) -> bool:
    """Whether the last day is recorded, or what was handed out came to its end."""
    return record.ended_on is not None or end[0] == end[1] or not is_stop(record)


def began_on(record: ConditionRecord) -> ClinicalDate | None:
    """When a problem began; the day of the record only for an active one, as a history is written down later."""
    is_active = record.state is ConditionState.ACTIVE
    return record.onset_on or (record.recorded_on if is_active else None)


def asks_for_history(exposure: Exposure, chart: ChartOfDay, policy: Policy) -> bool:
    """Whether the drug is started, ordered again after a stop or hold, or too new for tolerance to settle it."""
    if exposure.is_ordered:
        was_ended = exposure.course is not None and exposure.course.state in (
            CourseState.HELD,
            CourseState.PAST,
        )
        return was_ended or (exposure.episode is not None and exposure.episode.starts)
    days = exposure.course.days_on(chart.today) if exposure.course else None
    return days is not None and days < policy.established_days


def before_words(exposure: Exposure) -> str:
    """By when a question about the past should be answered."""
    if exposure.episode is Episode.RESTART:
        return "the restart"
    return "the first dose" if exposure.episode is not None and exposure.episode.starts else "the next dose"
