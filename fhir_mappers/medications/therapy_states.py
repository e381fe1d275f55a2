"""What one medication record says about today: taken, possibly taken, held, past or planned."""

from dataclasses import dataclass, replace
from fractions import Fraction

from cards.model.dates import ClinicalDate, whole_day
from cards.model.therapy import DoseRegimen, Product, TherapyState
from fhir_mappers.context import MapContext
from fhir_mappers.json.dates import clinical_date, first_date, period
from fhir_mappers.json.fhir_json import (
    Json,
    codings,
    number_of,
    object_of,
    quantity,
    status_of,
    text_of,
)
from fhir_mappers.medications.amounts import COUNTED, exact, unit_of
from fhir_mappers.medications.home_list import is_on_home_list, is_proposed
from fhir_mappers.medications.timing import days_of, later, window


@dataclass(frozen=True, slots=True)
class ReadingPolicy:
    """How old evidence may be: choices of this project, not of a publication."""

    stale_after_days: int = 180  # an active order without newer evidence is only possibly taken
    home_list_days: int = 365  # what the patient reported is taken for as long as this without newer evidence
    late_refill_days: int = 30  # a supply that ended this recently may still be taken
    recent_administration_days: int = 7  # a dose given this recently is a therapy of today


READING_POLICY = ReadingPolicy()


@dataclass(frozen=True, slots=True)
class RecordedCourse:
    """When a therapy was, as far as one record shows; `state` None: it was not a therapy at all."""

    state: TherapyState | None
    started_on: ClinicalDate | None = None
    ended_on: ClinicalDate | None = None
    supplied_until: ClinicalDate | None = None
    planned_for: ClinicalDate | None = None  # the day on which a planned therapy begins, where stated
    is_stale_report: bool = False  # on the home list, without a date or with an old date


_NONE = RecordedCourse(None)
_NEVER_TAKEN = ("entered-in-error", "cancelled", "not-done", "declined", "preparation", "not-taken")
_OVER = ("stopped", "ended", "completed")
_STOPPED = ("stopped", "ended")
_HELD = ("on-hold",)
_TAKEN = ("active", "recorded", "in-progress")
_MOST_REPEATS = 99


def course(
    resource: Json,
    dosages: list[Json],
    regimen: DoseRegimen | None,
    product: Product,
    context: MapContext,
    policy: ReadingPolicy = READING_POLICY,
) -> RecordedCourse:
    """The course of therapy that one record shows, on the day of the request."""
    kind = text_of(resource.get("resourceType"))
    if kind == "MedicationDispense":
        return _dispensed(resource, regimen, product, context, policy)
    if kind == "MedicationAdministration":
        return _administered(resource, context, policy)
    if kind in ("MedicationStatement", "MedicationUsage"):
        return _stated(resource, context, policy)
    return _ordered(resource, dosages, regimen, product, context, policy)


def _ordered(
    resource: Json,
    dosages: list[Json],
    regimen: DoseRegimen | None,
    product: Product,
    context: MapContext,
    policy: ReadingPolicy,
) -> RecordedCourse:
    status, written = status_of(resource), first_date(resource, context.zone, "authoredOn", "dateWritten")
    if status in _NEVER_TAKEN or resource.get("doNotPerform") is True:
        return _NONE
    start, end = _bounds(dosages, context)
    end = end or clinical_date(resource.get("dateEnded"), context.zone)
    started = start or written
    supplied = _order_supply(resource, started, regimen, product, context)
    if status in _STOPPED:
        supplied = _not_after_the_stop(supplied, resource, context)
    told = RecordedCourse(None, started, end, supplied)
    if is_proposed(resource, context) and status in _OVER:
        return _NONE  # a plan that was dropped, or carried out by a separate order
    if is_proposed(resource, context) or status == "draft" or _is_ahead(start, context):
        return replace(told, state=TherapyState.PLANNED, planned_for=start)
    if status in _HELD:
        return _with(told, TherapyState.HELD)
    if _is_over(end, context):
        return _with(told, TherapyState.PAST)
    if status in _OVER:
        # A completed prescription may have been filled: what was supplied may still be taken.
        reaches = status == "completed" and _reaches(supplied, context)
        return _with(told, TherapyState.POSSIBLY_TAKEN if reaches else TherapyState.PAST)
    if is_on_home_list(resource, context):
        return _reported(told, [written, supplied, start], status, context, policy)
    evidence = [written, supplied, *([end] if end else [])]
    return _with(told, _by_evidence(evidence, status, context, policy))


