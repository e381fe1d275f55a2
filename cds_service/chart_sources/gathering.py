"""Everything a request's rules may read: what was sent and what the FHIR server adds. Relevance comes first."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import tzinfo
from itertools import chain

from cards.model.facts import FactKind
from cds_service.chart_sources.fhir_records import FhirRecords
from cds_service.chart_sources.prefetch import Prefetched, completed
from fhir_mappers.bundle.peeks import PeekedReference
from fhir_mappers.bundle.references import RecordIndex
from fhir_mappers.bundle.relevance import MEDICATION_RECORDS
from fhir_mappers.bundle.resources import RawResource
from fhir_mappers.terminology.synonyms import mentioned


def with_ordered_medications(
    sent: Prefetched, drafts: Sequence[RawResource], fhir: FhirRecords
) -> Prefetched:
    """The records, and the Medications that the draft orders refer to."""
    return _with_medications(sent, _missing(drafts, sent, drafts), fhir)


def with_missing_records(
    sent: Prefetched, drafts: Sequence[RawResource], fhir: FhirRecords, zone: tzinfo
) -> Prefetched:
    """The records, those of the searches that the client left out, and the Medications they refer to."""
    whole = sent
    if gaps := sent.gaps:
        found = fhir.search(gaps, lambda so_far: _referred(completed(sent, so_far, zone), drafts))
        whole = completed(sent, found, zone)
    return _with_medications(whole, _referred(whole, drafts), fhir)


def _with_medications(sent: Prefetched, wanted: tuple[str, ...], fhir: FhirRecords) -> Prefetched:
    return replace(sent, medications=(*sent.medications, *fhir.read_medications(wanted))) if wanted else sent


def _referred(sent: Prefetched, drafts: Sequence[RawResource]) -> tuple[str, ...]:
    """The Medications that records refer to and that were not sent."""
    of_medications = (one.records for one in sent.answers if one.key.kind is FactKind.MEDICATIONS)
    return _missing(chain.from_iterable(of_medications), sent, drafts)


def _missing(
    orders: Iterable[RawResource], sent: Prefetched, drafts: Sequence[RawResource]
) -> tuple[str, ...]:
    referring = [order for order in orders if _named(order)]
    return tuple(_unresolved(referring, RecordIndex([*drafts, *sent.records]))) if referring else ()


def _named(order: RawResource) -> PeekedReference | None:
    """The reference by which a record names its Medication, if it is one to another record."""
    if order.type not in MEDICATION_RECORDS:
        return None
    peek = order.peek
    named = peek.medication_reference or (peek.medication.reference if peek.medication else None)
    return named if named and named.reference and not named.reference.startswith("#") else None


def _unresolved(orders: Iterable[RawResource], index: RecordIndex) -> Iterable[str]:
    """References to Medications that were not sent, those without a name first.

    If the name is not that of a known drug, the Medication is not read: some systems refer to every drug that way.
    """
    nameless: dict[str, None] = {}
    ours: dict[str, None] = {}
    for order in orders:
        named = _named(order)
        if named is None or named.reference is None or index.find(named.reference, order.full_url):
            continue
        if not named.display:
            nameless[named.reference] = None
        elif mentioned(named.display, "drug") or mentioned(named.display, "vaccine"):
            ours[named.reference] = None
    return dict.fromkeys(chain(nameless, ours))
