"""Since when a record was known, and how it read then, before what an export shows of its end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, tzinfo
from typing import Any

from cards.model.dates import ClinicalDate
from fhir_mappers.json.dates import first_date
from fhir_mappers.json.fhir_json import object_of, text_of

Json = dict[str, Any]

ALWAYS = ("Patient", "Medication")


@dataclass(frozen=True, slots=True)
class _Dating:
    """Which elements say when a record was written, and which only when it was true."""

    written: tuple[str, ...]
    effective: tuple[str, ...] = ()


_DATING: Mapping[str, _Dating] = {
    "Observation": _Dating(("issued",), ("effectiveDateTime", "effectiveInstant", "effectivePeriod")),
    "DiagnosticReport": _Dating(("issued",), ("effectiveDateTime", "effectivePeriod")),
    "MedicationRequest": _Dating(("authoredOn",)),
    "MedicationOrder": _Dating(("dateWritten",)),
    "ServiceRequest": _Dating(("authoredOn",)),
    "ProcedureRequest": _Dating(("authoredOn",)),
    "ImmunizationRecommendation": _Dating(("date",)),
    "MedicationStatement": _Dating(("dateAsserted",), ("effectiveDateTime", "effectivePeriod")),
    "MedicationUsage": _Dating(("dateAsserted",), ("effectiveDateTime", "effectivePeriod")),
    # Handing over and giving are what these records are about, and are recorded as they happen.
    "MedicationDispense": _Dating(("whenHandedOver", "whenPrepared")),
    "MedicationAdministration": _Dating(("effectiveDateTime", "effectivePeriod")),
    "Condition": _Dating(("recordedDate",), ("onsetDateTime", "onsetPeriod")),
    "AllergyIntolerance": _Dating(("recordedDate",), ("onsetDateTime",)),
    "Immunization": _Dating(("recorded",), ("occurrenceDateTime",)),
    "Procedure": _Dating(("recorded",), ("performedDateTime", "performedPeriod")),
}
_ORDER_ENDS = ("completed", "stopped", "cancelled", "on-hold", "ended", "revoked", "entered-in-error")
_ENDED: Mapping[str, tuple[tuple[str, ...], str]] = {
    "Observation": (("entered-in-error", "cancelled"), "final"),
    "DiagnosticReport": (("entered-in-error", "cancelled"), "final"),
    "MedicationRequest": (_ORDER_ENDS, "active"),
    "MedicationOrder": (_ORDER_ENDS, "active"),
    "ServiceRequest": (_ORDER_ENDS, "active"),
    "ProcedureRequest": (_ORDER_ENDS, "active"),
    "MedicationStatement": (("completed", "stopped", "on-hold", "entered-in-error"), "active"),
    "MedicationUsage": (("completed", "stopped", "on-hold", "entered-in-error"), "active"),
    "MedicationDispense": (("entered-in-error",), "completed"),
    "MedicationAdministration": (("entered-in-error",), "completed"),
    "Immunization": (("entered-in-error",), "completed"),
    "Procedure": (("entered-in-error",), "completed"),
}
_ABATEMENT = ("abatementDateTime", "abatementPeriod", "abatementAge", "abatementRange", "abatementString")
_OVER = ("resolved", "inactive", "remission")
_WRONG = ("refuted", "entered-in-error")


def known_since(resource: Json, zone: tzinfo, *, assume_effective: bool) -> datetime | None:
    """The instant from which a record may be used; None when the record does not say it.

    A day without a time counts from its end: nothing may be seen before it was there.
    """
    dating = _DATING.get(text_of(resource.get("resourceType")))
    if dating is None:
        return None
    names = dating.written + (dating.effective if assume_effective else ())
    when = first_date(resource, zone, *names)
    return instant(when, zone, is_end=True) if when else None


def instant(when: ClinicalDate, zone: tzinfo, *, is_end: bool) -> datetime:
    """The recorded time; without one, the first or the last moment that the date may mean."""
    if when.at is not None:
        return when.at
    return datetime.combine(when.last if is_end else when.first, time.max if is_end else time.min, zone)


def last_updated(resource: Json, zone: tzinfo) -> datetime | None:
    """When the record took the form in which it came; None when it does not say."""
    when = first_date(object_of(resource.get("meta")), zone, "lastUpdated")
    return instant(when, zone, is_end=True) if when else None


def as_first_written(resource: Json) -> Json:
    """The record without what came of it later; the record itself where nothing shows that.

    An order that is now stopped was active; a problem that is now resolved was there.
    """
    kind = text_of(resource.get("resourceType"))
    if kind in ("Condition", "AllergyIntolerance"):
        return _as_first_noted(resource)
    ended, before = _ENDED.get(kind, ((), ""))
    if text_of(resource.get("status")) not in ended:
        return resource
    then = {name: value for name, value in resource.items() if name not in ("statusReason", "dateEnded")}
    then["status"] = before
    period = object_of(then.get("effectivePeriod"))
    if before == "active" and "end" in period:
        then["effectivePeriod"] = {name: value for name, value in period.items() if name != "end"}
    return then


def _as_first_noted(resource: Json) -> Json:
    then = {name: value for name, value in resource.items() if name not in _ABATEMENT}
    if _code_of(resource.get("clinicalStatus")) in _OVER:
        del then["clinicalStatus"]
    if _code_of(resource.get("verificationStatus")) in _WRONG:
        del then["verificationStatus"]
    return then if then != resource else resource


def _code_of(concept: object) -> str:
    codings = object_of(concept).get("coding")
    first = codings[0] if isinstance(codings, list) and codings else {}
    return text_of(object_of(first).get("code"))


def ended_on(resource: Json, zone: tzinfo) -> datetime | None:
    """When a problem or a stated therapy ended, by its own date: used only with `--assume effective`."""
    when = first_date(resource, zone, "abatementDateTime", "abatementPeriod")
    if when is None:
        when = first_date({"end": object_of(resource.get("effectivePeriod")).get("end")}, zone, "end")
    return instant(when, zone, is_end=True) if when else None
