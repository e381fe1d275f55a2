"""Stories for the page: a folder each, with what an EHR would send and what it is about."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

_NAME = re.compile(r"[a-z0-9-]+")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(T.*)?")
_DAY_LENGTH = len("2026-03-09")
_REQUEST = "request.json"


@dataclass(frozen=True, slots=True)
class StoryOfToday:
    """A story moved to a given day: its dates are shifted so that it happens on that day."""

    name: str
    point: str
    request: dict[str, Any]


def story_names(folder: Path | None) -> tuple[str, ...]:
    """The stories of a folder, in alphabetical order."""
    if folder is None:
        return ()
    return tuple(sorted(one.name for one in folder.iterdir() if (one / _REQUEST).is_file()))


def story_today(folder: Path | None, name: str, today: date) -> StoryOfToday | None:
    """The story as if it happened today; None when there is no such story."""
    if folder is None or not _NAME.fullmatch(name) or name not in story_names(folder):
        return None
    place = folder / name
    settings = msgspec.json.decode((place / "settings.json").read_bytes())
    moved_by = today - datetime.fromisoformat(settings["as_of"]).date()
    request = msgspec.json.decode((place / _REQUEST).read_bytes())
    point = (place / "README.md").read_text(encoding="utf-8").strip()
    return StoryOfToday(name, point, _moved(request, moved_by))


def _moved(value: Any, by: timedelta) -> Any:  # noqa: ANN401 -- any JSON
    """The value with every whole date in it moved; a month or a year alone stays what it is."""
    match value:
        case dict():
            return {name: _moved(one, by) for name, one in value.items()}
        case list():
            return [_moved(one, by) for one in value]
        case str() if _DAY.fullmatch(value):
            return _moved_day(value, by)
        case _:
            return value


def _moved_day(text: str, by: timedelta) -> str:
    try:
        day = date.fromisoformat(text[:_DAY_LENGTH])
    except ValueError:
        return text  # a story about a broken date
    return f"{day + by}{text[_DAY_LENGTH:]}"
