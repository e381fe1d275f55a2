"""Dates a result without a usable date by its specimen, and by the day it was on record."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from cards.model.dates import ClinicalDate, as_current
from cards.model.labs import LabResult
from fhir_mappers.bundle.resources import RawResource
from fhir_mappers.context import MapContext
from fhir_mappers.json.dates import clinical_date, first_date
from fhir_mappers.json.fhir_json import Json, object_of, reference

_COLLECTED = ("collectedDateTime", "collectedPeriod")
_Fact = TypeVar("_Fact")


def with_dates_beside(
    facts: Sequence[_Fact], resource: RawResource, context: MapContext
) -> list[_Fact | LabResult]:
    """The facts of an Observation, those without a usable date with what its specimen and its record say.

    A specimen dates a result that has no date; a date that lies ahead stays as it is. The day the record was
    issued or last changed does not date it: the result is only known to be no younger.
    """
    today = context.today
    if not [fact for fact in facts if isinstance(fact, LabResult) and not fact.is_dated(today)]:
        return list(facts)
    content = resource.decoded()
    collected = _collected_on(content, context)
    on_record_by = _on_record_by(resource, content, context)
    return [
        _dated(fact, collected, on_record_by, context)
        if isinstance(fact, LabResult) and _is_in_doubt(fact, context)
        else fact
        for fact in facts
    ]


def _is_in_doubt(fact: object, context: MapContext) -> bool:
    return isinstance(fact, LabResult) and not fact.is_dated(context.today)


def _dated(
    result: LabResult, collected: ClinicalDate | None, on_record_by: ClinicalDate | None, context: MapContext
) -> LabResult:
    taken_on = as_current(result.taken_on or collected, context.as_of)
    found = replace(result, taken_on=taken_on)
    return found if found.is_dated(context.today) else replace(found, on_record_by=on_record_by)


def _collected_on(content: Json, context: MapContext) -> ClinicalDate | None:
    """When its specimen was collected, else received; None where the request does not contain the specimen."""
    literal = reference(content.get("specimen"))
    specimen = (context.find(literal, content) if literal else None) or {}
    collected = first_date(object_of(specimen.get("collection")), context.zone, *_COLLECTED)
    return collected or clinical_date(specimen.get("receivedTime"), context.zone)


def _on_record_by(resource: RawResource, content: Json, context: MapContext) -> ClinicalDate | None:
    """The first day on which the record is known to have existed."""
    meta = resource.peek.meta
    dates = (
        clinical_date(content.get("issued"), context.zone),
        clinical_date(meta.last_updated if meta else None, context.zone),
    )
    known = [day for day in dates if day is not None and day.first <= context.today]
    return min(known, key=lambda day: day.last, default=None)
