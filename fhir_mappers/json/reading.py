"""Reading one chosen resource: reduced, repaired, validated by R4B, and the parts lost on the way."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import tzinfo
from decimal import InvalidOperation
from functools import cache
from importlib import import_module
from typing import Any

from pydantic import BaseModel, ValidationError

from fhir_mappers.json.dates import with_zone
from fhir_mappers.json.exact_json import as_decimal
from fhir_mappers.json.fhir_json import Json
from fhir_mappers.json.sure_shapes import required, sure_shape

_MAX_ATTEMPTS = 8
_PATIENCE = 4  # attempts at the exact place; after them the whole element goes
_NUMBER = re.compile(r"-?\d+(\.\d+)?[eE][-+]?\d+")
_DAY = re.compile(r"\d{4}(-\d{2}){0,2}")
_DATE_ENDINGS = ("DateTime", "Date", "Instant")
_DATES = ("authoredOn", "dateAsserted", "date", "issued", "whenHandedOver", "whenPrepared")
_INSTANTS = ("issued", "effectiveInstant")
_TEXTS = ("code", "text", "display", "unit", "valueString")
_ABSENT = object()
_MISSING = ("missing", "model_field_validation.missing")
_Place = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """One resource as plain JSON: only the elements asked for, each valid R4B.

    Mappers read plain dicts after validation, not model objects: what R4B rejected is gone,
    numbers and partial dates keep one type each, and the readers of `fhir_json` do for both.
    """

    resource: Json
    lost: tuple[str, ...] = ()  # places dropped: "valueQuantity.value"
    missing: tuple[str, ...] = ()  # required by R4B and absent: "status"

    def lost_in(self, *elements: str) -> str:
        """The first place lost in one of the elements, "" when none was; "value" covers every value[x]."""
        return next((place for place in self.lost if place.startswith(elements)), "")


def read(resource: Json, model: str, elements: Collection[str], zone: tzinfo) -> Reading:
    """The named elements of a resource, validated by the R4B class `model` ("Observation").

    Repaired first: outer spaces trimmed, "" and null absent, a zone-less time is the site's. What R4B
    still rejects is put right (one object where a list is due) or dropped at the place its error
    names. `contained`, narrative and, unless asked for, extensions are never validated: unknown
    contained types crash the model classes.
    """
    kind = model_class(model)
    asked = {name: value for name, value in resource.items() if name in elements}
    if sure_shape(kind).accepts(_checked(asked)):
        return Reading(asked, (), tuple(_dotted(place) for _, place in _absent(kind, asked)))
    parts = ((name, _mended(name, value, zone)) for name, value in asked.items())
    return _put_right(kind, {name: value for name, value in parts if value is not _ABSENT})


def _put_right(kind: type[BaseModel], mended: Json) -> Reading:
    """Elements with something that R4B may reject, which are changed on the way."""
    lost = [name for name, value in mended.items() if _is_number_for_date(name, value)]
    for name in lost:  # R4B's classes would read it as the seconds since 1970
        del mended[name]
    for attempt in range(_MAX_ATTEMPTS):
        problems = _problems(kind, mended)
        fixable = [(what, place) for what, place in problems if what not in _MISSING]
        if not fixable:
            return Reading(mended, tuple(lost), tuple(_dotted(place) for _, place in problems))
        # Later list items first, so that the places of earlier ones stay true.
        for what, place in sorted(fixable, key=_order, reverse=True):
            if attempt >= _PATIENCE or not _reshaped(mended, what, place):
                lost.append(_dropped(mended, place if attempt < _PATIENCE else place[:1]))
    return Reading(mended, tuple(lost))


@cache
def model_class(model: str) -> type[BaseModel]:
    """The R4B class of a resource type."""
    found: type[BaseModel] = getattr(import_module(f"fhir.resources.R4B.{model.lower()}"), model)
    return found


def _mended(name: str, value: Any, zone: tzinfo) -> Any:  # noqa: ANN401 -- any JSON
    """A value without outer spaces, nulls and empty parts; _ABSENT where nothing is left."""
    if isinstance(value, str):
        text = value.strip()
        return with_zone(text, zone) if text else _ABSENT
    if isinstance(value, dict):
        parts = ((key, _mended(key, part, zone)) for key, part in value.items() if _is_read(key, name))
        return {key: part for key, part in parts if part is not _ABSENT} or _ABSENT
    if isinstance(value, list):
        items = (_mended(name, item, zone) for item in value)
        return [item for item in items if item is not _ABSENT] or _ABSENT
    if name in _TEXTS and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return _ABSENT if value is None else value


def _is_number_for_date(name: str, value: object) -> bool:
    return isinstance(value, int | float) and (name.endswith(_DATE_ENDINGS) or name in _DATES)


def _is_read(key: str, holder: str) -> bool:
    return key[:1] != "_" and (holder == "extension" or key not in ("extension", "modifierExtension", "id"))


def _problems(kind: type[BaseModel], elements: Json) -> list[tuple[str, _Place]]:
    """R4B's errors in the elements: the error's type, and its place in them.

    Unknown elements are not errors: they may be another FHIR version's, which mappers know.
    """
    checked = _checked(elements)
    return _absent(kind, checked) if sure_shape(kind).accepts(checked) else _problems_of_r4b(kind, checked)


def _checked(elements: Json) -> Json:
    """The elements for R4B to check: a day where an instant is due is not an error, and stays a day."""
    days = [name for name in _INSTANTS if name in elements and _is_day(elements[name])]
    return {name: value for name, value in elements.items() if name not in days} if days else elements


def _is_day(value: object) -> bool:
    return isinstance(value, str) and _DAY.fullmatch(value) is not None


def _absent(kind: type[BaseModel], elements: Json) -> list[tuple[str, _Place]]:
    """What R4B reports missing from elements without other errors: parts, else primitives."""
    needed = required(kind)
    of_part, of_primitive = _MISSING
    absent: list[tuple[str, _Place]] = [(of_part, (name,)) for name in needed.parts if name not in elements]
    return absent or [(of_primitive, (name,)) for name in needed.primitives if name not in elements]


def _problems_of_r4b(kind: type[BaseModel], elements: Json) -> list[tuple[str, _Place]]:
    try:
        kind.model_validate(elements)
    except ValidationError as error:
        found = [
            (one["type"], _place(one["loc"])) for one in error.errors(include_url=False, include_input=False)
        ]
        return [(kind, place) for kind, place in found if place and kind != "extra_forbidden"]
    except InvalidOperation:  # R4B catches all but this
        return [("decimal_parsing", place) for place in _numbers_beyond_decimals(elements)]
    return []


def _numbers_beyond_decimals(value: object, place: _Place = ()) -> Iterator[_Place]:
    if isinstance(value, str):
        if _NUMBER.fullmatch(value) and isinstance(as_decimal(value), str):
            yield place
        return
    parts = value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ())
    for step, part in parts:
        yield from _numbers_beyond_decimals(part, (*place, step))


def _place(loc: _Place) -> _Place:
    return loc[:-1] if loc and loc[-1] == "root" else loc


def _order(problem: tuple[str, _Place]) -> list[str]:
    return [f"{step:06}" if isinstance(step, int) else step for step in problem[1]]


def _reshaped(elements: Json, kind: str, place: _Place) -> bool:
    """Whether the value became a list, or the only item of one, as R4B wants it."""
    holder = _at(elements, place[:-1])
    value = _at(holder, place[-1:])
    if kind == "list_type" and isinstance(value, dict):
        holder[place[-1]] = [value]
        return True
    if isinstance(value, list) and len(value) == 1:
        holder[place[-1]] = value[0]
        return True
    return False


def _dropped(elements: Json, place: _Place) -> str:
    """The place at which a value was removed: the named place, or the element that contains it."""
    holder = _at(elements, place[:-1])
    try:
        del holder[place[-1]]
    except (LookupError, TypeError):
        elements.pop(str(place[0]), None)
        return str(place[0])
    return _dotted(place)


def _at(value: Any, place: _Place) -> Any:  # noqa: ANN401 -- any JSON
    for step in place:
        try:
            value = value[step]
        except (LookupError, TypeError):
            return None
    return value


def _dotted(place: _Place) -> str:
    return ".".join(str(step) for step in place)
