"""The value of one laboratory result: a number in the analyte's unit, a bound, or a word."""

import re
from collections.abc import Callable, Mapping

import msgspec

from cards.model.facts import UnreadReason
from cards.model.labs import Analyte, LabFinding
from fhir_mappers.json.fhir_json import (
    Json,
    Quantity,
    codings,
    object_of,
    objects_of,
    quantity,
    text_of,
    texts,
    valued,
)
from fhir_mappers.results.findings import (
    finding_of_concept,
    finding_of_interpretation,
    finding_of_text,
    interpretation_of,
)
from fhir_mappers.terminology.units import UnknownUnitError, conversion

_NUMBER_TEXT = re.compile(r"(<=|>=|<|>|≤|≥)?\s*(-?\d+(?:\.\d+)?)(?:\s+(\S.*)|([^\d\s.,].*))?")
_GROUPED_NUMBER = re.compile(r"(?:<=|>=|<|>|≤|≥)?\s*\d+[,'’]\d.*")
_RANGE_TEXT = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(?:-|–|to)\s*(\d+(?:\.\d+)?)\s*")
_KINDS = (
    "Quantity", "CodeableConcept", "String", "Boolean", "Integer", "Range", "Ratio", "SampledData", "Time",
    "DateTime", "Period", "Attachment", "Reference",
)  # fmt: skip
_SIGNS = {"≤": "<=", "≥": ">="}
COMPARATORS = ("", "<", "<=", ">=", ">")
_QUOTABLE = 24
_UNREMARKABLE = ("N", "NEG", "ND")


class NotReadableError(Exception):
    """Why one value cannot be used, in plain words."""

    def __init__(self, why: str, reason: UnreadReason = UnreadReason.NOT_UNDERSTOOD) -> None:
        super().__init__(why)
        self.reason = reason


class MeasuredValue(msgspec.Struct, frozen=True):
    """What the value itself says: a number in the analyte's unit, or a word."""

    reported: str
    value: float | None = None
    comparator: str | None = None
    finding: LabFinding | None = None


def measured(analyte: Analyte, part: Json, lost: str) -> MeasuredValue | None:
    """What the value of an Observation or component says, None for a panel without its own value.

    `lost` is the place of a value that was not valid FHIR. Raises NotReadableError for an unusable value.
    """
    values = [(kind, value) for kind, value in valued(part) if kind in _KINDS]
    absent = _spelled(part.get("dataAbsentReason"))
    if lost:  # a comparator may be what was lost: then no part of the value can be trusted
        raise NotReadableError(f"its value could not be read ({lost})", UnreadReason.INVALID)
    if not values:
        return _without_value(analyte, part, absent)
    if len(values) > 1:
        raise NotReadableError("it holds two values", UnreadReason.CONTRADICTORY)
    if absent:
        raise NotReadableError(
            "it gives both a value and a reason for having none", UnreadReason.CONTRADICTORY
        )
    kind, value = values[0]
    interpreted = finding_of_interpretation(interpretation_of(part.get("interpretation")))
    interpreted = interpreted if analyte.row.in_words else None
    try:
        found = _READERS.get(kind, _unreadable)(analyte, value)
    except NotReadableError:
        if interpreted is not None:
            return MeasuredValue(_as_it_came(value), finding=interpreted)
        raise
    if interpreted is not None and found.finding not in (None, interpreted):
        why = f"its value says {found.finding} and its mark {interpreted}"
        raise NotReadableError(why, UnreadReason.CONTRADICTORY)
    return found


def _without_value(analyte: Analyte, part: Json, absent: str) -> MeasuredValue | None:
    """What a result without a value says: a laboratory may send "positive", or "critically low", as its mark alone."""
    mark = interpretation_of(part.get("interpretation"))
    found = finding_of_interpretation(mark) if analyte.row.in_words and not absent else None
    if found is not None:
        return MeasuredValue(found.value, finding=found)
    said = mark or _spelled(part.get("interpretation"))
    if said and mark not in _UNREMARKABLE:
        raise NotReadableError(f"it has no value and is marked {_quoted(said)}")
    _say_why_absent(part, absent)
    return None


def _say_why_absent(part: Json, absent: str) -> None:
    if absent:
        raise NotReadableError(f"no value ({absent[:_QUOTABLE]})", UnreadReason.NO_VALUE)
    if not objects_of(part.get("component")) and not part.get("hasMember"):
        raise NotReadableError("no value", UnreadReason.NO_VALUE)


def _of_quantity(analyte: Analyte, value: object) -> MeasuredValue:
    given = quantity(value)
    if given is None:
        raise NotReadableError("its value has no number")
    if given.comparator not in COMPARATORS:
        raise NotReadableError(f"the sign {given.comparator[:_QUOTABLE]!r} before its value is unknown")
    converted = _converted(analyte, given)
    return MeasuredValue(_as_it_came(value), converted, given.comparator or None)


