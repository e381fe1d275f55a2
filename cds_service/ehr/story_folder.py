"""Stories: a hook request, the day it was asked, and the cards it got, in one folder each."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from cds_service.ehr.cards_page import cards_page
from cds_service.ehr.hook_call import HookCall
from cds_service.evaluation import evaluated
from cds_service.hooks.card_json import numbered_ids
from cds_service.wire.json_response import as_json

_NAME = re.compile(r"[a-z0-9-]+")


class BadStoryError(ValueError):
    """A call that cannot become a story; the message says why."""


@dataclass(frozen=True, slots=True)
class Story:
    """One story; `cards.md` and, where it is kept, `response.json` hold the answer."""

    folder: Path

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def as_of(self) -> datetime:
        """When it was asked, in the zone of the site."""
        zone = ZoneInfo(self._settings.get("timezone", "UTC"))
        return datetime.fromisoformat(self._settings["as_of"]).replace(tzinfo=zone)

    @property
    def cards_file(self) -> Path:
        """The answer as a page."""
        return self.folder / "cards.md"

    @property
    def response_file(self) -> Path:
        """The exact answer, kept for a few stories only."""
        return self.folder / "response.json"

    @property
    def _settings(self) -> dict[str, str]:
        found: dict[str, str] = json.loads((self.folder / "settings.json").read_text(encoding="utf-8"))
        return found

    def request_body(self) -> bytes:
        """What an EHR would send."""
        return (self.folder / "request.json").read_bytes()

    def answer(self) -> dict[str, Any]:
        """What it would get, after a trip through JSON, with numbered ids."""
        found: dict[str, Any] = json.loads(
            as_json(evaluated(self.request_body(), self.as_of, numbered_ids()))
        )
        return found

    def kept_and_now(self, answer: Mapping[str, Any]) -> Iterator[tuple[Path, str, str]]:
        """Each file that holds the answer, its text, and the text that this answer gives."""
        yield self.cards_file, _text_of(self.cards_file), cards_page(answer)
        if self.response_file.is_file():
            yield self.response_file, _text_of(self.response_file), _indented(answer).decode()


def stories_in(folder: Path) -> tuple[Story, ...]:
    """The stories of a folder, by name."""
    return tuple(Story(one) for one in sorted(folder.iterdir()) if (one / "request.json").is_file())


def _text_of(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def save_story(call: HookCall, folder: Path, when: datetime, timezone: str) -> None:
    """Write request.json, cards.md, settings.json and a README.md to complete by hand.

    The FHIR server's address and token stay out: a story is answered without a server. Raises
    BadStoryError, before anything is written.
    """
    if not _NAME.fullmatch(folder.name):
        raise BadStoryError(f"{folder.name!r}: a story's name has small letters, digits and dashes only")
    if "prefetch" not in call.request:
        raise BadStoryError("a story needs its prefetch: it is answered without a FHIR server")
    folder.mkdir(parents=True, exist_ok=True)
    outside = ("fhirServer", "fhirAuthorization")
    request = {name: value for name, value in call.request.items() if name not in outside}
    _write(folder / "request.json", request)
    (folder / "cards.md").write_text(cards_page(call.response), encoding="utf-8")
    local = when.replace(tzinfo=None).isoformat(timespec="seconds")
    _write(folder / "settings.json", {"as_of": local, "timezone": timezone})
    readme = folder / "README.md"
    if not readme.exists():
        readme.write_text("Say here in one paragraph what this story shows a clinician.\n", encoding="utf-8")


def _write(file: Path, content: Mapping[str, Any]) -> None:
    file.write_bytes(_indented(content))


def _indented(content: Mapping[str, Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n"
