"""The stories in fixtures/stories, each a hook request and the whole response to it."""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from cds_service.card_json import numbered_ids
from cds_service.evaluation import evaluated
from cds_service.json_response import as_json

FOLDER = Path(__file__).parent.parent / "fixtures" / "stories"


@dataclass(frozen=True)
class Story:
    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def as_of(self) -> datetime:
        zone = ZoneInfo(self._settings.get("timezone", "UTC"))
        return datetime.fromisoformat(self._settings["as_of"]).replace(tzinfo=zone)

    @property
    def expected(self) -> dict[str, Any]:
        return json.loads(self.response_file.read_text(encoding="utf-8"))

    @property
    def response_file(self) -> Path:
        return self.folder / "response.json"

    @property
    def clinical_point(self) -> str:
        return (self.folder / "README.md").read_text(encoding="utf-8")

    @property
    def _settings(self) -> dict[str, str]:
        return json.loads((self.folder / "settings.json").read_text(encoding="utf-8"))

    def request_body(self) -> bytes:
        return (self.folder / "request.json").read_bytes()


def all_stories() -> list[Story]:
    return [Story(folder) for folder in sorted(FOLDER.iterdir()) if folder.is_dir()]


@cache
def response_to(story: Story) -> dict[str, Any]:
    """What a client gets, after a trip through JSON."""
    return json.loads(as_json(evaluated(story.request_body(), story.as_of, numbered_ids())))
