"""A TPMT enzyme activity as a laboratory reported it."""

import re

from cards.model.genes import EnzymeActivity
from fhir_mappers.json.fhir_json import Json, Quantity, codings, objects_of, quantity, text_of, texts
from fhir_mappers.results.findings import interpretation_of
from fhir_mappers.results.lab_values import COMPARATORS
from fhir_mappers.terminology.code_systems import LOINC, canonical_system

ACTIVITY = "enzyme activity"

_WORDED = re.compile(r"\b(?:enzyme|activity)\b", re.IGNORECASE)
_NUMBER = re.compile(r"(<=|>=|<|>)?\s*(\d+(?:\.\d+)?)\s*+(\D.*)?")


def is_activity(roles: frozenset[str], element: Json) -> bool:
    """Whether a value is a measured activity: by its code, or a quantity whose name says so."""
    if roles:
        return ACTIVITY in roles
    is_named = any(_WORDED.search(text) for text in texts(element.get("code")))
    return is_named and "valueQuantity" in element


def activity_of(element: Json) -> EnzymeActivity | None:
    """The activity with its unit and the laboratory's own range; None when none is stated."""
    measured = _measured(element)
    interpretation = interpretation_of(element.get("interpretation"))
    has_words = bool(texts(element.get("valueString")) or texts(element.get("valueCodeableConcept")))
    if (measured is None and interpretation is None and not has_words) or not _is_comparable(measured):
        return None
    low, high = _range(element, measured)
    return EnzymeActivity(
        value=measured.value if measured else None,
        comparator=(measured.comparator or None) if measured else None,
        unit=(measured.unit or measured.code or None) if measured else None,
        reference_low=low,
        reference_high=high,
        interpretation=interpretation,
        code=next(
            (one.code for one in codings(element.get("code")) if canonical_system(one.system) == LOINC), None
        ),
    )


def _measured(element: Json) -> Quantity | None:
    given = quantity(element.get("valueQuantity"))
    match = _NUMBER.fullmatch(text_of(element.get("valueString")))
    if given is None and match is not None:
        return Quantity(float(match[2]), match[1] or "", text_of(match[3]))
    return given


def _is_comparable(measured: Quantity | None) -> bool:
    return measured is None or measured.comparator in COMPARATORS


def _range(element: Json, measured: Quantity | None) -> tuple[float | None, float | None]:
    """The one normal range, when it is in the unit of the value."""
    ranges = objects_of(element.get("referenceRange"))
    if len(ranges) != 1 or measured is None:
        return None, None
    low, high = (quantity(ranges[0].get(end)) for end in ("low", "high"))
    return _bound(low, measured), _bound(high, measured)


def _bound(bound: Quantity | None, measured: Quantity) -> float | None:
    if bound is None or (bound.unit or bound.code) not in ("", measured.unit, measured.code):
        return None
    return bound.value
