"""Which gene report refers to which, and so which gene each is about."""

from collections.abc import Iterable

from cards.model.dates import ClinicalDate
from cards.model.genes import Gene
from fhir_mappers.genes.reports import GeneReport

_MAX_STEPS = 4


class GeneLinks:
    """Which report refers to which."""

    def __init__(self, reports: Iterable[GeneReport]) -> None:
        self.by_ref = {report.record_ref: report for report in reports}
        self._parents: dict[str, list[GeneReport]] = {}
        for report in sorted(self.by_ref.values(), key=lambda one: one.record_ref):
            for member in report.members:
                self._parents.setdefault(member, []).append(report)

    def in_order(self) -> list[GeneReport]:
        """Every report, in the order of the record_refs."""
        return [self.by_ref[ref] for ref in sorted(self.by_ref)]

    def parents(self, report: GeneReport) -> list[GeneReport]:
        """The panels and reports that list the report."""
        return self._parents.get(report.record_ref, [])

    def origins(self, report: GeneReport) -> list[GeneReport]:
        """The reports that the report was derived from, at any distance, nearest first."""
        found: dict[str, GeneReport] = {}
        step = [report]
        for _ in range(_MAX_STEPS):
            refs = [ref for one in step for ref in one.derived_from if ref not in found]
            step = [self.by_ref[ref] for ref in dict.fromkeys(refs) if ref in self.by_ref]
            found |= {one.record_ref: one for one in step}
        found.pop(report.record_ref, None)
        return list(found.values())

    def date_of(self, report: GeneReport) -> ClinicalDate | None:
        """Its own date, else that of what it was derived from, else of the report that lists it."""
        near = (report, *self.origins(report), *self.parents(report))
        return next((one.reported_on for one in near if one.reported_on is not None), None)

    def genes_of(self, report: GeneReport) -> frozenset[Gene]:
        """The genes a report is about: named by itself, else by its origins, else by its panel's code.

        None when it is or may be about another gene: two origins of different genes decide nothing.
        """
        if report.genes or report.names_another_gene:
            return report.genes
        origins = self.origins(report)
        if any(one.names_another_gene for one in origins):
            return frozenset()
        from_origins = frozenset(gene for one in origins for gene in one.genes)
        if from_origins:
            return from_origins
        return frozenset(gene for one in self.parents(report) for gene in one.genes)
