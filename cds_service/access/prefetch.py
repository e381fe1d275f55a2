"""What a prefetch says: the records in it, and how much is known of each kind of facts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import tzinfo

import msgspec

from cards.model.dates import ClinicalDate
from cards.model.facts import Availability, FactKind, Known
from cds_service.access.prefetch_keys import PrefetchKey
from fhir_mappers.dates import clinical_date
from fhir_mappers.resources import Contents, RawResource, contents_of

_NOT_SENT = "not sent"
_FAILED = "the search failed at the client"
_UNREADABLE = "what was sent cannot be read"
_MEDICATION = "Medication"
_DAY = len("2026-03-09")


@dataclass(frozen=True, slots=True)
class Prefetched:
    """The records that came with a request, and what their absence means."""

    records: tuple[RawResource, ...]
    known: Mapping[FactKind, Known]
    answered: frozenset[FactKind]  # by the main search, or with a record by another; the rest may have failed


@dataclass(frozen=True, slots=True)
class _Answer:
    key: PrefetchKey
    known: Known
    records: tuple[RawResource, ...] = ()

    @property
    def is_answer(self) -> bool:
        return bool(self.records) or (self.key.is_main and not self.known.is_unknown)


def prefetched(keys: Iterable[PrefetchKey], sent: Mapping[str, msgspec.Raw], zone: tzinfo) -> Prefetched:
    """What the client sent for the keys we asked for; keys we did not ask for are not looked at.

    `zone` is the site's, for the day of the oldest record on a full page.
    """
    answers = [_answer(key, sent.get(key.name), zone) for key in keys]
    kinds = {answer.key.kind for answer in answers}
    return Prefetched(
        records=tuple(record for answer in answers for record in answer.records),
        known={kind: _together([one for one in answers if one.key.kind is kind]) for kind in kinds},
        answered=frozenset(one.key.kind for one in answers if one.is_answer),
    )


def _answer(key: PrefetchKey, value: msgspec.Raw | None, zone: tzinfo) -> _Answer:
    """The meaning of one key (CDS Hooks 2.0.1, "Prefetch Template"): absent, null, failed, or records."""
    if value is None:
        return _Answer(key, Known(Availability.UNKNOWN, _NOT_SENT))
    if bytes(value) == b"null":
        return _Answer(key, Known(Availability.EMPTY))
    try:
        contents = contents_of(value)
    except (msgspec.DecodeError, RecursionError):
        return _Answer(key, Known(Availability.UNKNOWN, _UNREADABLE))
    if any(outcome.is_failure for outcome in contents.outcomes):
        return _Answer(key, Known(Availability.UNKNOWN, _FAILED), contents.resources)
    return _read(key, contents, zone)


def _read(key: PrefetchKey, contents: Contents, zone: tzinfo) -> _Answer:
    """What came without a failure. Resources of other types come along: orders refer to Medications."""
    own = [resource for resource in contents.resources if resource.type == key.resource_type]
    if not own:
        # Medications alone are what the draft orders refer to. An OperationOutcome without a failure in
        # it is some clients' way to say "no results".
        is_empty = all(resource.type == _MEDICATION for resource in contents.resources)
        if is_empty and (contents.is_bundle or contents.outcomes):
            return _Answer(key, Known(Availability.EMPTY), contents.resources)
        return _Answer(key, _wrong_type(key))
    if _is_full_page(key, contents):
        known = Known(Availability.TRUNCATED, complete_since=_complete_since(own, zone))
    else:
        known = Known(Availability.KNOWN)
    return _Answer(key, known, contents.resources)


def _wrong_type(key: PrefetchKey) -> Known:
    return Known(Availability.UNKNOWN, f"what was sent holds no {key.resource_type}")


def _is_full_page(key: PrefetchKey, contents: Contents) -> bool:
    return contents.next_link is not None or (key.count is not None and len(contents.resources) >= key.count)


def _complete_since(own: list[RawResource], zone: tzinfo) -> ClinicalDate | None:
    """The day of the oldest record of a cut page: what is missing is older.

    None when the page does not come newest first: then anything may be missing.
    """
    days = [record.date_text[:_DAY] for record in own if record.date_text]
    if not days or days != sorted(days, reverse=True):
        return None
    return clinical_date(days[-1], zone)


def _together(answers: list[_Answer]) -> Known:
    """What is known of a kind that several searches tell about.

    The main search decides; another one may stay away, but if it failed, or was cut, the kind is not
    fully known.
    """
    main = [answer.known for answer in answers if answer.key.is_main]
    others = [answer.known for answer in answers if not answer.key.is_main and answer.known.why != _NOT_SENT]
    told = [*main, *others]
    unknown = next((known for known in told if known.is_unknown), None)
    if unknown is not None:
        return unknown
    cut = [known for known in told if known.availability is Availability.TRUNCATED]
    if cut:
        return Known(Availability.TRUNCATED, complete_since=_latest([known.complete_since for known in cut]))
    if any(known.availability is Availability.KNOWN for known in told):
        return Known(Availability.KNOWN)
    return Known(Availability.EMPTY)


def _latest(dates: list[ClinicalDate | None]) -> ClinicalDate | None:
    """The newest date; None, the worst, when one of them is not known."""
    known = [day for day in dates if day is not None]
    return max(known, key=lambda day: day.last) if len(known) == len(dates) else None
