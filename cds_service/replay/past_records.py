"""PastRecords: answers the searches of a request as the hospital's FHIR server would have done then."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache

import msgspec

from cards.model.facts import FactKind
from cds_service.chart_sources.fhir_records import Found, Gap, Referred
from cds_service.hooks.prefetch_keys import PrefetchKey, all_keys
from fhir_mappers.bundle.peeks import PeekedCoding, concept_at
from fhir_mappers.bundle.references import type_and_id
from fhir_mappers.bundle.resources import Contents, RawResource
from fhir_mappers.terminology.codes import lookup

_OBSERVATION = "Observation"
_OF_GENES = frozenset({"genes"})
_NOT_THERE = 404  # as a server answers that does not keep such records
_OPEN = ("active", "on-hold")


class PastRecords:
    """One patient's records at one moment. Each search gives its newest page, and no more.

    `exported` are the types that the export holds at all: of the others nothing is known.
    """

    def __init__(
        self, records: Sequence[RawResource], medications: Sequence[RawResource], exported: frozenset[str]
    ) -> None:
        self._by_type: dict[str, list[RawResource]] = {}
        self._observations: dict[str, list[RawResource]] = {}  # by the name of the search that finds them
        for one in records:
            self._by_type.setdefault(one.type, []).append(one)
        for one in self._by_type.get(_OBSERVATION, ()):
            for name in _keys_of(one):
                self._observations.setdefault(name, []).append(one)
        self._medications = medications
        self._exported = exported

    def search(self, gaps: Iterable[Gap], referred: Referred) -> Mapping[str, Found]:
        """The answers that the searches of these gaps would have had."""
        return {gap.key.name: self._found(gap.key) for gap in gaps}

    def read_medications(self, references: Iterable[str]) -> tuple[RawResource, ...]:
        """The Medications referred to, as far as they were exported."""
        wanted = set(references)
        named = {(one[1] if (one := type_and_id(literal)) else "") for literal in wanted}
        return tuple(one for one in self._medications if one.id in named or one.full_url in wanted)

    def _found(self, key: PrefetchKey) -> Found:
        if key.resource_type not in self._exported:
            return Found(why_not=f"the export holds no {key.resource_type}", status=_NOT_THERE)
        if key.resource_type == _OBSERVATION:
            own = list(self._observations.get(key.name, ()))
        else:
            own = [one for one in self._by_type.get(key.resource_type, ()) if _belongs(one, key)]
        if key.count is not None:
            own.sort(key=lambda one: (one.date_text, one.record_ref), reverse=True)
            own = own[: key.count]
        return Found(Contents(tuple(own), is_bundle=True))


def is_blood_count(resource: RawResource) -> bool:
    """Whether the search for blood counts finds a resource."""
    return resource.type == _OBSERVATION and "counts" in _keys_of(resource)


def _belongs(resource: RawResource, key: PrefetchKey) -> bool:
    return key.kind is not FactKind.ORDERED_TESTS or resource.status in _OPEN


def _keys_of(resource: RawResource) -> frozenset[str]:
    """The searches that find an Observation; an Observation without a known code was selected for its gene."""
    peek = resource.peek
    if peek.component is None:
        return _keys_under(bytes(peek.code_as_sent)) or _OF_GENES
    return _keys_with_any(resource.codings) or _OF_GENES


@lru_cache(maxsize=4_096)  # the same few at every moment
def _keys_under(code: bytes) -> frozenset[str]:
    concept = concept_at(msgspec.Raw(code))
    concepts = (concept, concept.concept) if concept else ()
    return _keys_with_any(coding for one in concepts if one for coding in one.coding or ())


def _keys_with_any(codings: Iterable[PeekedCoding]) -> frozenset[str]:
    return frozenset(name for one in codings for name in _keys_with(one))


@lru_cache(maxsize=4_096)
def _keys_with(coding: PeekedCoding) -> frozenset[str]:
    meanings = lookup(coding.system, coding.code) if coding.code else ()
    asked = _asked_tokens()
    found = (asked.get(f"{one.system}|{one.code}", frozenset()) for one in meanings)
    return frozenset().union(*found)


@cache
def _asked_tokens() -> Mapping[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for key in all_keys():
        for token in key.query.removeprefix("code=").split(",") if key.resource_type == _OBSERVATION else ():
            found[token] = found.get(token, frozenset()) | {key.name}
    return found
