"""Medication orders and records as written: what their dose and state follow from, on whatever day."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from cards.model.conditions import Indication
from cards.model.dates import ClinicalDate
from cards.model.dosage.written import WrittenDosage
from cards.model.therapy import Drug, OrderIntent, Product


@dataclass(frozen=True, slots=True)
class WrittenOrder:
    """A medication order in the request as written; assessment makes a DrugOrder of it."""

    record_ref: str
    drug: Drug
    product: Product
    intent: OrderIntent = OrderIntent.TAKE
    dosages: tuple[WrittenDosage, ...] = ()
    dose_problem: str = ""  # why the dosage was not read
    indications: frozenset[Indication] = frozenset()  # from the order's own reason
    reason_text: str = ""
    authored_on: ClinicalDate | None = None
    starts_on: ClinicalDate | None = None  # of its timing, where stated
    replaces_ref: str | None = None  # priorPrescription or basedOn
    ordered_by: str = ""  # the requester, as the order refers to it
    encounter: str = ""
    is_selected: bool = True  # False: in the draft of an order-select, but not the order at hand
    is_oral: bool | None = None
    text: str = ""  # the drug as displayed

    def __hash__(self) -> int:
        """By its record and drug, which tell two of a chart apart: a dosage is long to hash."""
        return hash((self.record_ref, self.drug))


class RecordKind(StrEnum):
    """What a medication record is evidence of."""

    ORDER = "order"
    STATEMENT = "statement"
    DISPENSE = "dispense"
    ADMINISTRATION = "administration"


class RecordStatus(StrEnum):
    """What the status of a medication record means for the therapy, in every version of FHIR."""

    TAKEN = "taken"  # active, recorded, in progress
    HELD = "held"
    COMPLETED = "completed"
    STOPPED = "stopped"
    PLANNED = "planned"  # a draft or an intention, whatever its dates
    OTHER = "other"  # unknown, or without a meaning for this kind


@dataclass(frozen=True, slots=True)
class Supply:
    """What was handed out or may be; how long it lasts may depend on the dose."""

    from_on: ClinicalDate | None = None
    days: Fraction | None = None  # of one fill, where stated
    units: Fraction | None = None  # tablets or capsules of one fill, where no days are stated
    fills: Fraction = Fraction(1)
    valid_until: ClinicalDate | None = None  # of an order: counts where neither says how long it lasts


@dataclass(frozen=True, slots=True)
class WrittenCourse:
    """What the state of a medication record follows from."""

    kind: RecordKind
    status: RecordStatus = RecordStatus.OTHER
    started_on: ClinicalDate | None = None
    starts_on: ClinicalDate | None = None  # as stated: where it lies ahead, the therapy is planned
    ended_on: ClinicalDate | None = None
    evidence: tuple[ClinicalDate, ...] = ()  # days that show it to be taken, besides the supply
    supply: Supply = Supply()
    updated_on: ClinicalDate | None = None  # when the record was last written: its status was so by then
    is_held_for_admission: bool = False  # on hold for an operation or a stay in hospital
    is_proposed: bool = False  # a plan or a proposal of a prescriber
    is_on_home_list: bool = False  # reported by the patient or a relative


@dataclass(frozen=True, slots=True)
class WrittenRecord:
    """A signed order, statement, dispense or administration as written; assessment makes a DrugRecord of it."""

    record_ref: str
    drug: Drug
    product: Product
    course: WrittenCourse
    dosages: tuple[WrittenDosage, ...] = ()
    dose_problem: str = ""  # why the dosage was not read
    begins_on: ClinicalDate | None = None  # the first step of a dosage that does not say from when
    indications: frozenset[Indication] = frozenset()
    ordered_by: str = ""  # the requester, as the record refers to it
    encounter: str = ""
    setting: str = ""  # by its category: "inpatient"
    is_oral: bool | None = None
    text: str = ""
    is_contradictory: bool = False  # its code and its words name different drugs, of which this is one

    def __hash__(self) -> int:
        """See WrittenOrder."""
        return hash((self.record_ref, self.drug))
