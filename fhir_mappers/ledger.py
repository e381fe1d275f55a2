"""The ledger: what became of each resource of a request; none is left out, and none is two things."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from cards.model.facts import Unread, UnreadReason
from fhir_mappers.bundle.references import RecordIndex
from fhir_mappers.bundle.relevance import MEDICATION_RECORDS, Relevance, each_once, results_within
from fhir_mappers.bundle.resources import RawResource
from fhir_mappers.bundle.subjects import Subjects
from fhir_mappers.chart import MappedChart
from fhir_mappers.json.fhir_json import codings

_SAYS_NO = ("entered-in-error", "cancelled", "registered", "not-done", "not-taken", "not-given", "inactive")
_REFUTED = ("refuted", "entered-in-error")
_NOT_DONE = ("doNotPerform", "wasNotGiven", "notGiven", "notDone", "notPerformed", "wasNotTaken")
# Their mappers read whatever names one of our drugs or problems, unless the record itself says that it is not so.
_DENIED_IN_WORDS = {
    "AllergyIntolerance": "it denies an allergy, or has ended",
    "Condition": "it denies what it names, or is about a relative",
}


class Disposition(StrEnum):
    """What became of a resource."""

    USED = "used"  # it gave at least one fact, or names the drug of a record that did
    IRRELEVANT = "irrelevant"  # readable, and no rule asks for it
    SUPERSEDED = "superseded"  # another version of it was read, or another record says the same
    SAYS_NO = "says no"  # entered in error, cancelled, refuted, not done, denied in words
    NOT_USABLE = "not usable"  # ours, or possibly ours, and not used


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One resource of the request. Of another patient's only the type is kept."""

    disposition: Disposition
    resource_type: str  # "" where it states none
    record_ref: str = ""
    why: str = ""  # one clause in plain words; "" for what is used without doubt, or means nothing here
    unread: tuple[Unread, ...] = ()  # why it is not usable, or the doubts about what was used
    is_of_another_patient: bool = False
    codes: tuple[str, ...] = ()  # of what means nothing here: "http://loinc.org|8302-2"


@dataclass(frozen=True, slots=True)
class Ledger:
    """Every resource of one request, drafts first, in the order in which they came."""

    entries: tuple[LedgerEntry, ...]
    passed_over: Mapping[str, int] = field(
        default_factory=lambda: MappingProxyType({})
    )  # irrelevant at a glance: how many of each type

    def of(self, disposition: Disposition) -> tuple[LedgerEntry, ...]:
        """The entries of one disposition."""
        return tuple(one for one in self.entries if one.disposition == disposition)

    @property
    def not_usable(self) -> Mapping[UnreadReason, tuple[Unread, ...]]:
        """What is not usable, by the reason, the most frequent first."""
        found: dict[UnreadReason, tuple[Unread, ...]] = {}
        for entry in self.of(Disposition.NOT_USABLE):
            for note in entry.unread:
                found[note.reason] = (*found.get(note.reason, ()), note)
        return dict(sorted(found.items(), key=lambda reason: -len(reason[1])))

    @property
    def counts(self) -> Mapping[Disposition, int]:
        """How many resources came to each disposition."""
        found = Counter(one.disposition for one in self.entries)
        found[Disposition.IRRELEVANT] += sum(self.passed_over.values())
        return MappingProxyType({one: found[one] for one in Disposition})


def ledger_of(
    patient_id: str,
    drafts: Sequence[RawResource],
    records: Sequence[RawResource],
    mapped: MappedChart,
    passed_over: Mapping[str, int] = MappingProxyType({}),
    of_day: Sequence[Unread] = (),
) -> Ledger:
    """What became of each of these resources, from which the chart was mapped.

    `of_day` are the notes on records that cannot be used, or are doubtful, on the day that is asked about. It looks
    at every resource again: for those who ask, not on the way to a card.
    """
    subjects = Subjects(patient_id, [*records, *drafts])
    reader = _Reader(mapped, [*drafts, *records], of_day)
    entries = (
        *reader.entries(drafts, [subjects.is_our_draft(one) for one in drafts]),
        *reader.entries(records, [subjects.is_ours(one) for one in records]),
    )
    return Ledger(entries, passed_over)


