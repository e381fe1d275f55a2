"""Reads a prefetch: the records in it, and how much is known of each kind of facts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from itertools import chain

import msgspec

from cards.model.dates import ClinicalDate
from cards.model.facts import NO_SUCH_PATIENT, NULL_PATIENT, Availability, FactKind, Known
from cds_service.chart_sources.evidence import Acknowledged, HeardNotice, evidence_of, is_cut
from cds_service.chart_sources.fhir_records import Found, Gap
from cds_service.chart_sources.patient_links import NO_LINKS, PatientLinks, may_have_links
from cds_service.hooks.prefetch_keys import PrefetchKey
from fhir_mappers.bundle.bundles import Bundle, Entry
from fhir_mappers.bundle.relevance import REPORTS
from fhir_mappers.bundle.resources import Contents, PassesOver, RawResource, contents_of
from fhir_mappers.json.dates import clinical_date
from fhir_mappers.terminology.resource_types import is_resource_type

_NOT_SENT = "not sent"
_SOMETHING_ELSE = Known(Availability.UNKNOWN, "something else was sent instead")
_FAILED = "the search failed at the client"
_UNREADABLE = "what was sent cannot be read"
_MORE = "the server has more than was sent"
_MEDICATION = "Medication"
_OBSERVATION = "Observation"
_DAY = len("2026-03-09")
_NULL = b"null"


@dataclass(frozen=True, slots=True)
class KeyAnswer:
    """The content sent for one key, and what it shows about its kind of facts."""

    key: PrefetchKey
    known: Known
    records: tuple[RawResource, ...] = ()
    next_link: str | None = None
    matches: int = 0  # of a page that was cut
    passed_over: tuple[Entry, ...] = ()  # further Observations that no rule reads
    heard: frozenset[HeardNotice] = frozenset()
    links: PatientLinks | None = None  # of a Patient as read on the FHIR server

    @property
    def is_answer(self) -> bool:
        """Whether it determines its kind of facts."""
        own = (self.key.resource_type, _MEDICATION)
        came = self.passed_over or any(one.type in own for one in self.records)
        return bool(came) or (self.key.is_main and self.known.availability is not Availability.UNKNOWN)

    @property
    def gap(self) -> Gap | None:
        """The search that would tell more.

        None for a search that failed at the client: it says so to prevent a needless second one
        (CDS Hooks 2.0.1, "Prefetch query restrictions").
        """
        if self.known.availability is Availability.TRUNCATED:
            is_short = self.key.count is None or self.matches < self.key.count
            return Gap(self.key, self.next_link, self.matches if self.next_link else 0) if is_short else None
        if self.key.count is None and self.links is None and any(map(may_have_links, self.records)):
            return Gap(self.key)  # links are believed as the server has them
        return Gap(self.key) if self.known.is_unknown and self.known.why != _FAILED else None


@dataclass(frozen=True, slots=True)
class Prefetched:
    """The records that came with a request, and what their absence means."""

    answers: tuple[KeyAnswer, ...]
    medications: tuple[RawResource, ...] = ()  # read one by one, because orders refer to them
    acknowledged: Acknowledged = frozenset()  # notices of its server that the client's site knows of

    @property
    def records(self) -> tuple[RawResource, ...]:
        """Everything that came."""
        return (*chain.from_iterable([answer.records for answer in self.answers]), *self.medications)

    @property
    def passed_over(self) -> tuple[Entry, ...]:
        """Further Observations that no rule reads."""
        return tuple(chain.from_iterable([answer.passed_over for answer in self.answers]))

    @property
    def medications_only(self) -> "Prefetched":
        """The Medications among the records: enough to know what the draft orders are for."""
        found = tuple(one for one in self.records if one.type == _MEDICATION)
        return Prefetched((), found)

    @property
    def patients(self) -> tuple[RawResource, ...]:
        """The Patients that came where the patient was asked for."""
        asked = [one.records for one in self.answers if one.key.kind is FactKind.PATIENT]
        return tuple([one for records in asked for one in records if one.type == "Patient"])

    @property
    def known(self) -> Mapping[FactKind, Known]:
        """What is known of each kind of facts that was asked for."""
        of_kind: dict[FactKind, list[KeyAnswer]] = {}
        for answer in self.answers:
            of_kind.setdefault(answer.key.kind, []).append(answer)
        return {kind: _together(answers) for kind, answers in of_kind.items()}

    @property
    def answered(self) -> frozenset[FactKind]:
        """The kinds answered by the main search, or with a record by another; the rest may have failed."""
        return frozenset(one.key.kind for one in self.answers if one.is_answer)

    @property
    def heard(self) -> frozenset[HeardNotice]:
        """The notices of a server's vendor in the answers."""
        return frozenset().union(*[one.heard for one in self.answers if one.heard])

    @property
    def links(self) -> PatientLinks:
        """The other records that the Patient names, as its FHIR server has it."""
        return next((one.links for one in self.answers if one.links is not None), NO_LINKS)

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """The searches that would tell more."""
        return tuple([gap for one in self.answers if (gap := one.gap)])


