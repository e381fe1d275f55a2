"""Drugs, what is in a product, a dose as it is taken, and the records that say so."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from cards.model.conditions import Indication
from cards.model.dates import ClinicalDate


class Drug(StrEnum):
    """Drugs and drug classes that a rule asks about. Values match the code table's concepts."""

    AZATHIOPRINE = "azathioprine"
    MERCAPTOPURINE = "mercaptopurine"
    THIOGUANINE = "thioguanine"
    ALLOPURINOL = "allopurinol"
    LESINURAD_ALLOPURINOL = "lesinurad_allopurinol"
    FEBUXOSTAT = "febuxostat"
    RIBAVIRIN = "ribavirin"
    METHOTREXATE = "methotrexate"
    AMINOSALICYLATE = "aminosalicylates"
    ACE_INHIBITOR = "ace_inhibitors"
    WARFARIN = "warfarin"
    GLYBURIDE = "glyburide"
    TRIMETHOPRIM = "trimethoprim"
    PROGESTIN_ONLY_PILL = "progestin_only_pill"
    SYSTEMIC_CORTICOSTEROID = "systemic_corticosteroids"
    MYCOPHENOLATE = "mycophenolate"
    CYCLOPHOSPHAMIDE = "cyclophosphamide"
    CHLORAMBUCIL = "chlorambucil"
    MELPHALAN = "melphalan"
    TNF_INHIBITOR = "tnf_inhibitors"
    JAK_INHIBITOR = "jak_inhibitors"
    TACROLIMUS = "cni_tacrolimus"
    CICLOSPORIN = "cni_cyclosporin"
    SIROLIMUS = "mtor_sirolimus"
    EVEROLIMUS = "mtor_everolimus"


THIOPURINES = (Drug.AZATHIOPRINE, Drug.MERCAPTOPURINE, Drug.THIOGUANINE)
XANTHINE_OXIDASE_INHIBITORS = (Drug.ALLOPURINOL, Drug.LESINURAD_ALLOPURINOL, Drug.FEBUXOSTAT)


@dataclass(frozen=True, slots=True)
class Product:
    """What one unit of a dispensed product contains; None where the record does not say."""

    text: str = ""
    strength_mg: float | None = None  # per tablet, capsule or vial
    mg_per_ml: float | None = None
    form: str = ""  # "tablet", "capsule", "suspension", "injection"


@dataclass(frozen=True, slots=True)
class DoseStep:
    """Another step of an order than the present one: from which day, and how much."""

    begins: date
    mg_per_day: float
    largest_mg_of_a_day: float
    reading: str


@dataclass(frozen=True, slots=True)
class DoseRegimen:
    """A dose as it is taken, averaged to a day."""

    mg_per_day: float  # the highest, where the order gives a range
    reading: str  # how it was read, for the card: "2 tablets x 50 mg, twice a day"
    mg_per_dose: float | None = None
    doses_per_day: float | None = None  # 0.5 for alternate days
    low_mg_per_day: float | None = None  # the lower end of a range
    is_as_needed: bool = False
    is_from_text: bool = False  # parsed from a free-text sig
    plan: str = ""  # for a taper: the steps, in words
    largest_mg_of_a_day: float | None = None  # where it is above the mean: 700 for 700 mg once a week
    days_a_week: float | None = None  # on how many days it is taken; None: on every day
    parts_of_day: frozenset[str] = frozenset()  # the times of day it is for: "morning"
    weekdays: frozenset[str] = frozenset()  # "mon"; empty: every day, or not stated which
    steps: tuple[DoseStep, ...] = ()  # the steps that follow the present one
    earlier_steps: tuple[DoseStep, ...] = ()  # the steps before the present one, oldest first
    step_begins: date | None = None  # the first day of the present step, where there are several
    plan_ended: date | None = None  # the last day of a plan whose every step is over


class OrderIntent(StrEnum):
    """What signing an order does to the patient's therapy."""

    TAKE = "take"  # draft, active, on-hold being resumed: the drug will be taken
    END = "end"  # stopped, cancelled, completed: the drug will not be taken
    VOID = "void"  # entered in error


@dataclass(frozen=True, slots=True)
class DrugOrder:
    """A medication order in the request, not yet signed or being signed again."""

    record_ref: str
    drug: Drug
    intent: OrderIntent = OrderIntent.TAKE
    regimen: DoseRegimen | None = None
    dose_problem: str = ""  # why regimen is None: "no dose given"; quotes text that could not be read
    product: Product = Product()
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


class TherapyState(StrEnum):
    """What one medication record says about today."""

    ACTIVE = "active"
    POSSIBLY_TAKEN = "possibly still taken"  # active on paper, but no recorded supply reaches today
    HELD = "on hold"
    PAST = "past"
    PLANNED = "planned"


@dataclass(frozen=True, slots=True)
class DrugRecord:
    """One signed order, statement, dispense or administration of one drug."""

    record_ref: str
    drug: Drug
    state: TherapyState
    regimen: DoseRegimen | None = None
    dose_problem: str = ""
    product: Product = Product()
    indications: frozenset[Indication] = frozenset()
    started_on: ClinicalDate | None = None
    ended_on: ClinicalDate | None = None
    supplied_until: ClinicalDate | None = None  # the last day the recorded supply covers
    shown_until: date | None = None  # the last day that it shows the drug to be taken; None: not limited
    ended_by: date | None = None  # where no end is recorded: the last day on which it may have been taken
    is_end_assumed: bool = False  # nothing on record says that it was not taken after ended_by
    is_held_for_admission: bool = False  # on hold for an operation or a stay in hospital
    ordered_by: str = ""  # the requester, as the record refers to it
    encounter: str = ""
    setting: str = ""  # by its category: "inpatient"
    is_oral: bool | None = None
    text: str = ""
    planned_for: ClinicalDate | None = None  # of a planned therapy, where a day is stated
    is_stale_report: bool = False  # reported by the patient, undated or long ago: somebody must ask
    reported_on: date | None = None  # of a statement: the day on which it was last said to hold
    is_contradictory: bool = False  # its code and its words name different drugs, of which this is one
