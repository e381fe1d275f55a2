"""Safe readers of plain FHIR JSON: a wrong shape reads as absent, and none of them raises."""

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from fhir_mappers.json.repeated import remembered

Json = dict[str, Any]

_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")


class Coding(msgspec.Struct, frozen=True):
    """A coding as received, spaces trimmed; "" where an element is absent."""

    system: str = ""
    code: str = ""
    display: str = ""


class Quantity(msgspec.Struct, frozen=True):
    """A quantity as received; `unit` is for a person, `code` is the system's."""

    value: float
    comparator: str = ""
    unit: str = ""
    system: str = ""
    code: str = ""


def text_of(value: object) -> str:
    """A string without invisible characters and outer spaces, inner spaces single; else "".

    >>> text_of(" TPMT\u200b  gene ")
    'TPMT gene'
    """
    if not isinstance(value, str):
        return ""
    if not value.isascii():
        value = _INVISIBLE.sub("", unicodedata.normalize("NFC", value))
    return " ".join(value.split())


def code_of(value: object) -> str:
    """A code as text; some systems send a number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return text_of(value)


def number_of(value: object) -> float | None:
    """A number, even when sent as a plain decimal string; None for everything else.

    >>> number_of("5.1"), number_of("<5"), number_of(True)
    (5.1, None, None)
    """
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def object_of(value: object) -> Json:
    """An object; the first one of a list; else {}."""
    return value if isinstance(value, dict) else next(iter(objects_of(value)), {})


def objects_of(value: object) -> list[Json]:
    """The objects of a list, or the single object sent where a list is due."""
    if isinstance(value, dict):
        return [value]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


@remembered
def codings(concept: object) -> Sequence[Coding]:
    """The codings of a CodeableConcept, of several, of R5's `concept`, or of a bare Coding."""
    found: list[Coding] = []
    for item in objects_of(concept):
        found += [_coding(coding) for coding in objects_of(item.get("coding"))]
        if "concept" in item:
            found += codings(item["concept"])
        if "code" in item and not isinstance(item["code"], dict | list):
            found.append(_coding(item))
    return found


def _coding(value: Json) -> Coding:
    return Coding(text_of(value.get("system")), code_of(value.get("code")), text_of(value.get("display")))


@remembered
def texts(concept: object) -> Sequence[str]:
    """The wordings of a CodeableConcept for a person: its text, then the displays; each once."""
    found = [text_of(concept)]
    for item in objects_of(concept):
        found.append(text_of(item.get("text")))
        found += [coding.display for coding in codings(item)]
        if "concept" in item:
            found += texts(item["concept"])
    return [text for text in dict.fromkeys(found) if text]


@remembered
def quantity(value: object) -> Quantity | None:
    """A Quantity with a number, else None."""
    for item in objects_of(value):
        number = number_of(item.get("value"))
        if number is not None:
            return Quantity(
                number,
                text_of(item.get("comparator")),
                text_of(item.get("unit")),
                text_of(item.get("system")),
                code_of(item.get("code")),
            )
    return None


def reference(value: object) -> str:
    """The literal reference, "" when there is none; a bare string is one."""
    if isinstance(value, str):
        return value.strip()
    return text_of(object_of(value).get("reference"))


def references(value: object) -> list[str]:
    """The literal references of a list of References."""
    listed = value if isinstance(value, list) else [value]
    return [found for item in listed if (found := reference(item))]


def extensions(element: object, *urls: str) -> Iterator[Json]:
    """The extensions of an element with one of the URLs, wherever they are nested."""
    for item in objects_of(object_of(element).get("extension")):
        if text_of(item.get("url")) in urls:
            yield item
        yield from extensions(item, *urls)


def valued(element: Json, prefix: str = "value") -> Iterator[tuple[str, Any]]:
    """Every value[x] present: its type ("Quantity", "String") and what it holds."""
    for key, value in element.items():
        kind = key.removeprefix(prefix)
        if kind != key and kind[:1].isupper() and value is not None:
            yield kind, value


def status_of(resource: Json) -> str:
    """The status in lower case, "" when there is none."""
    return text_of(resource.get("status")).casefold()
