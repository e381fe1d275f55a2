"""History: a patient's records, each as it read at any moment of the past."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import cached_property

import msgspec

from cds_service.replay.known_since import (
    ALWAYS,
    Json,
    as_first_written,
    ended_on,
    instant,
    known_since,
    last_updated,
)
from cds_service.replay.past_records import is_blood_count
from fhir_mappers.bundle.references import RecordIndex
from fhir_mappers.bundle.relevance import Relevance, chosen
from fhir_mappers.bundle.resources import RawResource, resources_in
from fhir_mappers.json.dates import clinical_date
from fhir_mappers.results.lab_results import NO_RESULT

_OF_NO_TIMELINE = ("Encounter", "Medication")


@dataclass(frozen=True, slots=True)
class RecordHistory:
    """One record through time: each form, and since when it was so."""

    since: tuple[datetime, ...]  # empty: always
    forms: tuple[RawResource, ...]

    def at(self, moment: datetime) -> RawResource | None:
        """The record as it was known at a moment; None before it was known."""
        if not self.since:
            return self.forms[0]
        place = bisect_right(self.since, moment)
        return self.forms[place - 1] if place else None

    @property
    def latest(self) -> RawResource:
        """The record as the export has it."""
        return self.forms[-1]


@dataclass(frozen=True)
class History:
    """Everything recorded about one patient."""

    patient_id: str
    timelines: tuple[RecordHistory, ...]
    encounters: tuple[RawResource, ...]
    unknowable: Counter[str]  # records that do not say when they were known, by type
    medications: tuple[RawResource, ...]
    zone: tzinfo  # the site's

    @cached_property
    def blood_counts_on(self) -> tuple[date, ...]:
        """The days on which blood counts were taken, whenever they were reported."""
        counts = (one.latest for one in self.timelines if is_blood_count(one.latest))
        taken = (clinical_date(one.date_text, self.zone) for one in counts if one.status not in NO_RESULT)
        return tuple(day.first for day in taken if day is not None)

    def at(self, moment: datetime) -> list[RawResource]:
        """The records known at a moment."""
        return [form for one in self.timelines if (form := one.at(moment)) is not None]


def history_of(
    patient_id: str,
    resources: Sequence[RawResource],
    zone: tzinfo,
    *,
    assume_effective: bool,
    words: Relevance | None = None,
) -> History:
    """The history in a patient's resources; those that no mapper reads are left out. `words` are earlier readings."""
    timelines: list[RecordHistory] = []
    unknowable: Counter[str] = Counter()
    for versions in _that_matter(resources, words).values():
        found = _timeline(versions, zone, assume_effective=assume_effective)
        if found is None:
            unknowable[versions[0].type] += 1
        else:
            timelines.append(found)
    return History(
        patient_id=patient_id,
        timelines=tuple(timelines),
        encounters=tuple(one for one in resources if one.type == "Encounter"),
        unknowable=unknowable,
        medications=tuple(one for one in resources if one.type == "Medication"),
        zone=zone,
    )


def history_of_nothing(patient_id: str, encounters: Iterable[RawResource], zone: tzinfo) -> History:
    """The history of a patient of whom nothing need be known but when the record was opened."""
    return History(patient_id, (), tuple(encounters), Counter(), (), zone)


def _that_matter(resources: Sequence[RawResource], words: Relevance | None) -> dict[str, list[RawResource]]:
    """What the mappers' own selection reads of everything that was ever recorded: each record's versions."""
    picked = chosen(resources, RecordIndex(resources), words)
    refs = {one.base_ref or one.record_ref for one in (*picked.records, *picked.gene_reports)}
    by_ref: dict[str, list[RawResource]] = {}
    for one in resources:
        if one.type in _OF_NO_TIMELINE:
            continue
        ref = one.record_ref
        if ref in refs or one.type == "Patient":
            by_ref.setdefault(ref, []).append(one)
    return by_ref


def _timeline(versions: list[RawResource], zone: tzinfo, *, assume_effective: bool) -> RecordHistory | None:
    if versions[0].type in ALWAYS:
        return RecordHistory((), (max(versions, key=_updated_text),))
    if len(versions) == 1 and (issued := _issued_once(versions[0], zone)) is not None:
        return RecordHistory((issued,), (versions[0],))
    forms: list[tuple[datetime, RawResource]] = []
    for version in sorted(versions, key=_updated_text):
        content = version.decoded()
        since = known_since(content, zone, assume_effective=assume_effective)
        if since is None:
            continue
        updated = last_updated(content, zone)
        if not forms:
            forms += _first_forms(version, content, since, updated, zone, assume_effective=assume_effective)
        elif updated is not None:
            forms.append((max(updated, forms[-1][0]), version))
    if not forms:
        return None
    return RecordHistory(tuple(since for since, _ in forms), tuple(form for _, form in forms))


def _issued_once(result: RawResource, zone: tzinfo) -> datetime | None:
    """When a result was issued that was not withdrawn; decides most records by a peek."""
    if result.type != "Observation" or result.status not in ("final", "corrected", "amended"):
        return None
    issued = clinical_date(result.peek.issued, zone)
    return instant(issued, zone, is_end=True) if issued else None


def _first_forms(
    version: RawResource,
    content: Json,
    since: datetime,
    updated: datetime | None,
    zone: tzinfo,
    *,
    assume_effective: bool,
) -> Iterable[tuple[datetime, RawResource]]:
    """A record as it was first written, then as the export has it, from when it is known to have been so."""
    first = as_first_written(content)
    ended = ended_on(content, zone) if assume_effective else None
    known = [one for one in (updated, ended) if one is not None]
    if first is content or (known and min(known) <= since):
        yield since, version
        return
    yield since, _as(version, first)
    if known:
        yield min(known), version


def _as(resource: RawResource, content: Json) -> RawResource:
    (found,) = resources_in(msgspec.json.encode(content))
    return msgspec.structs.replace(found, full_url=resource.full_url)


def _updated_text(resource: RawResource) -> tuple[str, bytes]:
    meta = resource.peek.meta
    return ((meta.last_updated or "") if meta else "", bytes(resource.raw))