def _not_after_the_stop(
    supplied: ClinicalDate | None, resource: Json, context: MapContext
) -> ClinicalDate | None:
    """The last day on which an order stopped on an unrecorded day may still have been taken.

    Its supply may reach far beyond the stop, which was written on its own day or later.
    """
    written = clinical_date(object_of(resource.get("meta")).get("lastUpdated"), context.zone)
    if supplied is None or written is None or supplied.last <= written.last:
        return supplied
    return whole_day(written.last)


def _reported(
    told: RecordedCourse,
    evidence: list[ClinicalDate | None],
    status: str,
    context: MapContext,
    policy: ReadingPolicy,
) -> RecordedCourse:
    """The course of a home list entry: taken if reported recently, else somebody must ask."""
    newest = max((day.last for day in evidence if day), default=None)
    if newest is None or (context.today - newest).days > policy.home_list_days:
        return replace(told, state=TherapyState.POSSIBLY_TAKEN, is_stale_report=True)
    return _with(told, TherapyState.ACTIVE if status in _TAKEN else TherapyState.POSSIBLY_TAKEN)


def _with(told: RecordedCourse, state: TherapyState) -> RecordedCourse:
    return replace(told, state=state)


def _by_evidence(
    evidence: list[ClinicalDate | None], status: str, context: MapContext, policy: ReadingPolicy
) -> TherapyState:
    """Active as recorded, unless the newest evidence is old or the record does not say "active".

    Without a date nothing shows that the record is old: it is accepted as recorded.
    """
    newest = max((day.last for day in evidence if day), default=None)
    is_old = newest is not None and (context.today - newest).days > policy.stale_after_days
    return TherapyState.ACTIVE if status in _TAKEN and not is_old else TherapyState.POSSIBLY_TAKEN


def _is_ahead(day: ClinicalDate | None, context: MapContext) -> bool:
    return day is not None and day.first > context.today


def _is_over(day: ClinicalDate | None, context: MapContext) -> bool:
    return day is not None and day.last < context.today


def _reaches(day: ClinicalDate | None, context: MapContext) -> bool:
    return day is not None and day.last >= context.today


def _bounds(dosages: list[Json], context: MapContext) -> tuple[ClinicalDate | None, ClinicalDate | None]:
    """From when, and until when, the dosage instructions run; no end when one of them is open."""
    bounds = [_bound(dosage, context) for dosage in dosages]
    starts = [start for start, _ in bounds if start]
    ends = [end for _, end in bounds if end]
    start = min(starts, key=lambda day: day.first, default=None)
    is_closed = bool(ends) and len(ends) == len(bounds)
    return start, max(ends, key=lambda day: day.last) if is_closed else None


def _bound(dosage: Json, context: MapContext) -> tuple[ClinicalDate | None, ClinicalDate | None]:
    repeat = object_of(object_of(dosage.get("timing")).get("repeat"))
    start, end = period(repeat.get("boundsPeriod"), context.zone)
    length = window(dosage.get("timing"), context.zone).days
    if end is None and start is not None and length is not None:
        end = whole_day(later(start.last, max(length - 1, Fraction(0))))
    return start, end


def _order_supply(
    resource: Json,
    started: ClinicalDate | None,
    regimen: DoseRegimen | None,
    product: Product,
    context: MapContext,
) -> ClinicalDate | None:
    """The last day that an order's supply covers: its duration, its quantity, else its validity."""
    request = object_of(resource.get("dispenseRequest"))
    valid_from, valid_until = period(request.get("validityPeriod"), context.zone)
    repeats = number_of(request.get("numberOfRepeatsAllowed")) or 0
    fills = 1 + Fraction(int(repeats)) if 0 <= repeats <= _MOST_REPEATS else Fraction(1)
    days = days_of(request.get("expectedSupplyDuration"))
    days = days or _days_of_quantity(request.get("quantity"), regimen, product)
    from_when = valid_from or started
    if days is None or from_when is None:
        return valid_until
    return whole_day(later(from_when.last, max(days * fills - 1, Fraction(0))))


