"""What a request can ask of its client's FHIR server; every failure is a value."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

import msgspec

from cds_service.chart_sources.patient_links import PatientLinks
from cds_service.hooks.prefetch_keys import PrefetchKey
from fhir_mappers.bundle.resources import Contents, RawResource
from fhir_mappers.bundle.subjects import Subjects

# Status codes for a search, or a whole resource type, that a server does not support.
_NOT_OFFERED = frozenset({400, 403, 404, 405, 410, 422, 501})
OF_OTHERS = "the FHIR server answered with records of another patient"
_NO_SUCH_RECORD = (404, 410)  # FHIR R4, RESTful API, "read"


@dataclass(frozen=True, slots=True)
class Gap:
    """A search whose answer is missing or continues at `next_link`."""

    key: PrefetchKey
    next_link: str | None = None
    matches: int = 0  # that came before `next_link`


@dataclass(frozen=True, slots=True)
class Found:
    """The result of one search. `contents.next_link` is set when records were left behind."""

    contents: Contents = field(default_factory=Contents)
    why_not: str = ""  # when it failed: "the FHIR server answered 403"
    status: int | None = None  # of the failure, when there was an answer
    is_cut: bool = False  # the pages leave matches behind
    links: PatientLinks | None = None  # of the Patient, where that was read
    of_others: tuple[RawResource, ...] = ()  # what else matched, and names another patient
    left_out: str = (
        ""  # why what came may not be all of theirs: "1 result that names no patient was not used"
    )

    def with_merged(self, merged_ids: frozenset[str]) -> "Found":
        """The same with the records that name an id merged with the patient's."""
        if not (merged_ids and self.of_others):
            return self
        same = Subjects(next(iter(merged_ids)), (), merged_ids)
        merged = tuple(one for one in self.of_others if same.is_ours(one))
        if not merged:
            return self
        contents = msgspec.structs.replace(self.contents, resources=(*self.contents.resources, *merged))
        return replace(self, contents=contents, why_not="", of_others=())

    def with_those_of_merged(self, merged: "Found", key: PrefetchKey) -> "Found":
        """The same with what a search under an id merged with the patient's found, or that it failed."""
        is_nothing = merged.why_not == OF_OTHERS or not (key.is_main or merged.is_offered)
        if self.why_not or is_nothing:
            return self
        if merged.why_not:
            why = f"the record merged with this patient's was not read, {merged.why_not}"
            return replace(self, left_out="; ".join(one for one in (self.left_out, why) if one))
        own = {one.record_ref for one in self.contents.resources}
        more = tuple(one for one in merged.contents.resources if one.record_ref not in own)
        came = own | {one.record_ref for one in more}
        return replace(
            self,
            contents=msgspec.structs.replace(self.contents, resources=(*self.contents.resources, *more)),
            is_cut=self.is_cut or merged.is_cut,
            of_others=tuple(one for one in self.of_others if one.record_ref not in came),
            left_out="; ".join(dict.fromkeys(one for one in (self.left_out, merged.left_out) if one)),
        )

    @property
    def is_no_such_record(self) -> bool:
        """Whether a read found nothing under the id."""
        return self.status in _NO_SUCH_RECORD

    @property
    def is_offered(self) -> bool:
        """Whether the server knows such a search at all."""
        return self.status not in _NOT_OFFERED


Referred = Callable[[Mapping[str, Found]], Iterable[str]]
"""The Medications that found orders refer to and nobody sent."""


class FhirRecords(Protocol):
    """One patient's records at the FHIR server of one request."""

    def search(self, gaps: Iterable[Gap], referred: Referred) -> Mapping[str, Found]:
        """The answer for each gap, by the name of its key; empty when no server may be asked.

        What `referred` names once the orders are there may be read while other searches go on.
        """
        ...

    def read_medications(self, references: Iterable[str]) -> tuple[RawResource, ...]:
        """The Medications that could be read."""
        ...


class NoFhirServer:
    """A request that named no server, or a tool without a network."""

    def search(self, gaps: Iterable[Gap], referred: Referred) -> Mapping[str, Found]:
        """Nothing."""
        return {}

    def read_medications(self, references: Iterable[str]) -> tuple[RawResource, ...]:
        """Nothing."""
        return ()


@dataclass(frozen=True, slots=True)
class RefusedFhirServer:
    """A server that must not be asked, and why: every search fails with that reason."""

    why: str

    def search(self, gaps: Iterable[Gap], referred: Referred) -> Mapping[str, Found]:
        """The reason, for each gap."""
        return {gap.key.name: Found(why_not=self.why) for gap in gaps}

    def read_medications(self, references: Iterable[str]) -> tuple[RawResource, ...]:
        """Nothing."""
        return ()
