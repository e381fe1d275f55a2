"""Observation to LabResult: blood counts, chemistry, metabolites, serology, vitals, pregnancy status."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from cards.model.facts import Unread, UnreadReason
from cards.model.labs import Analyte, LabResult
from fhir_mappers.context import MapContext
from fhir_mappers.json.dates import ends_before_it_starts, first_date
from fhir_mappers.json.doubt_words import BACKWARDS, MODIFIED
from fhir_mappers.json.fhir_json import Json, codings, objects_of, text_of, texts
from fhir_mappers.json.reading import Reading, read
from fhir_mappers.json.repeated import remembered
from fhir_mappers.results.analyte_identity import code_identity
from fhir_mappers.results.findings import finding_of_interpretation, interpretation_of
from fhir_mappers.results.lab_values import (
    MeasuredValue,
    NotReadableError,
    measured,
    reference_range,
    reported_value,
)
from fhir_mappers.results.specimen_identity import other_specimen, specimens_stated
from fhir_mappers.terminology.analytes import analytes_by_race, analytes_of
from fhir_mappers.terminology.codes import lookup
from fhir_mappers.terminology.identity import Contradiction

OBSERVATION = "Observation"
DATES = ("effectiveDateTime", "effectivePeriod", "effectiveInstant", "effectiveTiming", "issued")
VALUES = (
    "valueQuantity",
    "valueCodeableConcept",
    "valueString",
    "valueBoolean",
    "valueInteger",
    "valueRange",
    "valueRatio",
    "valueSampledData",
    "valueTime",
    "valueDateTime",
    "valuePeriod",
    "valueAttachment",  # R5
    "valueReference",  # R5
)
ELEMENTS = frozenset(
    {
        "status",
        "code",
        *VALUES,
        *DATES,
        "dataAbsentReason",
        "interpretation",
        "referenceRange",
        "method",
        "component",
        "hasMember",
    }
)
_BY_RACE = "computed with a term for race"
_REGISTERED = "registered"
NO_RESULT = (_REGISTERED, "cancelled", "entered-in-error")

# A weight that is not the patient's of the day: at birth, aimed at, or computed.
_NOT_OF_THE_DAY = re.compile(
    r"\b(birth|ideal|goal|target|percentile|fetal|dry|adjusted|lean|loss|gain|change)\b"
)
_OF_THE_BODY = (Analyte.BODY_WEIGHT, Analyte.BODY_HEIGHT)
_CODED_WITH_METHOD = (*_OF_THE_BODY, Analyte.PREGNANCY_STATUS)
_SAID_BY_CODE: Mapping[str, str] = {"Stated": "stated", "Est)": "estimated", "Reported": "reported"}


def lab_results(resource: Json, context: MapContext) -> list[LabResult | Unread]:
    """What one Observation measured: its own value, and one result for each known component.

    Cancelled and mistaken records give nothing. An unusable value of a known analyte is an Unread.
    """
    analytes = {found for part in _parts(resource) for found in analytes_of(part.get("code"))}
    status = text_of(resource.get("status")).lower()
    if not analytes and status not in NO_RESULT and (by_race := analytes_by_race(resource.get("code"))):
        return _unread_as_a_whole(by_race, _BY_RACE, resource, context, reason=UnreadReason.NOT_UNDERSTOOD)
    if not analytes or (status in NO_RESULT and not (status == _REGISTERED and _has_value(resource))):
        return []
    if status == _REGISTERED:
        why = "it holds a value, and its status says that there is none yet"
        return _unread_as_a_whole(analytes, why, resource, context, reason=UnreadReason.CONTRADICTORY)
    if resource.get("modifierExtension"):
        return _unread_as_a_whole(analytes, MODIFIED, resource, context, reason=UnreadReason.MODIFIER)
    reading = read(resource, OBSERVATION, ELEMENTS, context.zone)
    found: list[LabResult | Unread] = []
    specimens = specimens_stated(resource, context)
    found += _of_part(reading.resource, reading.lost_in("value"), reading, context, specimens)
    for part in objects_of(reading.resource.get("component")):
        found += _of_part(part, _lost_value_of_component(reading), reading, context, specimens)
    if reading.lost_in("effective", "issued"):
        why = "its date could not be read"
        doubt = _unread(min(analytes), why, resource, context, reason=UnreadReason.DATE)
        found += [replace(_with_value(doubt, resource), is_counted=True)]
    elif found and ends_before_it_starts(resource.get("effectivePeriod"), context.zone):
        doubt = _unread(min(analytes), BACKWARDS, resource, context, reason=UnreadReason.DATE)
        found += [replace(_with_value(doubt, resource), is_counted=True)]
    if not found and (lost := reading.lost_in("code", "component")):
        why = f"not valid FHIR ({lost})"
        found += [
            _unread(one, why, reading.resource, context, reason=UnreadReason.INVALID)
            for one in sorted(analytes)
        ]
    return found


def _has_value(observation: Json) -> bool:
    return any(part.get(name) for part in _parts(observation) for name in VALUES)


def _one_a_kind(analytes: Iterable[Analyte]) -> Iterable[Analyte]:
    """One analyte of each kind of facts: what is not used at all is told once a kind."""
    return {one.kind: one for one in sorted(analytes, reverse=True)}.values()


def _parts(observation: Json) -> list[Json]:
    return [observation, *objects_of(observation.get("component"))]


def _lost_value_of_component(reading: Reading) -> str:
    return next((place for place in reading.lost if place.startswith("component") and ".value" in place), "")


def _of_part(
    part: Json, lost: str, reading: Reading, context: MapContext, specimens: frozenset[str]
) -> Iterator[LabResult | Unread]:
    analytes = sorted(analytes_of(part.get("code")))
    if not analytes or _is_not_of_the_day(analytes[0], part):
        return
    if len(analytes) > 1:
        names = " and ".join(analyte.plain_name for analyte in analytes)
        yield from (
            _unread(
                one, f"its codes mean {names}", reading.resource, context, reason=UnreadReason.CONTRADICTORY
            )
            for one in analytes
        )
        return
    identity = code_identity(part.get("code"))
    if identity.contradiction:
        yield from _contradictory(part, identity.contradiction, reading.resource, context)
        return
    if specimen := other_specimen(analytes[0], identity.specimens, specimens):
        why = f"the specimen is {specimen}"
        told = _unread(analytes[0], why, reading.resource, context, reason=UnreadReason.CONTRADICTORY)
        yield _with_value(told, part)
        return
    try:
        value = measured(analytes[0], part, lost)
        if value is not None:
            yield _result(analytes[0], value, part, reading.resource, context)
    except NotReadableError as error:
        found = _unread(analytes[0], str(error), reading.resource, context, reason=error.reason)
        yield replace(_with_value(found, part), deciding=error.reason is not UnreadReason.NO_VALUE)


def _contradictory(
    part: Json, found: Contradiction, observation: Json, context: MapContext
) -> Iterator[Unread]:
    """The note on a value whose code and wording name different analytes: it belongs to neither."""
    first, other = (
        f"{named.part} says {' and '.join(Analyte(one).plain_name for one in sorted(named.concepts))}"
        for named in (found.one, found.other)
    )
    value = reported_value(part)
    named = _one_a_kind(Analyte(one) for side in (found.one, found.other) for one in side.concepts)
    for one in named:
        told = _unread(
            one, f"its {first} and its {other}", observation, context, reason=UnreadReason.CONTRADICTORY
        )
        yield replace(told, what=f"a value{f' ({value})' if value else ''}")


def _unread(
    analyte: Analyte, why: str, observation: Json, context: MapContext, *, reason: UnreadReason
) -> Unread:
    taken_on = first_date(observation, context.zone, *DATES)
    return Unread(context.record_ref, analyte.kind, why, reason=reason, what=analyte.plain_name, on=taken_on)


def _unread_as_a_whole(
    analytes: Iterable[Analyte], why: str, observation: Json, context: MapContext, *, reason: UnreadReason
) -> list[LabResult | Unread]:
    told = (_unread(one, why, observation, context, reason=reason) for one in _one_a_kind(analytes))
    return [_with_value(one, observation) for one in told]


def _with_value(told: Unread, part: Json) -> Unread:
    """The note with the value that came, unless its reason quotes it already, or a part of the value was lost."""
    value = reported_value(part) if told.reason is not UnreadReason.INVALID else ""
    is_quoted = value.partition(" ")[0].lstrip("<>=~") in told.why
    return replace(told, what=f"{told.what} {value}") if value and not is_quoted else told


def _is_not_of_the_day(analyte: Analyte, part: Json) -> bool:
    if analyte not in _OF_THE_BODY:
        return False
    return any(_NOT_OF_THE_DAY.search(text.casefold()) for text in texts(part.get("code")))


def _result(
    analyte: Analyte, value: MeasuredValue, part: Json, observation: Json, context: MapContext
) -> LabResult:
    interpretation = interpretation_of(part.get("interpretation"))
    in_words = finding_of_interpretation(interpretation) if analyte.row.in_words else None
    low, high = reference_range(analyte, part)
    return LabResult(
        analyte=analyte,
        record_ref=context.record_ref,
        value=value.value,
        unit=analyte.unit if value.value is not None else "",
        comparator=value.comparator,
        finding=value.finding or in_words,
        taken_on=first_date(observation, context.zone, *DATES),
        reference_low=low,
        reference_high=high,
        interpretation=interpretation,
        reported=value.reported,
        method=_method(analyte, part, observation),
        is_preliminary=text_of(observation.get("status")).lower() == "preliminary",
    )


def _method(analyte: Analyte, part: Json, observation: Json) -> str:
    """The method as stated, or what the code says about how a weight or height was come by."""
    if stated := next(iter(texts(observation.get("method"))), ""):
        return stated
    return _method_of_code(part.get("code")) if analyte in _CODED_WITH_METHOD else ""


@remembered
def _method_of_code(code: object) -> str:
    meanings = [meaning for one in codings(code) for meaning in lookup(one.system, one.code)]
    said = (
        word for mark, word in _SAID_BY_CODE.items() if any(mark in meaning.display for meaning in meanings)
    )
    return next(said, "")
