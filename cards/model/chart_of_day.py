"""ChartOfDay: what a patient's chart says on one day: everything that a rule may read."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from types import MappingProxyType

from cards.model.chart import Sex
from cards.model.conditions import AllergyRecord, ConditionRecord, ProcedureRecord
from cards.model.dates import ClinicalDate
from cards.model.facts import Availability, FactKind, Known, Unread
from cards.model.genes import Gene, GeneResult
from cards.model.labs import Analyte, LabSeries
from cards.model.tests_ordered import TestOrder
from cards.model.therapy import Drug, DrugOrder, DrugRecord
from cards.model.vaccines import ImmunizationRecord, VaccineOrder

_UNASKED = Known(Availability.UNKNOWN, "not asked for")
_NO_RESULTS = LabSeries()


@dataclass(frozen=True, slots=True)
class FailedRecord:
    """What raised when it was read on this day: a bug in this software."""

    record_ref: str  # "" for what belongs to no one record
    error: Exception


@dataclass(frozen=True, slots=True)
class ChartOfDay:
    """One patient on one day. A missing fact is None or absent, never 0 or ""."""

    as_of: datetime  # aware, in the site's zone; replaces "now" everywhere
    born_on: ClinicalDate | None = None
    sex: Sex | None = None
    is_deceased: bool = False  # and no count or liver test was taken since
    died_on: ClinicalDate | None = None
    draft_orders: tuple[DrugOrder, ...] = ()
    vaccine_orders: tuple[VaccineOrder, ...] = ()
    drug_records: tuple[DrugRecord, ...] = ()
    gene_results: tuple[GeneResult, ...] = ()
    labs: Mapping[Analyte, LabSeries] = field(default_factory=lambda: MappingProxyType({}))
    conditions: tuple[ConditionRecord, ...] = ()
    procedures: tuple[ProcedureRecord, ...] = ()
    allergies: tuple[AllergyRecord, ...] = ()
    immunizations: tuple[ImmunizationRecord, ...] = ()
    test_orders: tuple[TestOrder, ...] = ()
    known: Mapping[FactKind, Known] = field(default_factory=lambda: MappingProxyType({}))
    unread: tuple[Unread, ...] = ()
    orders_of_others: int = 0  # drafts of known drugs or vaccines that name another patient: not checked
    merged_refs: frozenset[str] = frozenset()  # records that name an id merged with the patient's
    records_elsewhere: int = (
        0  # to which the patient's record points without being merged with them: not read
    )
    failed: tuple[FailedRecord, ...] = ()  # each record is among `unread` too

    @property
    def today(self) -> date:
        """The day of the request, at the site."""
        return self.as_of.date()

    def knowledge_of(self, kind: FactKind) -> Known:
        """How much is known of a kind of facts; unknown for a kind that was not asked for."""
        return self.known.get(kind, _UNASKED)

    @property
    def without_withheld(self) -> "ChartOfDay":
        """The chart where nothing is known of a kind of which a server withholds a part; itself where none does."""
        withheld = {
            kind: Known(Availability.UNKNOWN, known.withheld)
            for kind, known in self.known.items()
            if known.withheld and not known.is_unknown
        }
        return replace(self, known=MappingProxyType({**self.known, **withheld})) if withheld else self

    def series(self, analyte: Analyte) -> LabSeries:
        """The results of one analyte, oldest first; empty when there are none."""
        return self.labs.get(analyte, _NO_RESULTS)

    def results_of(self, gene: Gene) -> tuple[GeneResult, ...]:
        """Every report about one gene."""
        return tuple(result for result in self.gene_results if result.gene is gene)

    def records_of(self, *drugs: Drug) -> tuple[DrugRecord, ...]:
        """Every medication record of the drugs named."""
        return tuple(record for record in self.drug_records if record.drug in drugs)
