"""Everything a request's rules may read: what was sent, and what the FHIR server adds. Relevance comes first."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import tzinfo
from itertools import chain

from cds_service.access.fhir_records import FhirRecords
from cds_service.access.prefetch import Prefetched, completed
from fhir_mappers.references import RecordIndex
from fhir_mappers.resources import RawResource
from fhir_mappers.selection import MEDICATION_RECORDS
from fhir_mappers.synonyms import mentioned


def with_ordered_medications(
    sent: Prefetched, drafts: Iterable[RawResource], fhir: FhirRecords
) -> Prefetched:
    """The records, and the Medications that the draft orders refer to."""
    orders = tuple(drafts)
    return _with_medications(sent, orders, (*orders, *sent.records), fhir)


def with_missing_records(
    sent: Prefetched, drafts: Iterable[RawResource], fhir: FhirRecords, zone: tzinfo
) -> Prefetched:
    """The records, those of the searches that the client left out, and the Medications they refer to."""
    whole = completed(sent, fhir.search(sent.gaps), zone) if sent.gaps else sent
    return _with_medications(whole, whole.records, (*drafts, *whole.records), fhir)


def _with_medications(
    sent: Prefetched, orders: Iterable[RawResource], held: tuple[RawResource, ...], fhir: FhirRecords
) -> Prefetched:
    wanted = tuple(_unresolved(orders, held))
    if not wanted:
        return sent
    return replace(sent, medications=(*sent.medications, *fhir.read_medications(wanted)))


def _unresolved(orders: Iterable[RawResource], held: tuple[RawResource, ...]) -> Iterable[str]:
    """References to Medications that nobody sent, those without a name first.

    A name that is not one of ours needs no reading: some systems refer to every drug that way.
    """
    nameless: dict[str, None] = {}
    ours: dict[str, None] = {}
    index: RecordIndex | None = None
    for order in orders:
        if order.type not in MEDICATION_RECORDS:
            continue
        named = order.peek.medication_reference or (
            order.peek.medication.reference if order.peek.medication else None
        )
        literal = (named.reference or "") if named else ""
        if not named or not literal or literal.startswith("#"):
            continue
        index = index or RecordIndex(held)
        if index.find(literal, order.full_url) is not None:
            continue
        if not named.display:
            nameless[literal] = None
        elif mentioned(named.display, "drug") or mentioned(named.display, "vaccine"):
            ours[literal] = None
    return dict.fromkeys(chain(nameless, ours))
