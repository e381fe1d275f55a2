"""What the state of a medication record follows from: its status, its dates, its supply."""

from fractions import Fraction

from cards.model.dates import ClinicalDate, later, whole_day
from cards.model.dosage.amounts import COUNTED, exact
from cards.model.medications import RecordKind, RecordStatus, Supply, WrittenCourse
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
from fhir_mappers.medications.amounts import unit_of
from fhir_mappers.medications.home_list import is_on_home_list, is_proposed
from fhir_mappers.medications.timing import days_of, window
from fhir_mappers.terminology.hold_reasons import admission_reasons

_NEVER_TAKEN = ("entered-in-error", "cancelled", "not-done", "declined", "preparation", "not-taken")
_OVER = (RecordStatus.STOPPED, RecordStatus.COMPLETED)
_STATUS = {
    "active": RecordStatus.TAKEN,
    "recorded": RecordStatus.TAKEN,
    "in-progress": RecordStatus.TAKEN,
    "on-hold": RecordStatus.HELD,
    "completed": RecordStatus.COMPLETED,
    "stopped": RecordStatus.STOPPED,
    "ended": RecordStatus.STOPPED,
}
_OF_ORDER = _STATUS | {"draft": RecordStatus.PLANNED}
_OF_STATEMENT = _STATUS | {"draft": RecordStatus.PLANNED, "intended": RecordStatus.PLANNED}
_OF_DISPENSE = {"on-hold": RecordStatus.HELD, "stopped": RecordStatus.STOPPED}
_OF_ADMINISTRATION = {"on-hold": RecordStatus.HELD}
_MOST_REPEATS = 99


def written_course(resource: Json, dosages: list[Json], context: MapContext) -> WrittenCourse | None:
    """The course of therapy as one record states it; None for one that was never a therapy."""
    kind = text_of(resource.get("resourceType"))
    if kind == "MedicationDispense":
        return _dispensed(resource, context)
    if kind == "MedicationAdministration":
        return _administered(resource, context)
    if kind in ("MedicationStatement", "MedicationUsage"):
        return _stated(resource, context)
    return _ordered(resource, dosages, context)


def _ordered(resource: Json, dosages: list[Json], context: MapContext) -> WrittenCourse | None:
    if status_of(resource) in _NEVER_TAKEN or resource.get("doNotPerform") is True:
        return None
    status = _OF_ORDER.get(status_of(resource), RecordStatus.OTHER)
    proposed, reported = is_proposed(resource, context), is_on_home_list(resource, context)
    if proposed and status in _OVER:
        return None  # a plan that was dropped, or carried out by a separate order
    written = first_date(resource, context.zone, "authoredOn", "dateWritten")
    start, end = _bounds(dosages, context)
    end = end or clinical_date(resource.get("dateEnded"), context.zone)
    return WrittenCourse(
        RecordKind.ORDER,
        status,
        started_on=start or written,
        starts_on=start,
        ended_on=end,
        evidence=_days(written, start if reported else end),
        supply=_supply_of_order(resource, start or written, context),
        updated_on=clinical_date(object_of(resource.get("meta")).get("lastUpdated"), context.zone),
        is_held_for_admission=status is RecordStatus.HELD and _is_for_admission(resource),
        is_proposed=proposed,
        is_on_home_list=reported,
    )


def _is_for_admission(resource: Json) -> bool:
    """Whether its status is so for an operation or an admission, and for no other reason."""
    reasons = {(coding.system, coding.code) for coding in codings(object_of(resource.get("statusReason")))}
    return bool(reasons) and reasons <= admission_reasons()


def _days(*dates: ClinicalDate | None) -> tuple[ClinicalDate, ...]:
    return tuple(day for day in dates if day is not None)


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


def _supply_of_order(resource: Json, started: ClinicalDate | None, context: MapContext) -> Supply:
    """The supply of an order: its duration, its quantity, else its validity."""
    request = object_of(resource.get("dispenseRequest"))
    valid_from, valid_until = period(request.get("validityPeriod"), context.zone)
    repeats = number_of(request.get("numberOfRepeatsAllowed")) or 0
    return Supply(
        from_on=valid_from or started,
        days=days_of(request.get("expectedSupplyDuration")),
        units=_units(request.get("quantity")),
        fills=1 + Fraction(int(repeats)) if 0 <= repeats <= _MOST_REPEATS else Fraction(1),
        valid_until=valid_until,
    )


def _units(given: object) -> Fraction | None:
    """How many tablets or capsules a quantity is; None when it is none, or of something else."""
    amount = quantity(given)
    if amount is None or amount.value <= 0:
        return None
    spelled = amount.code or amount.unit
    unit = unit_of(spelled) if spelled else ("unit", Fraction(1), False)
    return exact(amount.value) if unit is not None and unit[0] in COUNTED else None


def _stated(resource: Json, context: MapContext) -> WrittenCourse | None:
    status = _adherence(resource) or status_of(resource)
    if status in _NEVER_TAKEN or resource.get("wasNotTaken") is True or text_of(resource.get("taken")) == "n":
        return None
    start, end = period(resource.get("effectivePeriod"), context.zone)
    at = clinical_date(resource.get("effectiveDateTime"), context.zone)
    asserted = first_date(resource, context.zone, "dateAsserted")
    means = _OF_STATEMENT.get(status, RecordStatus.OTHER)
    is_over = means in (*_OVER, RecordStatus.HELD)
    return WrittenCourse(
        RecordKind.STATEMENT,
        means,
        started_on=start or at,
        starts_on=start or at,
        ended_on=end,
        evidence=_days(start, at, end) if is_over else _days(start, at, asserted, end),
        updated_on=asserted
        or clinical_date(object_of(resource.get("meta")).get("lastUpdated"), context.zone),
    )


def _adherence(resource: Json) -> str:
    """R5's adherence, as the status that R4 has for it."""
    codes = {coding.code for coding in codings(object_of(resource.get("adherence")).get("code"))}
    for code, status in (("not-taking", "not-taken"), ("on-hold", "on-hold"), ("stopped", "stopped")):
        if code in codes:
            return status
    return ""


def _dispensed(resource: Json, context: MapContext) -> WrittenCourse | None:
    status = status_of(resource)
    if status in _NEVER_TAKEN:
        return None
    handed = first_date(resource, context.zone, "whenHandedOver", "whenPrepared")
    is_planned = status == "in-progress" and handed is None
    return WrittenCourse(
        RecordKind.DISPENSE,
        RecordStatus.PLANNED if is_planned else _OF_DISPENSE.get(status, RecordStatus.OTHER),
        started_on=handed,
        supply=Supply(
            from_on=handed,
            days=days_of(_with_days(resource.get("daysSupply"))),
            units=_units(resource.get("quantity")),
        ),
    )


def _with_days(given: object) -> Json:
    """A daysSupply whose unit is left out, which says its unit by its name."""
    supply = object_of(given)
    return supply if supply.get("unit") or supply.get("code") else {**supply, "code": "d"}


def _administered(resource: Json, context: MapContext) -> WrittenCourse | None:
    status = status_of(resource)
    if status in _NEVER_TAKEN or resource.get("wasNotGiven") is True or resource.get("notGiven") is True:
        return None
    given = first_date(
        resource,
        context.zone,
        "effectiveDateTime", "effectivePeriod", "effectiveTimeDateTime", "effectiveTimePeriod",
        "occurenceDateTime", "occurencePeriod",
    )  # fmt: skip
    return WrittenCourse(
        RecordKind.ADMINISTRATION,
        _OF_ADMINISTRATION.get(status, RecordStatus.OTHER),
        started_on=given,
        starts_on=given,
    )
