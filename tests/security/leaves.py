"""Every string in a request, and the request with other text there."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

Path = tuple[str | int, ...]


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Each string value in some JSON, with the way to it."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from leaves(part, (*path, name))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from leaves(part, (*path, number))


def with_leaf(body: Any, path: Path, text: str) -> Any:
    """The same JSON with other text in one place; what does not lead there is shared."""
    if not path:
        return text
    changed = copy.copy(body)
    changed[path[0]] = with_leaf(body[path[0]], path[1:], text)
    return changed


def every_leaf(value: Any, change: Callable[[str], str]) -> Any:
    """The same JSON with every string changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {name: every_leaf(part, change) for name, part in value.items()}
    if isinstance(value, list):
        return [every_leaf(part, change) for part in value]
    return value


def shape_of(path: Path) -> str:
    """A path without its numbers: leaves of one shape are read by the same code."""
    return ".".join("[]" if isinstance(part, int) else part for part in path)
