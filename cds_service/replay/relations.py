"""Patients of whom a record may matter only because a gene report leads to it."""

from pathlib import Path

import msgspec

from fhir_mappers.bundle.relevance import Relevance, leads_on, results_within
from fhir_mappers.bundle.resources import RawResource

OF_UNIT = "related.json"
_OF_ALL = "related-patients.json"


class PatientsRelated(msgspec.Struct):
    """The patients of one unit, by what their reports are.

    `chosen` begins at gene reports, and goes on only by what these refer to and by what is derived from others.
    """

    genes: set[str] = msgspec.field(default_factory=set)  # they have a gene report
    leading: set[str] = msgspec.field(default_factory=set)  # one of these refers to other reports
    derived: set[str] = msgspec.field(
        default_factory=set
    )  # another report is derived from one, maybe from these

    def note(self, patient: str, report: RawResource, relevance: Relevance) -> None:
        """Take a report into account, and the results that it contains."""
        self._note(patient, report, relevance)
        if report.peek.contained:
            for part in results_within(report):
                self._note(patient, part, relevance)

    def _note(self, patient: str, report: RawResource, relevance: Relevance) -> None:
        is_gene_report = relevance.is_gene_report(report)
        if is_gene_report:
            self.genes.add(patient)
        if (is_gene_report or report.peek.derived_from) and leads_on(report):
            (self.leading if is_gene_report else self.derived).add(patient)


def put_together(work: Path) -> frozenset[str]:
    """The patients of all units of whom a gene report may lead to any other report.

    They are kept where every worker finds them.
    """
    files = sorted((work / "selected").glob(f"*/{OF_UNIT}"))
    genes: set[str] = set()
    patients: set[str] = set()
    for file in files:
        unit = _noted(file)
        genes |= unit.genes
        patients |= unit.leading
    for file in files:  # once more: there may be many derived ones, which are not to be in memory together
        patients |= _noted(file).derived & genes
    (work / _OF_ALL).write_bytes(msgspec.json.encode(sorted(patients)))
    return frozenset(patients)


def related_patients(work: Path) -> frozenset[str]:
    """The patients as they were put together."""
    return msgspec.json.decode((work / _OF_ALL).read_bytes(), type=frozenset[str])


def _noted(file: Path) -> PatientsRelated:
    return msgspec.json.decode(file.read_bytes(), type=PatientsRelated)
