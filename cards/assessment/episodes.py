"""What does a new order do to the course of a drug?"""

from dataclasses import replace
from enum import StrEnum

from cards.assessment.courses import Course, CourseState, supply_or_start
from cards.assessment.current_doses import doses_of, is_same_dose
from cards.model.chart_of_day import ChartOfDay
from cards.model.policy import Policy
from cards.model.therapy import DoseRegimen, TherapyState
from cards.wording import rounded


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
        one.shown_until or supply_or_start(one)
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
