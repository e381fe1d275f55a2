"""What does one medication record say about today: taken, possibly taken, held, past or planned?"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

from cards.model.dates import ClinicalDate, later, whole_day
from cards.model.dosage.amounts import exact
from cards.model.medications import RecordKind, RecordStatus, WrittenCourse, WrittenRecord
from cards.model.policy import Policy
from cards.model.therapy import (
    THIOPURINES,
    XANTHINE_OXIDASE_INHIBITORS,
    DoseRegimen,
    Product,
    TherapyState,
)

# Taken for months or years: a gap in their supply is no end. A short course of another drug is over soon after it.
_LONG_TERM = (*THIOPURINES, *XANTHINE_OXIDASE_INHIBITORS)


@dataclass(frozen=True, slots=True)
class StateOfDay:
    """What a record says about today."""

    state: TherapyState
    supplied_until: ClinicalDate | None = None
    is_stale_report: bool = False  # on the home list, without a date or with an old date
    shown_until: date | None = None  # the last day on which it shows the drug to be taken; None: not limited
    ended_by: date | None = None  # the last day on which it may have been taken, where no end is recorded
    is_end_assumed: bool = False  # nothing on record says that it was not taken after that day


def state_of_day(
    written: WrittenRecord,
    regimen: DoseRegimen | None,
    today: date,
    policy: Policy,
) -> StateOfDay:
    """The state of the therapy that one record shows; `regimen` is today's, which a supply is counted by."""
    course = written.course
    supplied = _supplied_until(course, regimen, written.product)
    if course.kind is RecordKind.ORDER:
        return _ordered(course, supplied, today, policy)
    if course.kind is RecordKind.DISPENSE:
        late_days = policy.stale_order_days if written.drug in _LONG_TERM else policy.late_refill_days
        return _dispensed(course, supplied, today, late_days)
    if course.kind is RecordKind.STATEMENT:
        return _stated(course, today, policy)
    return _administered(course, today, policy)


def _supplied_until(
    course: WrittenCourse, regimen: DoseRegimen | None, product: Product
) -> ClinicalDate | None:
    """The last day that a supply covers: by its days, by its quantity, else by its validity.

    Of a stopped order, no later than its stop was on record: the supply may reach far beyond.
    """
    supply = course.supply
    days = supply.days or _days_of(supply.units, regimen, product)
    until = supply.valid_until
    if days is not None and supply.from_on is not None:
        until = whole_day(later(supply.from_on.last, max(days * supply.fills - 1, Fraction(0))))
    latest = course.updated_on if course.status is RecordStatus.STOPPED else None
    return whole_day(latest.last) if until and latest and latest.last < until.last else until


def _days_of(units: Fraction | None, regimen: DoseRegimen | None, product: Product) -> Fraction | None:
    """How long so many tablets last at the regimen; None when either is not known."""
    if units is None or regimen is None or product.strength_mg is None:
        return None
    return units * exact(product.strength_mg) / exact(regimen.mg_per_day)


def _ordered(course: WrittenCourse, supplied: ClinicalDate | None, today: date, policy: Policy) -> StateOfDay:
    if _is_planned(course, today):
        return StateOfDay(TherapyState.PLANNED, supplied)
    if course.status is RecordStatus.HELD:
        return _held(course, supplied, today)
    if course.status is RecordStatus.STOPPED or _is_over(course.ended_on, today):
        return _ended(course, supplied, today, policy)
    if course.status is RecordStatus.COMPLETED:
        if supplied is None:
            return _ended(course, supplied, today, policy)
        # A completed prescription may have been filled: what was supplied may still be taken.
        reaches = supplied.last >= today
        until = min(supplied.last, today - timedelta(days=1))
        state = TherapyState.POSSIBLY_TAKEN if reaches else TherapyState.PAST
        return StateOfDay(state, supplied, shown_until=until, ended_by=supplied.last)
    evidence = [*course.evidence, *([supplied] if supplied else [])]
    if course.is_on_home_list:
        return _reported(course.status, evidence, supplied, today, policy)
    return _by_evidence(course.status, evidence, supplied, today, policy)


def _held(course: WrittenCourse, supplied: ClinicalDate | None, today: date) -> StateOfDay:
    """On hold since a day that is not recorded: after the last evidence of taking, and when the record was written."""
    by = min((day.last for day in (supplied, course.updated_on, course.ended_on) if day), default=date.max)
    return StateOfDay(
        TherapyState.HELD,
        supplied,
        shown_until=_shown(course, today),
        ended_by=min(by, today),
        is_end_assumed=today < by,
    )


def _ended(course: WrittenCourse, supplied: ClinicalDate | None, today: date, policy: Policy) -> StateOfDay:
    """Ended on the recorded day, else between the last evidence of taking and the first of what bounds it."""
    if course.ended_on is not None and course.ended_on.last <= today:
        return StateOfDay(TherapyState.PAST, supplied)
    shown = _shown(course, today)
    recorded = min((day.last for day in (supplied, course.updated_on) if day), default=date.max)
    assumed = today
    if shown is not None and course.ended_on is None:  # else it was meant to be taken until today
        assumed = min(today, shown + timedelta(days=policy.undated_stop_days))
    return StateOfDay(
        TherapyState.PAST,
        supplied,
        shown_until=shown,
        ended_by=min(recorded, assumed),
        is_end_assumed=assumed < recorded,
    )


