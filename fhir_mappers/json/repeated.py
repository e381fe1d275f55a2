"""JSON that a request repeats: a reader's answer about it is kept with it.

A chart repeats a few codes, units, ranges and days by the thousand. Nothing here outlives its request.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

_Answer = TypeVar("_Answer")
_NOT_SEEN = object()


class Repeated:
    """JSON that several resources contain; never changed. `told` keeps the readers' answers about it."""

    __slots__ = ()
    told: dict[object, Any]


class RepeatedObject(Repeated, dict[str, Any]):
    """An object."""

    __slots__ = ("told",)


class RepeatedList(Repeated, list[Any]):
    """A list."""

    __slots__ = ("told",)


def repeated(value: Any) -> Any:  # noqa: ANN401 -- any JSON
    """The same JSON, whose objects and lists keep the answers of readers."""
    if isinstance(value, dict):
        told_of = RepeatedObject(value)
        for key, part in value.items():
            if isinstance(part, dict | list):
                told_of[key] = repeated(part)
        told_of.told = {}
        return told_of
    if isinstance(value, list):
        listed = RepeatedList(map(repeated, value))
        listed.told = {}
        return listed
    return value


def once(reader: Callable[[Any], _Answer]) -> Callable[[Any], _Answer]:
    """A reader of one JSON value that reads each repeated value once. Its answers must not be changed."""
    of_nothing = reader(None)  # most elements are absent

    @wraps(reader)
    def reading(value: object) -> _Answer:
        if value is None:
            return of_nothing
        if isinstance(value, Repeated):
            answer: _Answer = value.told.get(reader, _NOT_SEEN)
            if answer is _NOT_SEEN:
                answer = value.told[reader] = reader(value)
            return answer
        return reader(value)

    return reading
