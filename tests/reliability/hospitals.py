"""Hospitals whose records are those of the stories, and ways in which what they send is missing, cut or unreadable."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from typing import Any

from hypothesis import strategies as st

from cds_service.answering.pipeline import answer
from cds_service.answering.reply import Answer
from cds_service.hooks.card_json import numbered_ids
from cds_service.hooks.request import hook_request_from
from cds_service.hooks.services import CdsService, service_for_hook
from fhir_mappers.bundle.resources import resources_in
from tests.stories import Story, all_stories

Json = dict[str, Any]
Damage = Callable[[Any], st.SearchStrategy[Any]]
ABSENT = object()
_FAILED = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
_UNREADABLE = {
    "valueQuantity": [{"value": "many"}, {"value": 3, "unit": "bananas"}],
    "valueCodeableConcept": [{"text": "see the report"}],
    "dosageInstruction": ["as ever"],
    "status": ["?", []],
    "clinicalStatus": ["?"],
    "birthDate": ["in spring"],
    "gender": [7],
    "effectiveDateTime": ["yesterday"],
    "authoredOn": ["yesterday"],
    "onsetDateTime": ["yesterday"],
    "recordedDate": ["yesterday"],
    "occurrenceDateTime": ["yesterday"],
    "performedDateTime": ["yesterday"],
}


@dataclass(frozen=True)
class Hospital:
    """A story in which every search was answered: what the story leaves open, its hospital does not have."""

    name: str
    as_of: datetime
    service: CdsService
    request: Json  # without its prefetch
    prefetch: Json

    def __repr__(self) -> str:
        return self.name

    def answer(self, prefetch: Json | None = None, service: CdsService | None = None) -> Answer:
        """What the service makes of the request: of everything, or of what was sent."""
        body = json.dumps(self.request | {"prefetch": self.prefetch if prefetch is None else prefetch})
        request = hook_request_from(body.encode(), self.service.hook)
        return answer(request, service or self.service, self.as_of, numbered_ids())

    @cached_property
    def whole_answer(self) -> Answer:
        """What the service makes of the request with everything that was sent."""
        return self.answer()

    @cached_property
    def damages(self) -> st.SearchStrategy[tuple[frozenset[str], Json]]:
        """The keys that are not as they were, and what is sent of all: made once, for that takes long."""
        return damaged(self.prefetch)


@cache
def hospitals() -> tuple[Hospital, ...]:
    """Those at which the service has a chart to look at."""
    return tuple(one for one in map(_hospital, all_stories()) if one.whole_answer.considered)


@cache
def any_hospital() -> st.SearchStrategy[Hospital]:
    """One of them."""
    return st.sampled_from(hospitals())


def _hospital(story: Story) -> Hospital:
    request = json.loads(story.request_body())
    service = service_for_hook(request["hook"])
    sent = request.pop("prefetch", None) or {}
    prefetch = {key.name: _or_nothing(sent.get(key.name)) for key in service.prefetch_keys}
    if service.hook == "patient-view" and prefetch["medications"] is None:
        prefetch["medications"] = {"resourceType": "Bundle", "type": "searchset"}
    return Hospital(story.name, story.as_of, service, request, prefetch)


def _or_nothing(value: Json | None) -> Json | None:
    return None if value is None or value["resourceType"] == "OperationOutcome" else value


def damaged(prefetch: Json) -> st.SearchStrategy[tuple[frozenset[str], Json]]:
    """The keys that are not as they were, and what is sent of all."""
    each = {name: st.none() | _damage(value) for name, value in prefetch.items()}
    return st.fixed_dictionaries(each).map(lambda damage: _applied(prefetch, damage))


def _applied(prefetch: Json, damage: Mapping[str, Any]) -> tuple[frozenset[str], Json]:
    """None left a key as it was; a damaged value is in a tuple of one."""
    hit = {name: value[0] for name, value in damage.items() if value is not None}
    sent = {name: value for name, value in (prefetch | hit).items() if value is not ABSENT}
    return frozenset(hit), sent


def _damage(value: Json | None) -> st.SearchStrategy[tuple[Any]]:
    whole = st.sampled_from([(ABSENT,), (_FAILED,), ("<html>",), ({"resourceType": "Binary"},)])
    if value is None:
        return whole
    if value["resourceType"] != "Bundle":
        return whole | _unreadable(value).map(lambda resource: (resource,))
    entries = value.get("entry", [])
    return whole | _cut(entries) | _partly_unreadable(value, entries)


def _cut(entries: list[Json]) -> st.SearchStrategy[tuple[Json]]:
    """The newest records, and a link to the others that nobody can follow."""
    newest_first = sorted(entries, key=lambda entry: _day(entry["resource"]), reverse=True)
    link = [{"relation": "next", "url": "https://fhir.example.org/next"}]
    return st.integers(0, len(entries)).map(
        lambda kept: (
            {"resourceType": "Bundle", "type": "searchset", "link": link, "entry": newest_first[:kept]},
        )
    )


def _day(resource: Json) -> str:
    """Its date; "" for a notice of the server, which is no record."""
    return next((read.date_text for read in resources_in(json.dumps(resource).encode())), "")


def _partly_unreadable(bundle: Json, entries: list[Json]) -> st.SearchStrategy[tuple[Json]]:
    each = [st.just(entry["resource"]) | _unreadable(entry["resource"]) for entry in entries]
    return st.tuples(*each).map(
        lambda resources: (bundle | {"entry": [{"resource": resource} for resource in resources]},)
    )


def _unreadable(resource: Json) -> st.SearchStrategy[Json]:
    """The record with one element that holds something else than it may."""
    ways = [{name: value} for name, values in _UNREADABLE.items() if name in resource for value in values]
    return st.sampled_from([resource | way for way in ways] or [resource])
