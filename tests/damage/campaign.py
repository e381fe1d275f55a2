"""Many damaged requests, asked in this process, and what became of each record."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from cds_service.errors import CdsServiceError
from cds_service.evaluation import evaluated
from cds_service.hooks.card_json import numbered_ids
from tests.damage.judging import Judged, Outcome, Said, judged, said
from tests.damage.places import Place, damaged, places_in, removed, request_of, stories
from tests.damage.ways.catalogue import ALL_WAYS

Json = dict[str, Any]
Case = tuple[Place, str]  # a record, and the name of a way

SEED = 20261201
_MOST_EXAMPLES = 3


@dataclass
class Row:
    """What became of the records that were damaged in one way."""

    way: str
    requests: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    not_as_stated: Counter[str] = field(default_factory=Counter)  # by type
    examples: list[str] = field(default_factory=list)  # of what was lost

    def add(self, place: Place, found: Judged) -> None:
        self.requests += 1
        self.outcomes[found.outcome] += 1
        if not found.is_as_stated:
            self.not_as_stated[
                f"{found.outcome} {place.resource_type}{' draft' if place.is_draft else ''}"
            ] += 1
        if found.outcome is Outcome.LOST and len(self.examples) < _MOST_EXAMPLES:
            self.examples.append("\n    ".join((str(place), *found.lines)))

    def __iadd__(self, other: "Row") -> "Row":
        self.requests += other.requests
        self.outcomes += other.outcomes
        self.not_as_stated += other.not_as_stated
        self.examples = (self.examples + other.examples)[:_MOST_EXAMPLES]
        return self


class Asked:
    """The answers to one story's requests. The whole and the one without a record are asked once."""

    def __init__(self, story: str) -> None:
        self._story = story
        self._whole = said(self._answer(request_of(story)))
        self._gone: dict[Place, Said] = {}

    def judge(self, place: Place, name: str) -> Judged | None:
        """What becomes of a record damaged in the named way; None where the way does not change it."""
        way = ALL_WAYS[name]
        request = damaged(place, way)
        if request is None:
            return None
        if place not in self._gone:
            self._gone[place] = said(self._answer(removed(place)))
        statement = way.states(is_draft=place.is_draft)
        hurt = said(self._answer(request))
        return judged(way, statement, place.resource_type, self._whole, hurt, self._gone[place])

    def _answer(self, request: Json) -> Json:
        try:
            return evaluated(json.dumps(request).encode(), stories()[self._story].as_of, numbered_ids())
        except CdsServiceError as error:
            return {"error": str(error)}


def cases(ways: Iterable[str], names: Iterable[str]) -> Iterator[Case]:
    """Every record of the named stories, in every way that may apply to it."""
    wanted = tuple(ways)
    for name in names:
        for place in places_in(name):
            for way in wanted:
                if ALL_WAYS[way].applies_to(place.resource_type, is_draft=place.is_draft):
                    yield place, way


def sampled(every: Iterable[Case], count: int, seed: int) -> list[Case]:
    """So many cases, spread over the ways and the types of records; the same for the same seed."""
    dice = Random(seed)  # noqa: S311 -- to choose cases
    by_kind: dict[tuple[str, str, bool], list[Case]] = {}
    for place, way in every:
        by_kind.setdefault((way, place.resource_type, place.is_draft), []).append((place, way))
    for found in by_kind.values():
        dice.shuffle(found)
    chosen: list[Case] = []
    while len(chosen) < count and any(by_kind.values()):
        for found in by_kind.values():
            if found and len(chosen) < count:
                chosen.append(found.pop())
    return chosen


def tally(chosen: Iterable[Case]) -> dict[str, Row]:
    """What became of these cases, by way."""
    rows: dict[str, Row] = {}
    asked: Asked | None = None
    story = ""
    for place, way in sorted(chosen, key=lambda case: (case[0].story, case[0].key, case[0].number)):
        if asked is None or place.story != story:
            asked, story = Asked(place.story), place.story
        found = asked.judge(place, way)
        if found is not None:
            rows.setdefault(way, Row(way)).add(place, found)
    return rows
