"""Every record of every story, and the request in which it was damaged or is missing."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cds_service.ehr.story_folder import Story, stories_in
from tests.damage.ways.way import Setting, Way, copied

Json = dict[str, Any]

STORIES = Path(__file__).parents[2] / "fixtures" / "stories"
DRAFTS = "draftOrders"
# Without the part that contradicts, such a record is another gene's, and rightly none of ours.
_CONTRADICT_THEMSELVES = ("gene-result-of-another-gene",)
_NO_RECORDS = ("Bundle", "OperationOutcome")
_ALONE = -1  # a resource that is sent as such, in no Bundle


@dataclass(frozen=True)
class Place:
    """Where one record is in one story: the key of its prefetch, or draftOrders, and the number of its entry."""

    story: str
    key: str
    number: int
    resource_type: str

    @property
    def is_draft(self) -> bool:
        return self.key == DRAFTS

    def __str__(self) -> str:
        return f"{self.story}: {self.key}[{self.number}] {self.resource_type}"


@cache
def stories() -> dict[str, Story]:
    return {story.name: story for story in stories_in(STORIES)}


@cache
def request_of(story: str) -> Json:
    found: Json = json.loads(stories()[story].request_body())
    return found


def places_in(story: str) -> Iterator[Place]:
    if story in _CONTRADICT_THEMSELVES:
        return
    request = request_of(story)
    for key, value in _holders(request).items():
        if not isinstance(value, dict):
            continue
        alone = [(_ALONE, value)] if value.get("resourceType") != "Bundle" else []
        entries = [(number, entry["resource"]) for number, entry in enumerate(value.get("entry", ()))]
        for number, record in (*alone, *entries):
            if record["resourceType"] not in _NO_RECORDS and not _is_of_another(record, request):
                yield Place(story, key, number, record["resourceType"])


def _is_of_another(record: Json, request: Json) -> bool:
    """Whether a story's record is another patient's on purpose."""
    named = (record.get("subject") or record.get("patient") or {}).get("reference", "")
    patient_id = request["context"]["patientId"].removeprefix("Patient/")
    return named.startswith("Patient/") and named.split("/")[1] != patient_id


def record_at(place: Place) -> Json:
    holder = _holders(request_of(place.story))[place.key]
    found: Json = holder if place.number == _ALONE else holder["entry"][place.number]["resource"]
    return found


def setting_of(place: Place) -> Setting:
    patient_id = request_of(place.story)["context"]["patientId"].removeprefix("Patient/")
    is_form = place.is_draft and request_of(place.story)["hook"] == "order-select"
    return Setting(patient_id, stories()[place.story].as_of.date(), place.is_draft, is_form)


def damaged(place: Place, way: Way) -> Json | None:
    """The story's request with this record damaged; None where the way has nothing to change in it."""
    record = record_at(place)
    if not way.applies_to(place.resource_type, is_draft=place.is_draft):
        return None
    setting = setting_of(place)
    if setting.is_form and not way.for_forms:
        return None
    new: Any = way.change(copied(record), setting)
    if new is None or new == record:
        return None
    if way.is_of_entry:
        return _with_entries(place, new)
    if place.number == _ALONE:
        return _with_value(place, new)
    entry = _holders(request_of(place.story))[place.key]["entry"][place.number]
    return _with_entries(place, [entry | {"resource": new}])


def removed(place: Place) -> Json:
    """The story's request without this record, as if there had never been one."""
    return _with_value(place, None) if place.number == _ALONE else _with_entries(place, [])


def _holders(request: Json) -> Json:
    """What holds records: the values of the prefetch, and the draft orders."""
    drafts = request["context"].get(DRAFTS)
    return (request.get("prefetch") or {}) | ({DRAFTS: drafts} if drafts else {})


def _with_entries(place: Place, entries: list[Any]) -> Json:
    holder = _holders(request_of(place.story))[place.key]
    kept = [*holder["entry"][: place.number], *entries, *holder["entry"][place.number + 1 :]]
    changed = holder | {"entry": kept}
    return _with_value(place, changed | ({"total": len(kept)} if "total" in holder else {}))


def _with_value(place: Place, value: Any) -> Json:
    request = request_of(place.story)
    if place.is_draft:
        return request | {"context": request["context"] | {DRAFTS: value}}
    return request | {"prefetch": request["prefetch"] | {place.key: value}}
