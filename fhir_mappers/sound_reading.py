"""Reading that continues without the records that crash it: whose they are, which matter, what they make together."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from cards.model.facts import FactKind, Unread
from cards.model.genes import GeneResult
from cards.model.labs import LabResult
from fhir_mappers.bundle.references import RecordIndex
from fhir_mappers.bundle.relevance import Chosen, Relevance, chosen, each_once
from fhir_mappers.bundle.resources import RawResource
from fhir_mappers.bundle.subjects import Subjects
from fhir_mappers.crashes import attempted, logged_crash, lost, unreadable
from fhir_mappers.mappers import RECORD_MAPPERS


class OfRecord(Protocol):
    """A fact, which says what record it is from."""

    @property
    def record_ref(self) -> str:
        """The record."""


_Fact = TypeVar("_Fact", bound=OfRecord)
_Whole = TypeVar("_Whole")


class Ownership:
    """Selects this patient's resources; a resource whose patient is unclear is not used, and reported once."""

    def __init__(self, subjects: Subjects) -> None:
        self._subjects = subjects
        self._unread: dict[str, tuple[Unread, ...]] = {}

    def ours(self, resources: Iterable[RawResource]) -> list[RawResource]:
        """Records about this patient, in their order."""
        return self._those(resources, self._subjects.is_ours, wanted=True)

    def others(self, resources: Iterable[RawResource]) -> list[RawResource]:
        """Records about another patient, in their order."""
        return self._those(resources, self._subjects.is_ours, wanted=False)

    def our_drafts(self, drafts: Iterable[RawResource]) -> list[RawResource]:
        """Draft orders for this patient, in their order."""
        return self._those(drafts, self._subjects.is_our_draft, wanted=True)

    def others_drafts(self, drafts: Iterable[RawResource]) -> list[RawResource]:
        """Draft orders for another patient, each once."""
        found = self._those(drafts, self._subjects.is_our_draft, wanted=False)
        return attempted(lambda: list(each_once(found)), found, "versions_not_compared")

    def _those(
        self, resources: Iterable[RawResource], is_theirs: Callable[[RawResource], bool], *, wanted: bool
    ) -> list[RawResource]:
        listed = list(resources)
        try:
            return [resource for resource in listed if is_theirs(resource) is wanted]
        except Exception:  # noqa: BLE001 -- the record that did it is looked for
            return [resource for resource in listed if self._is(resource, is_theirs, wanted=wanted)]

    def _is(self, resource: RawResource, is_theirs: Callable[[RawResource], bool], *, wanted: bool) -> bool:
        try:
            return is_theirs(resource) is wanted
        except Exception as error:  # noqa: BLE001 -- neither is known; a reference must not lose the others
            self._unread.setdefault(resource.record_ref, lost(resource, is_theirs, error))
            return False

    @property
    def unread(self) -> tuple[Unread, ...]:
        """What is told of them."""
        return tuple(one for found in self._unread.values() for one in found)


def picked_from(
    records: Sequence[RawResource], index: RecordIndex, relevance: Relevance
) -> tuple[Chosen, tuple[Unread, ...]]:
    """The records for mappers to read, and those that crash the selection, which are left out."""
    try:
        return chosen(records, index, relevance), ()
    except Exception as error:  # noqa: BLE001 -- the record that did it is looked for
        logged_crash("selection_crashed", error)
    unread: list[Unread] = []
    sound: list[RawResource] = []
    for resource in records:
        try:
            chosen([resource], index)
        except Exception as error:  # noqa: BLE001 -- see above
            unread += lost(resource, chosen, error)
        else:
            sound.append(resource)
    try:
        return chosen(sound, index, relevance), tuple(unread)
    except Exception:  # noqa: BLE001 -- what crashes only together is read one by one, the genes too
        alone = [chosen([resource], index) for resource in sound]
        merged = {one.record_ref: one for found in alone for one in found.records}
        genes = {one.record_ref: one for found in alone for one in found.gene_reports}
        return Chosen(tuple(merged[ref] for ref in sorted(merged)), tuple(genes.values())), tuple(unread)


def put_together(
    facts: Sequence[_Fact], assembled: Callable[[Sequence[_Fact | Unread]], _Whole]
) -> tuple[_Whole, tuple[_Fact | Unread, ...]]:
    """The result of the facts together, and the facts, each once.

    A record whose facts crash it is an Unread instead; so is every record where they crash it only together.
    """
    try:
        told: tuple[_Fact | Unread, ...] = tuple(dict.fromkeys(facts))
        return assembled(told), told
    except Exception as error:  # noqa: BLE001 -- a fact may be anything that a mapper made of what was sent
        logged_crash("chart_not_assembled", error)
        first = error
    by_record: dict[str, list[_Fact]] = {}
    for fact in facts:
        by_record.setdefault(fact.record_ref, []).append(fact)
    sound: dict[_Fact | Unread, None] = {}
    for own in by_record.values():
        try:
            assembled(tuple(dict.fromkeys(own)))
            sound |= dict.fromkeys(own)
        except Exception as error:  # noqa: BLE001 -- see above
            sound[_unread(own[0], error)] = None
    try:
        return assembled(tuple(sound)), tuple(sound)
    except Exception:  # noqa: BLE001 -- see above
        nothing = tuple(_unread(own[0], first) for own in by_record.values())
        return assembled(nothing), nothing


def _unread(fact: OfRecord, error: Exception) -> Unread:
    return fact if isinstance(fact, Unread) else unreadable(fact.record_ref, _kind_of(fact), error)


def _kind_of(fact: OfRecord) -> FactKind:
    """The group that a fact belongs to."""
    if isinstance(fact, LabResult):
        return fact.analyte.kind
    if isinstance(fact, GeneResult):
        return FactKind.GENES
    mappers = RECORD_MAPPERS.get(fact.record_ref.partition("/")[0])
    return mappers[0][0] if mappers else FactKind.MEDICATIONS
