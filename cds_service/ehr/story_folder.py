"""A hook call kept as a story: what was asked, what was answered, when."""

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from cds_service.card_json import numbered_ids
from cds_service.ehr.hook_call import HookCall

_NAME = re.compile(r"[a-z0-9-]+")


class BadStoryError(ValueError):
    """A call that cannot become a story; the message says why."""


def save_story(call: HookCall, folder: Path, when: datetime, timezone: str) -> None:
    """Write request.json, response.json, settings.json and a README.md to complete by hand.

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
    _write(folder / "response.json", with_numbered_ids(call.response))
    local = when.replace(tzinfo=None).isoformat(timespec="seconds")
    _write(folder / "settings.json", {"as_of": local, "timezone": timezone})
    readme = folder / "README.md"
    if not readme.exists():
        readme.write_text("Say here in one paragraph what this story shows a clinician.\n", encoding="utf-8")


def with_numbered_ids(response: Mapping[str, Any]) -> dict[str, Any]:
    """The response with card-1, suggestion-1 ... for its random ids, so that answers can be compared."""
    new_id = numbered_ids()
    return {**response, "cards": [_numbered(card, new_id) for card in response.get("cards") or ()]}


def _numbered(card: Mapping[str, Any], new_id: Any) -> dict[str, Any]:  # noqa: ANN401 -- NewId
    numbered = {**card, "uuid": new_id("card")}
    if card.get("suggestions"):
        numbered["suggestions"] = [{**one, "uuid": new_id("suggestion")} for one in card["suggestions"]]
    return numbered


def _write(file: Path, content: Mapping[str, Any]) -> None:
    file.write_bytes(msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n")