def _shown(course: WrittenCourse, today: date) -> date | None:
    """The last day that shows the drug to be taken: its start, or the day on which the order was written."""
    days = [day.last for day in (course.started_on, *course.evidence) if day]
    return max((day for day in days if day <= today), default=None)


def _reported(
    status: RecordStatus,
    evidence: list[ClinicalDate],
    supplied: ClinicalDate | None,
    today: date,
    policy: Policy,
) -> StateOfDay:
    """The state of a home list entry: taken if reported recently, else somebody must ask."""
    newest = max((day.last for day in evidence), default=None)
    if newest is None:
        return StateOfDay(TherapyState.POSSIBLY_TAKEN, supplied, is_stale_report=True)
    until = newest + timedelta(days=policy.home_list_days)
    if until < today:
        return StateOfDay(TherapyState.POSSIBLY_TAKEN, supplied, is_stale_report=True, shown_until=until)
    is_taken = status is RecordStatus.TAKEN
    state = TherapyState.ACTIVE if is_taken else TherapyState.POSSIBLY_TAKEN
    return StateOfDay(state, supplied, shown_until=until if is_taken else None)


def _by_evidence(
    status: RecordStatus,
    evidence: list[ClinicalDate],
    supplied: ClinicalDate | None,
    today: date,
    policy: Policy,
) -> StateOfDay:
    """Active as recorded while the supply lasts; where none is known, unless the newest evidence is old.

    Without a date nothing shows that the record is old: it is accepted as recorded.
    """
    if status is not RecordStatus.TAKEN:
        return StateOfDay(TherapyState.POSSIBLY_TAKEN, supplied)
    newest = max((day.last for day in evidence), default=None)
    if newest is None:
        return StateOfDay(TherapyState.ACTIVE, supplied)
    until = newest + timedelta(days=policy.stale_order_days)
    if supplied is not None:
        until = supplied.last
    state = TherapyState.ACTIVE if until >= today else TherapyState.POSSIBLY_TAKEN
    return StateOfDay(state, supplied, shown_until=until)


def _stated(course: WrittenCourse, today: date, policy: Policy) -> StateOfDay:
    if _is_planned(course, today):
        return StateOfDay(TherapyState.PLANNED)
    if course.status is RecordStatus.HELD:
        return _held(course, None, today)
    if course.status in (RecordStatus.STOPPED, RecordStatus.COMPLETED) or _is_over(course.ended_on, today):
        return _ended(course, None, today, policy)
    told = _by_evidence(course.status, [*course.evidence], None, today, policy)
    newest = max((day.last for day in course.evidence), default=today)
    is_stale = (
        today - newest
    ).days > policy.home_list_days  # as an entry of the home list: somebody must ask
    return replace(told, is_stale_report=True) if is_stale else told


def _dispensed(
    course: WrittenCourse, supplied: ClinicalDate | None, today: date, late_days: int
) -> StateOfDay:
    """What was handed out is taken while it lasts; a gap after it is no end, until `late_days`."""
    if course.status is RecordStatus.HELD:
        return _held(course, supplied, today)
    if course.status is RecordStatus.PLANNED:
        return StateOfDay(TherapyState.PLANNED, supplied)
    last = supplied or course.started_on
    if last is None:
        state = TherapyState.PAST if course.status is RecordStatus.STOPPED else TherapyState.POSSIBLY_TAKEN
        return StateOfDay(state, supplied)
    until = last.last
    if course.status is RecordStatus.STOPPED:
        return StateOfDay(TherapyState.PAST, supplied, shown_until=until, ended_by=until)
    return _until(until, until + timedelta(days=late_days), supplied, today)


def _until(until: date, possibly: date, supplied: ClinicalDate | None, today: date) -> StateOfDay:
    """Taken to one day, possibly taken to a later one, then over."""
    if today <= until:
        state = TherapyState.ACTIVE
    else:
        state = TherapyState.POSSIBLY_TAKEN if today <= possibly else TherapyState.PAST
    return StateOfDay(state, supplied, shown_until=until, ended_by=possibly)


def _administered(course: WrittenCourse, today: date, policy: Policy) -> StateOfDay:
    given = course.started_on
    if course.status is RecordStatus.HELD:
        return _held(course, None, today)
    if given is None:
        return StateOfDay(TherapyState.POSSIBLY_TAKEN)
    if _is_planned(course, today):
        return StateOfDay(TherapyState.PLANNED)
    until = given.last + timedelta(days=policy.administration_days)
    return _until(until, given.last + timedelta(days=policy.late_refill_days), None, today)


def _is_planned(course: WrittenCourse, today: date) -> bool:
    """Whether it is a plan by what it says, or begins after today."""
    is_ahead = course.starts_on is not None and course.starts_on.first > today
    return course.is_proposed or course.status is RecordStatus.PLANNED or is_ahead


def _is_over(day: ClinicalDate | None, today: date) -> bool:
    return day is not None and day.last < today