def _days_of_quantity(given: object, regimen: DoseRegimen | None, product: Product) -> Fraction | None:
    """How long a quantity of tablets lasts at the regimen; None when either is not known."""
    amount = quantity(given)
    if amount is None or regimen is None or product.strength_mg is None or amount.value <= 0:
        return None
    spelled = amount.code or amount.unit
    unit = unit_of(spelled) if spelled else ("unit", Fraction(1), False)
    if unit is None or unit[0] not in COUNTED:
        return None
    return exact(amount.value) * exact(product.strength_mg) / exact(regimen.mg_per_day)


def _stated(resource: Json, context: MapContext, policy: ReadingPolicy) -> RecordedCourse:
    status = _adherence(resource) or status_of(resource)
    if status in _NEVER_TAKEN or resource.get("wasNotTaken") is True or text_of(resource.get("taken")) == "n":
        return _NONE
    start, end = period(resource.get("effectivePeriod"), context.zone)
    at = clinical_date(resource.get("effectiveDateTime"), context.zone)
    asserted = first_date(resource, context.zone, "dateAsserted")
    told = RecordedCourse(None, start or at, end)
    if status in ("intended", "draft") or _is_ahead(start or at, context):
        return replace(told, state=TherapyState.PLANNED, planned_for=start or at)
    if status in _HELD:
        return _with(told, TherapyState.HELD)
    if status in _OVER or _is_over(end, context):
        return _with(told, TherapyState.PAST)
    return _with(told, _by_evidence([start, at, asserted, end], status, context, policy))


def _adherence(resource: Json) -> str:
    """R5's adherence, as the status that R4 has for it."""
    codes = {coding.code for coding in codings(object_of(resource.get("adherence")).get("code"))}
    for code, status in (("not-taking", "not-taken"), ("on-hold", "on-hold"), ("stopped", "stopped")):
        if code in codes:
            return status
    return ""


def _dispensed(
    resource: Json,
    regimen: DoseRegimen | None,
    product: Product,
    context: MapContext,
    policy: ReadingPolicy,
) -> RecordedCourse:
    status = status_of(resource)
    handed = first_date(resource, context.zone, "whenHandedOver", "whenPrepared")
    if status in _NEVER_TAKEN:
        return _NONE
    days = days_of(_with_days(resource.get("daysSupply")))
    days = days or _days_of_quantity(resource.get("quantity"), regimen, product)
    until = _supplied_until(handed, days)
    told = RecordedCourse(None, handed, None, until)
    if status in _HELD or (status == "in-progress" and handed is None):
        return _with(told, TherapyState.HELD if status in _HELD else TherapyState.PLANNED)
    if status == "stopped":
        return _with(told, TherapyState.PAST)
    return _with(told, _by_supply(until or handed, context, policy))


def _with_days(given: object) -> Json:
    """A daysSupply whose unit is left out, which says its unit by its name."""
    supply = object_of(given)
    return supply if supply.get("unit") or supply.get("code") else {**supply, "code": "d"}


def _supplied_until(handed: ClinicalDate | None, days: Fraction | None) -> ClinicalDate | None:
    if handed is None or days is None:
        return None
    return whole_day(later(handed.last, max(days - 1, Fraction(0))))


def _by_supply(last: ClinicalDate | None, context: MapContext, policy: ReadingPolicy) -> TherapyState:
    if last is None:
        return TherapyState.POSSIBLY_TAKEN
    since = (context.today - last.last).days
    if since <= 0:
        return TherapyState.ACTIVE
    return TherapyState.POSSIBLY_TAKEN if since <= policy.late_refill_days else TherapyState.PAST


def _administered(resource: Json, context: MapContext, policy: ReadingPolicy) -> RecordedCourse:
    status = status_of(resource)
    if status in _NEVER_TAKEN or resource.get("wasNotGiven") is True or resource.get("notGiven") is True:
        return _NONE
    given = first_date(
        resource,
        context.zone,
        "effectiveDateTime", "effectivePeriod", "effectiveTimeDateTime", "effectiveTimePeriod",
        "occurenceDateTime", "occurencePeriod",
    )  # fmt: skip
    told = RecordedCourse(None, given)
    if status in _HELD:
        return _with(told, TherapyState.HELD)
    if given is None:
        return _with(told, TherapyState.POSSIBLY_TAKEN)
    if _is_ahead(given, context):
        return replace(told, state=TherapyState.PLANNED, planned_for=given)
    since = given.days_before(context.today)
    if since <= policy.recent_administration_days:
        return _with(told, TherapyState.ACTIVE)
    lately = since <= policy.late_refill_days
    return _with(told, TherapyState.POSSIBLY_TAKEN if lately else TherapyState.PAST)