def _converted(analyte: Analyte, given: Quantity) -> float:
    try:
        number = conversion(analyte, given)(given.value)
    except UnknownUnitError as error:
        raise NotReadableError(f"{given.value:g}, {error}") from None
    plausible = analyte.row.plausible
    if not plausible.low <= number <= plausible.high:
        read, came = f"{number:g} {analyte.unit}", f"{given.value:g} {given.unit}"
        raise NotReadableError(f"{read} is not plausible{'' if came == read else f' (it came as {came})'}")
    return number


def _of_text(analyte: Analyte, value: object) -> MeasuredValue:
    text = text_of(value)
    if analyte.row.in_words and (finding := finding_of_text(text)):
        return MeasuredValue(text, finding=finding)
    if _GROUPED_NUMBER.fullmatch(text):
        raise NotReadableError(f"{_quoted(text)}, where the comma may group thousands or begin decimals")
    if _RANGE_TEXT.fullmatch(text):
        raise NotReadableError(f"{_quoted(text)} is a range")
    match = _NUMBER_TEXT.fullmatch(text)
    if match is None:
        raise NotReadableError(f"{_quoted(text)} is not readable as a result")
    sign, number, spaced, joined = match.groups()
    unit = spaced or joined or ""
    given = Quantity(float(number), _SIGNS.get(sign or "", sign or ""), unit)
    return MeasuredValue(text, _converted(analyte, given), given.comparator or None)


def _of_concept(analyte: Analyte, value: object) -> MeasuredValue:
    if analyte.row.in_words and (finding := finding_of_concept(value)):
        return MeasuredValue(_spelled(value), finding=finding)
    told = texts(value)
    if not told:
        raise NotReadableError(f"the code of its answer, {_quoted(_spelled(value))}, is not known")
    return _of_text(analyte, told[0])


def _of_boolean(analyte: Analyte, value: object) -> MeasuredValue:
    if not analyte.row.in_words or not isinstance(value, bool):
        raise NotReadableError(f"{value!r} is not readable as a result")
    return MeasuredValue(
        "yes" if value else "no", finding=LabFinding.POSITIVE if value else LabFinding.NEGATIVE
    )


def _of_integer(analyte: Analyte, value: object) -> MeasuredValue:
    return _of_quantity(analyte, {"value": value})


def _of_range(analyte: Analyte, value: object) -> MeasuredValue:
    """A range open at one end is a bound."""
    item = object_of(value)
    low, high = quantity(item.get("low")), quantity(item.get("high"))
    if (low is None) == (high is None):
        raise NotReadableError("its value is a range")
    name, sign = ("high", "<=") if high else ("low", ">=")
    return _of_quantity(analyte, {**object_of(item.get(name)), "comparator": sign})


def _unreadable(_analyte: Analyte, _value: object) -> MeasuredValue:
    raise NotReadableError("its value is of a kind that is not read (a ratio, a time, sampled data)")


_READERS: Mapping[str, Callable[[Analyte, object], MeasuredValue]] = {
    "Quantity": _of_quantity,
    "String": _of_text,
    "CodeableConcept": _of_concept,
    "Boolean": _of_boolean,
    "Integer": _of_integer,
    "Range": _of_range,
}


def reported_value(part: Json) -> str:
    """The value as received, "" where there is none, it has no number or it is too long to repeat."""
    values = (value for kind, value in valued(part) if kind in _KINDS and not _lacks_a_number(kind, value))
    told = next(map(_as_it_came, values), "")
    return told if len(told) <= _QUOTABLE else ""


def _lacks_a_number(kind: str, value: object) -> bool:
    return kind == "Quantity" and quantity(value) is None


def reference_range(analyte: Analyte, part: Json) -> tuple[float | None, float | None]:
    """The normal range in the analyte's unit; none when several apply, or its unit is unknown."""
    ranges = [one for one in objects_of(part.get("referenceRange")) if _is_normal(one)]
    own = quantity(part.get("valueQuantity"))
    if len(ranges) != 1:
        return None, None
    low, high = quantity(ranges[0].get("low")), quantity(ranges[0].get("high"))
    if low is None and high is None and (match := _RANGE_TEXT.fullmatch(text_of(ranges[0].get("text")))):
        low, high = Quantity(float(match[1])), Quantity(float(match[2]))
    return _bound(analyte, low, own), _bound(analyte, high, own)


def _is_normal(reference: Json) -> bool:
    kinds = codings(reference.get("type"))
    return not kinds or any(kind.code == "normal" for kind in kinds)


def _bound(analyte: Analyte, bound: Quantity | None, own: Quantity | None) -> float | None:
    """A bound of the range; without a unit it has the value's unit."""
    if bound is None:
        return None
    unit = bound if bound.unit or bound.code else own
    try:
        return conversion(analyte, unit)(bound.value) if unit else None
    except UnknownUnitError:
        return None


def _as_it_came(value: object) -> str:
    given = quantity(value)
    if given is None:
        return _spelled(value)
    return f"{given.comparator}{given.value:g} {given.unit or given.code}".strip()


def _spelled(value: object) -> str:
    return next(iter(texts(value)), "") or next((one.code for one in codings(value)), "")


def _quoted(text: str) -> str:
    """A short text in quotes; a long one may hold more than a result and is not repeated."""
    return repr(text) if len(text) <= _QUOTABLE else "a longer text"
