"""PatientChart: the facts of one patient as they are recorded, whatever the day."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from cards.model.conditions import AllergyRecord, ConditionRecord, ProcedureRecord
from cards.model.dates import ClinicalDate
from cards.model.facts import FactKind, Known, Unread
from cards.model.genes import GeneResult
from cards.model.labs import Analyte, LabSeries
from cards.model.medications import WrittenOrder, WrittenRecord
from cards.model.tests_ordered import TestOrder
from cards.model.vaccines import ImmunizationRecord, VaccineOrder


class Sex(StrEnum):
    """FHIR's administrative gender, as far as a rule needs it."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class PatientChart:
    """One patient as recorded: it knows no today. A missing fact is None or absent, never 0 or ""."""

    born_on: ClinicalDate | None = None
    sex: Sex | None = None
    is_deceased: bool = False
    died_on: ClinicalDate | None = None
    draft_orders: tuple[WrittenOrder, ...] = ()
    vaccine_orders: tuple[VaccineOrder, ...] = ()
    drug_records: tuple[WrittenRecord, ...] = ()
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
