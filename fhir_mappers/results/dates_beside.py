"""Dates a result without a date by its specimen, and says on which days its record existed."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from cards.model.dates import ClinicalDate
from cards.model.labs import LabResult
from fhir_mappers.bundle.resources import RawResource
from fhir_mappers.context import MapContext
from fhir_mappers.json.dates import clinical_date, first_date
from fhir_mappers.json.fhir_json import Json, object_of, reference

_COLLECTED = ("collectedDateTime", "collectedPeriod")
_DAY = len("2026-03-09")
_SECOND = len("2026-03-09T08:00:00")
_Fact = TypeVar("_Fact")


def with_dates_beside(
    facts: Sequence[_Fact], resource: RawResource, context: MapContext
) -> list[_Fact | LabResult]:
    """The facts of an Observation with what its specimen and its record say about their date.

    A specimen dates a result that has no date. The days on which the record was issued or last changed do not
    date it: they show it to be no younger, where it has no date or, on some day, its date lies ahead.
    """
    undated = [fact for fact in facts if isinstance(fact, LabResult) and fact.taken_on is None]
    if not undated and not _may_precede_its_date(facts, resource):
        return list(facts)
    content = resource.decoded()
    collected = _collected_on(content, context) if undated else None
    on_record = _on_record(resource, content, context)
    return [
        replace(fact, taken_on=fact.taken_on or collected, on_record=on_record)
        if isinstance(fact, LabResult)
        else fact
        for fact in facts
    ]


def dated_in_life(result: LabResult, born_on: ClinicalDate | None) -> LabResult:
    """The result without a date that lies before the patient's birth: 0001-01-01 or 1900-01-01 stand for none."""
    if born_on is None or result.taken_on is None or result.taken_on.last >= born_on.first:
        return result
    return replace(result, taken_on=None)


def _may_precede_its_date(facts: Sequence[object], resource: RawResource) -> bool:
    """Whether the record may have existed before the day that dates its results: hardly ever."""
    taken_on = next((fact.taken_on for fact in facts if isinstance(fact, LabResult)), None)
    if taken_on is None:
        return False
    peek = resource.peek
    days = (peek.issued, peek.meta.last_updated if peek.meta else None)
    return any(text and not _is_no_earlier(text, taken_on, peek.effective_date_time or "") for text in days)


def _is_no_earlier(text: str, taken_on: ClinicalDate, stated: str) -> bool:
    """Whether a time as sent falls on the day of a date or later, as is plain without reading it.

    A day later in any zone is not earlier in the site's; on the same day it must be of the zone of the date
    as `stated`, and not before it.
    """
    day = text[:_DAY]
    if day != taken_on.text:
        return day[: len(taken_on.text)] > taken_on.text
    is_of_its_zone = stated[:_DAY] == day and _zone_of(text) == _zone_of(stated)
    return is_of_its_zone and text[:_SECOND] >= stated[:_SECOND]


def _zone_of(text: str) -> str:
    return "Z" if text.endswith("Z") else text[-len("+01:00") :]


def _collected_on(content: Json, context: MapContext) -> ClinicalDate | None:
    """When its specimen was collected, else received; None where the request does not contain the specimen."""
    literal = reference(content.get("specimen"))
    specimen = (context.find(literal, content) if literal else None) or {}
    collected = first_date(object_of(specimen.get("collection")), context.zone, *_COLLECTED)
    return collected or clinical_date(specimen.get("receivedTime"), context.zone)


def _on_record(resource: RawResource, content: Json, context: MapContext) -> tuple[ClinicalDate, ...]:
    """The days on which the record is known to have existed."""
    meta = resource.peek.meta
    days = (
        clinical_date(content.get("issued"), context.zone),
        clinical_date(meta.last_updated if meta else None, context.zone),
    )
    return tuple(day for day in days if day is not None)