@dataclass(frozen=True, slots=True)
class _AnswerReading:
    """How answers are read."""

    zone: tzinfo
    passes_over: PassesOver | None = None
    acknowledged: Acknowledged = frozenset()


def prefetched(
    keys: Iterable[PrefetchKey],
    sent: Mapping[str, msgspec.Raw | Bundle],
    zone: tzinfo,
    passes_over: PassesOver | None = None,
    acknowledged: Acknowledged = frozenset(),
) -> Prefetched:
    """What the client sent for the requested keys; other keys are not looked at.

    `zone` is the site's, for the day of the oldest record on a full page; `passes_over` recognises
    Observations that no rule reads; `acknowledged` are notices of its server that the client's site knows of.
    """
    wanted = tuple(keys)
    reading = _AnswerReading(zone, passes_over, acknowledged)
    answers = tuple([_answer(key, sent.get(key.name), reading) for key in wanted])
    if any(_is_null(sent.get(key.name)) for key in wanted if key.count is None):
        answers = tuple(map(_beside_null_patient, answers))
    return Prefetched(answers, acknowledged=acknowledged)


def _is_null(value: msgspec.Raw | Bundle | None) -> bool:
    return isinstance(value, msgspec.Raw) and bytes(value) == _NULL


def _beside_null_patient(answer: KeyAnswer) -> KeyAnswer:
    """The answer where null came for the patient: every patient has one, so a null proves nothing here."""
    if answer.known.availability is not Availability.EMPTY or answer.records:
        return answer
    why = NULL_PATIENT if answer.key.is_main else _NOT_SENT
    return replace(answer, known=Known(Availability.UNKNOWN, why))


def completed(sent: Prefetched, found: Mapping[str, Found], zone: tzinfo) -> Prefetched:
    """The prefetch, its gaps filled from the FHIR server."""
    came = {one.key.name: found[one.key.name] for one in sent.answers if one.key.name in found}
    reads = [came[one.key.name] for one in sent.answers if one.key.name in came and one.key.count is None]
    merged = frozenset().union(*(one.links.merged_ids for one in reads if one.links is not None))
    filled = _not_filled if any(one.is_no_such_record for one in reads) else _filled
    reading = _AnswerReading(zone, acknowledged=sent.acknowledged)
    answers = (
        filled(one, came[one.key.name].with_merged(merged), reading) if one.key.name in came else one
        for one in sent.answers
    )
    return replace(sent, answers=tuple(answers))


def _not_filled(sent: KeyAnswer, found: Found, _reading: _AnswerReading) -> KeyAnswer:
    """The answer of a server that does not know the patient: what it found counts, what it did not find does not."""
    if not sent.known.is_unknown or (not sent.key.is_main and found.why_not):
        return sent
    records = (*sent.records, *found.contents.resources)
    return replace(sent, known=Known(Availability.UNKNOWN, NO_SUCH_PATIENT), records=records)


def _filled(sent: KeyAnswer, found: Found, reading: _AnswerReading) -> KeyAnswer:
    if not found.why_not:
        contents = found.contents
        resources = (*sent.records, *contents.resources) if sent.next_link else contents.resources
        whole = Contents(resources, contents.outcomes, contents.next_link, is_bundle=True)
        answer = _judged(sent.key, whole, reading, is_page_cut=found.is_cut)
        if answer.known.is_unknown and not sent.next_link:  # neither is sure to be all there is
            answer = replace(answer, records=(*sent.records, *resources), passed_over=sent.passed_over)
        known = _in_part(answer.known, found.left_out) if found.left_out else answer.known
        return replace(answer, known=known, heard=sent.heard | answer.heard, links=found.links)
    if not sent.known.is_unknown or (not sent.key.is_main and not found.is_offered):
        return sent  # no less is known than before
    return replace(sent, known=Known(Availability.UNKNOWN, f"{sent.known.why}, and {found.why_not}"))


def _in_part(known: Known, left_out: str) -> Known:
    """What is known where records came, or may be, that were not used."""
    if known.availability is Availability.UNKNOWN:
        return replace(known, why=f"{known.why}; {left_out}")
    return Known(Availability.PARTIAL, left_out, withheld=known.withheld)


