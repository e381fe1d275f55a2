"""What does one medication record say about today: taken, possibly taken, held, past or planned?"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from cards.model.dates import ClinicalDate, later, whole_day
from cards.model.dosage.amounts import exact
from cards.model.medications import RecordKind, RecordStatus, Supply, WrittenCourse
from cards.model.therapy import DoseRegimen, Product, TherapyState


@dataclass(frozen=True, slots=True)
class ReadingPolicy:
    """How old evidence may be: choices of this project, not of a publication."""

    stale_after_days: int = 180  # an active order without newer evidence is only possibly taken
    home_list_days: int = 365  # what the patient reported is taken for as long as this without newer evidence
    late_refill_days: int = 30  # a supply that ended this recently may still be taken
    recent_administration_days: int = 7  # a dose given this recently is a therapy of today
    weight_within_days: int = 730  # an older weight does not turn mg/kg into mg


READING_POLICY = ReadingPolicy()


@dataclass(frozen=True, slots=True)
class StateOfDay:
    """What a record says about today."""

    state: TherapyState
    supplied_until: ClinicalDate | None = None
    is_stale_report: bool = False  # on the home list, without a date or with an old date


def state_of_day(
    course: WrittenCourse,
    regimen: DoseRegimen | None,
    product: Product,
    today: date,
    policy: ReadingPolicy = READING_POLICY,
) -> StateOfDay:
    """The state of the therapy that one record shows; `regimen` is today's, which a supply is counted by."""
    supplied = _supplied_until(course.supply, regimen, product)
    if course.kind is RecordKind.ORDER:
        return _ordered(course, supplied, today, policy)
    if course.kind is RecordKind.DISPENSE:
        return StateOfDay(_dispensed(course, supplied or course.started_on, today, policy), supplied)
    is_statement = course.kind is RecordKind.STATEMENT
    return StateOfDay((_stated if is_statement else _administered)(course, today, policy))


def _supplied_until(supply: Supply, regimen: DoseRegimen | None, product: Product) -> ClinicalDate | None:
    """The last day that a supply covers: by its days, by its quantity, else by its validity.

    Of a stopped order, no later than its stop was on record: the supply may reach far beyond.
    """
    days = supply.days or _days_of(supply.units, regimen, product)
    until = supply.valid_until
    if days is not None and supply.from_on is not None:
        until = whole_day(later(supply.from_on.last, max(days * supply.fills - 1, Fraction(0))))
    latest = supply.not_after
    return whole_day(latest.last) if until and latest and latest.last < until.last else until


def _days_of(units: Fraction | None, regimen: DoseRegimen | None, product: Product) -> Fraction | None:
    """How long so many tablets last at the regimen; None when either is not known."""
    if units is None or regimen is None or product.strength_mg is None:
        return None
    return units * exact(product.strength_mg) / exact(regimen.mg_per_day)


def _ordered(
    course: WrittenCourse, supplied: ClinicalDate | None, today: date, policy: ReadingPolicy
) -> StateOfDay:
    evidence = [*course.evidence, *([supplied] if supplied else [])]
    if _is_planned(course, today):
        return StateOfDay(TherapyState.PLANNED, supplied)
    if course.status is RecordStatus.HELD:
        return StateOfDay(TherapyState.HELD, supplied)
    if course.status is RecordStatus.STOPPED or _is_over(course.ended_on, today):
        return StateOfDay(TherapyState.PAST, supplied)
    if course.status is RecordStatus.COMPLETED:
        # A completed prescription may have been filled: what was supplied may still be taken.
        reaches = supplied is not None and supplied.last >= today
        return StateOfDay(TherapyState.POSSIBLY_TAKEN if reaches else TherapyState.PAST, supplied)
    if course.is_on_home_list:
        return _reported(course.status, evidence, supplied, today, policy)
    return StateOfDay(_by_evidence(course.status, evidence, today, policy), supplied)


def _reported(
    status: RecordStatus,
    evidence: list[ClinicalDate],
    supplied: ClinicalDate | None,
    today: date,
    policy: ReadingPolicy,
) -> StateOfDay:
    """The state of a home list entry: taken if reported recently, else somebody must ask."""
    newest = max((day.last for day in evidence), default=None)
    if newest is None or (today - newest).days > policy.home_list_days:
        return StateOfDay(TherapyState.POSSIBLY_TAKEN, supplied, is_stale_report=True)
    is_taken = status is RecordStatus.TAKEN
    return StateOfDay(TherapyState.ACTIVE if is_taken else TherapyState.POSSIBLY_TAKEN, supplied)


def _by_evidence(
    status: RecordStatus, evidence: list[ClinicalDate], today: date, policy: ReadingPolicy
) -> TherapyState:
    """Active as recorded, unless the newest evidence is old or the record does not say "active".

    Without a date nothing shows that the record is old: it is accepted as recorded.
    """
    newest = max((day.last for day in evidence), default=None)
    is_old = newest is not None and (today - newest).days > policy.stale_after_days
    is_taken = status is RecordStatus.TAKEN and not is_old
    return TherapyState.ACTIVE if is_taken else TherapyState.POSSIBLY_TAKEN


def _stated(course: WrittenCourse, today: date, policy: ReadingPolicy) -> TherapyState:
    if _is_planned(course, today):
        return TherapyState.PLANNED
    if course.status is RecordStatus.HELD:
        return TherapyState.HELD
    if course.status in (RecordStatus.STOPPED, RecordStatus.COMPLETED) or _is_over(course.ended_on, today):
        return TherapyState.PAST
    return _by_evidence(course.status, [*course.evidence], today, policy)


def _dispensed(
    course: WrittenCourse, last: ClinicalDate | None, today: date, policy: ReadingPolicy
) -> TherapyState:
    if course.status is RecordStatus.HELD:
        return TherapyState.HELD
    if course.status is RecordStatus.PLANNED:
        return TherapyState.PLANNED
    if course.status is RecordStatus.STOPPED:
        return TherapyState.PAST
    if last is None:
        return TherapyState.POSSIBLY_TAKEN
    since = (today - last.last).days
    if since <= 0:
        return TherapyState.ACTIVE
    return TherapyState.POSSIBLY_TAKEN if since <= policy.late_refill_days else TherapyState.PAST


def _administered(course: WrittenCourse, today: date, policy: ReadingPolicy) -> TherapyState:
    given = course.started_on
    if course.status is RecordStatus.HELD:
        return TherapyState.HELD
    if given is None:
        return TherapyState.POSSIBLY_TAKEN
    if _is_planned(course, today):
        return TherapyState.PLANNED
    since = given.days_before(today)
    if since <= policy.recent_administration_days:
        return TherapyState.ACTIVE
    return TherapyState.POSSIBLY_TAKEN if since <= policy.late_refill_days else TherapyState.PAST


def _is_planned(course: WrittenCourse, today: date) -> bool:
    """Whether it is a plan by what it says, or begins after today."""
    is_ahead = course.starts_on is not None and course.starts_on.first > today
    return course.is_proposed or course.status is RecordStatus.PLANNED or is_ahead


def _is_over(day: ClinicalDate | None, today: date) -> bool:
    return day is not None and day.last < today
