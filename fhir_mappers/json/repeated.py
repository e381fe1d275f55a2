"""JSON that a request repeats: a reader's answer about it is kept with it.

A chart repeats a few codes, units, ranges and days by the thousand. Nothing here outlives its request.
"""

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, TypeVar

_Answer = TypeVar("_Answer")
_Beside = TypeVar("_Beside", bound=Hashable)
_NOT_SEEN = object()


class Repeated:
    """JSON that several resources contain; never changed. `answers` keeps the readers' answers about it."""

    __slots__ = ()
    answers: dict[object, Any]


class RepeatedObject(Repeated, dict[str, Any]):
    """An object."""

    __slots__ = ("answers",)


class RepeatedList(Repeated, list[Any]):
    """A list."""

    __slots__ = ("answers",)


def repeated(value: Any) -> Any:  # noqa: ANN401 -- any JSON
    """The same JSON, whose objects and lists keep the answers of readers."""
    if isinstance(value, dict):
        copy = RepeatedObject(value)
        for key, part in value.items():
            if isinstance(part, dict | list):
                copy[key] = repeated(part)
        copy.answers = {}
        return copy
    if isinstance(value, list):
        listed = RepeatedList(map(repeated, value))
        listed.answers = {}
        return listed
    return value


def remembered(reader: Callable[[Any], _Answer]) -> Callable[[Any], _Answer]:
    """A reader of one JSON value that reads each repeated value once. Its answers must not be changed."""
    of_nothing = reader(None)  # most elements are absent

    @wraps(reader)
    def reading(value: object) -> _Answer:
        if value is None:
            return of_nothing
        if isinstance(value, Repeated):
            answer: _Answer = value.answers.get(reader, _NOT_SEEN)
            if answer is _NOT_SEEN:
                answer = value.answers[reader] = reader(value)
            return answer
        return reader(value)

    return reading


def remembered_beside(
    reader: Callable[[Any, _Beside], _Answer],
) -> Callable[[Any, _Beside], _Answer]:
    """The same for a reader that looks at something else besides: an answer is kept for each."""

    @wraps(reader)
    def reading(value: object, beside: _Beside) -> _Answer:
        if not isinstance(value, Repeated):
            return reader(value, beside)
        answer: _Answer = value.answers.get((reader, beside), _NOT_SEEN)
        if answer is _NOT_SEEN:
            answer = value.answers[reader, beside] = reader(value, beside)
        return answer

    return reading