def _answer(key: PrefetchKey, value: msgspec.Raw | Bundle | None, reading: _AnswerReading) -> KeyAnswer:
    """The meaning of one key (CDS Hooks 2.0.1, "Prefetch Template"): absent, null, failed, or records."""
    if value is None:
        return KeyAnswer(key, Known(Availability.UNKNOWN, _NOT_SENT))
    if _is_null(value):
        return KeyAnswer(key, Known(Availability.EMPTY))
    try:
        contents = contents_of(value, reading.passes_over)
    except (msgspec.DecodeError, RecursionError):
        return KeyAnswer(key, Known(Availability.UNKNOWN, _UNREADABLE))
    if any(outcome.is_failure for outcome in contents.outcomes):
        failed = Known(Availability.UNKNOWN, _FAILED)
        return KeyAnswer(key, failed, contents.resources, passed_over=contents.passed_over)
    return _judged(key, contents, reading, is_page_cut=is_cut(key, [contents]))


def _judged(key: PrefetchKey, contents: Contents, reading: _AnswerReading, *, is_page_cut: bool) -> KeyAnswer:
    """What came, and how much of its kind is known by it."""
    said = evidence_of(contents.outcomes, key.resource_type, reading.acknowledged)
    if said.why_unknown:
        unsure = Known(Availability.UNKNOWN, said.why_unknown)
        return KeyAnswer(key, unsure, contents.resources, passed_over=contents.passed_over, heard=said.heard)
    answer = _read(key, contents, reading.zone, is_page_cut=is_page_cut)
    if not said.heard:
        return answer
    return replace(answer, known=replace(answer.known, withheld=said.withheld), heard=said.heard)


def _read(key: PrefetchKey, contents: Contents, zone: tzinfo, *, is_page_cut: bool) -> KeyAnswer:
    """The content that came without a failure. Other resource types may come along: orders refer to Medications."""
    own = [one for one in contents.resources if one.peek.resource_type == key.resource_type]
    passed_over = contents.passed_over
    is_other_type = key.resource_type != _OBSERVATION or not passed_over
    if not own and is_other_type and not is_page_cut:
        # Medications alone are what the draft orders refer to. An OperationOutcome without a failure in
        # it is some clients' way to say "no results".
        is_empty = not passed_over and all(one.type == _MEDICATION for one in contents.resources)
        if is_empty and (contents.is_bundle or contents.outcomes):
            return KeyAnswer(key, Known(Availability.EMPTY), contents.resources)
        kept = (one for one in contents.resources if not is_resource_type(one.type) or one.type in REPORTS)
        return KeyAnswer(key, _SOMETHING_ELSE, tuple(kept))
    if not is_page_cut:
        return KeyAnswer(key, Known(Availability.KNOWN), contents.resources, passed_over=passed_over)
    dates = contents.observation_dates if passed_over else [one.date_text for one in own]
    matches = contents.matches(key.resource_type)
    is_page = contents.next_link is not None or (key.count is not None and matches >= key.count)
    known = Known(Availability.TRUNCATED, "" if is_page else _MORE, _complete_since(dates, zone))
    return KeyAnswer(key, known, contents.resources, contents.next_link, matches, passed_over)


def _complete_since(dates: Sequence[str], zone: tzinfo) -> ClinicalDate | None:
    """The day of the oldest record of a cut page: what is missing is older.

    None when the page does not come newest first: then anything may be missing.
    """
    days = [text[:_DAY] for text in dates if text]
    if not days or days != sorted(days, reverse=True):
        return None
    return clinical_date(days[-1], zone)


def _together(answers: list[KeyAnswer]) -> Known:
    """What is known of a kind that several searches cover.

    The main search decides. Another one may be absent, but if it failed or was cut, the kind is not
    fully known.
    """
    main = [answer.known for answer in answers if answer.key.is_main]
    others = [answer.known for answer in answers if not answer.key.is_main and answer.known.why != _NOT_SENT]
    told = [*main, *others]
    unknown = next((known for known in told if known.is_unknown), None)
    if unknown is not None:
        return unknown
    withheld = next((known.withheld for known in told if known.withheld), "")
    cut = [known for known in told if known.availability is Availability.TRUNCATED]
    if cut:
        since = _latest([known.complete_since for known in cut])
        why = next((known.why for known in cut if known.why), "")
        return Known(Availability.TRUNCATED, why, since, withheld)
    is_known = any(known.availability is Availability.KNOWN for known in told)
    return Known(Availability.KNOWN if is_known else Availability.EMPTY, withheld=withheld)


def _latest(dates: list[ClinicalDate | None]) -> ClinicalDate | None:
    """The newest date; None, the worst, when one of them is not known."""
    known = [day for day in dates if day is not None]
    return max(known, key=lambda day: day.last) if len(known) == len(dates) else None