class _Reader:
    def __init__(
        self, mapped: MappedChart, resources: Sequence[RawResource], of_day: Sequence[Unread]
    ) -> None:
        self._of_day: dict[str, tuple[Unread, ...]] = {}
        for note in of_day:
            self._of_day[note.record_ref] = (*self._of_day.get(note.record_ref, ()), note)
        self._facts = mapped.recognised
        self._index = RecordIndex(resources)
        self._relevance = Relevance()
        self._named = {ref for one in resources if self._gave_a_fact(one) for ref in self._medication_of(one)}

    def entries(self, resources: Sequence[RawResource], is_ours: Sequence[bool]) -> Iterator[LedgerEntry]:
        """The entries of resources, each followed by those of the results inside it."""
        ours = [one for one, own in zip(resources, is_ours, strict=True) if own]
        newest = {id(one) for one in each_once(ours)}
        for resource, own in zip(resources, is_ours, strict=True):
            if not own:
                yield _of_another_patient(resource)
                continue
            yield self._entry(resource, is_newest=id(resource) in newest)
            yield from (self._entry(inner, is_newest=True) for inner in results_within(resource))

    def _entry(self, resource: RawResource, *, is_newest: bool) -> LedgerEntry:
        facts = self._facts.get(resource.record_ref, ())
        unread = tuple(one for one in facts if isinstance(one, Unread))
        unread = tuple(dict.fromkeys((*unread, *self._of_day.get(resource.record_ref, ()))))
        if not is_newest:
            return _entry(Disposition.SUPERSEDED, resource, "another version of it counts")
        if self._gave_a_fact(resource) or resource.record_ref in self._named:
            return _entry(Disposition.USED, resource, _in_words(unread), unread)
        if unread:
            return _entry(Disposition.NOT_USABLE, resource, _in_words(unread), unread)
        return self._without_facts(resource)

    def _without_facts(self, resource: RawResource) -> LedgerEntry:
        names_ours = self._relevance.names_ours(resource, self._index)
        if names_ours and (denial := _denial(resource)):
            return _entry(Disposition.SAYS_NO, resource, denial)
        if names_ours and self._relevance.is_gene_report(resource):
            return _entry(
                Disposition.SUPERSEDED, resource, "about TPMT or NUDT15, and says no more than other records"
            )
        if names_ours:
            return _entry(Disposition.IRRELEVANT, resource, "nothing in it is a fact that a rule asks for")
        return LedgerEntry(
            Disposition.IRRELEVANT, resource.type, resource.record_ref, codes=tuple(_codes(resource))
        )

    def _gave_a_fact(self, resource: RawResource) -> bool:
        if not all(one.is_counted for one in self._of_day.get(resource.record_ref, ())):
            return False
        facts = self._facts.get(resource.record_ref, ())
        return any(not isinstance(one, Unread) or one.is_counted for one in facts)

    def _medication_of(self, record: RawResource) -> Iterator[str]:
        """The Medication that a record names by reference."""
        if record.type not in MEDICATION_RECORDS:
            return
        peek = record.peek
        named = peek.medication_reference or (peek.medication.reference if peek.medication else None)
        target = self._index.find(named.reference, record.full_url) if named and named.reference else None
        if target is not None:
            yield target.record_ref


def _entry(
    disposition: Disposition, resource: RawResource, why: str, unread: tuple[Unread, ...] = ()
) -> LedgerEntry:
    return LedgerEntry(disposition, resource.type, resource.record_ref, why, unread)


def _of_another_patient(resource: RawResource) -> LedgerEntry:
    why = "it names another patient"
    return LedgerEntry(Disposition.NOT_USABLE, resource.type, why=why, is_of_another_patient=True)


def _in_words(unread: Iterable[Unread]) -> str:
    return "; ".join(one.in_words for one in unread)


def _denial(resource: RawResource) -> str:
    """How a record says that there is nothing; "" where it does not."""
    if resource.status in _SAYS_NO:
        return f"its status is {resource.status}"
    content = resource.decoded()
    refuted = {coding.code for coding in codings(content.get("verificationStatus"))}.intersection(_REFUTED)
    if refuted:
        return f"its verification status is {min(refuted)}"
    if any(content.get(name) is True for name in _NOT_DONE):
        return "it says that it was not done"
    return _DENIED_IN_WORDS.get(resource.type, "")


def _codes(resource: RawResource) -> Iterator[str]:
    named = (f"{one.system or ''}|{one.code}" for one in resource.codings if one.code is not None)
    return iter(dict.fromkeys(named))
