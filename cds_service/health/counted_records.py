"""The FHIR server of a request, each search counted."""

from collections.abc import Iterable, Mapping

from cds_service.chart_sources.fhir_records import FhirRecords, Found, Gap, Referred
from cds_service.health.metrics import Metrics
from fhir_mappers.bundle.resources import RawResource


class CountedRecords:
    """Asks the same server, and counts what it was asked for and whether that came."""

    def __init__(self, records: FhirRecords, metrics: Metrics) -> None:
        self._records = records
        self._metrics = metrics

    def search(self, gaps: Iterable[Gap], referred: Referred) -> Mapping[str, Found]:
        """The answer for each gap."""
        found = self._records.search(gaps, referred)
        for one in found.values():
            self._metrics.fetched(is_found=not one.why_not)
        return found

    def read_medications(self, references: Iterable[str]) -> tuple[RawResource, ...]:
        """The Medications that could be read."""
        wanted = tuple(references)
        found = self._records.read_medications(wanted)
        for number in range(len(wanted)):
            self._metrics.fetched(is_found=number < len(found))
        return found
