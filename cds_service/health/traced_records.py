"""The FHIR server of a request, each round of searches a span."""

from collections.abc import Iterable, Mapping

from cds_service.chart_sources.fhir_records import FhirRecords, Found, Gap, Referred
from cds_service.wire.spans import Spans
from fhir_mappers.bundle.resources import RawResource


class TracedRecords:
    """Asks the same server and records in the spans how much was asked for and how much came."""

    def __init__(self, records: FhirRecords, spans: Spans) -> None:
        self._records = records
        self._spans = spans

    def search(self, gaps: Iterable[Gap], referred: Referred) -> Mapping[str, Found]:
        """The answer for each gap."""
        with self._spans.span("FHIR search"):
            found = self._records.search(gaps, referred)
            failed = sum(1 for one in found.values() if one.why_not)
            self._spans.about(searches=len(found), failed=failed)
            return found

    def read_medications(self, references: Iterable[str]) -> tuple[RawResource, ...]:
        """The Medications that could be read."""
        wanted = tuple(references)
        with self._spans.span("FHIR read"):
            found = self._records.read_medications(wanted)
            self._spans.about(searches=len(wanted), failed=len(wanted) - len(found))
            return found
