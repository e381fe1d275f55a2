"""Problems, procedures, allergies and indications, as far as a rule asks about them."""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from cards.model.dates import ClinicalDate


class Problem(StrEnum):
    """Conditions that a rule asks about. Values match the code table's concepts."""

    KIDNEY_TRANSPLANT = "kidney_transplant"
    KIDNEY_GRAFT_COMPLICATION = (
        "kidney_graft_complication"  # beside the transplantation, where the code says so
    )
    RHEUMATOID_ARTHRITIS = "rheumatoid_arthritis"
    AUTOIMMUNE_HEPATITIS = "autoimmune_hepatitis"
    LUPUS = "sle_lupus_nephritis"
    LUPUS_NEPHRITIS = "lupus_nephritis"
    ATOPIC_DERMATITIS = "atopic_dermatitis"
    ITP = "itp"
    PSORIASIS = "psoriasis"
    CROHNS = "crohns"
    ULCERATIVE_COLITIS = "ulcerative_colitis"
    IBD_UNSPECIFIED = "ibd_unspecified"
    LEUKEMIA = "leukemia"  # acute lymphoblastic
    LYMPHOBLASTIC_LYMPHOMA = "lymphoblastic_lymphoma"
    ACUTE_MYELOID_LEUKEMIA = "acute_myeloid_leukemia"
    ACUTE_PROMYELOCYTIC_LEUKEMIA = "acute_promyelocytic_leukemia"
    LEUKEMIA_IN_REMISSION = "leukemia_in_remission"  # beside the disease, where the code says so
    BULLOUS_PEMPHIGOID = "bullous_pemphigoid"
    SEPSIS = "sepsis_bacteremia"
    VARICELLA_EXPOSURE = "varicella_exposure"
    VARICELLA = "varicella"
    ZOSTER = "zoster"
    VARICELLA_IMMUNE = "varicella_immune_history"
    PREGNANCY = "pregnancy"
    CHOLESTASIS_OF_PREGNANCY = "cholestasis_of_pregnancy"
    LACTATION = "lactation"
    CIRRHOSIS = "cirrhosis"
    LIVER_DISEASE = "liver_disease"
    SEVERE_LIVER_DISEASE = "severe_liver_disease"  # failure of the liver, portal hypertension
    VENO_OCCLUSIVE_DISEASE = "veno_occlusive_disease"
    HEPATITIS_B = "hepatitis_b"
    CHRONIC_KIDNEY_DISEASE = "ckd"
    SEVERE_KIDNEY_DISEASE = "ckd_stage_4_or_5"
    ACUTE_KIDNEY_INJURY = "aki_atn_oliguria"
    DIALYSIS = "dialysis"
    GOUT = "gout"
    PANCREATITIS = "pancreatitis"
    LYMPHOMA = "lymphoma"
    MYELODYSPLASTIC_SYNDROME = "myelodysplastic_syndrome"
    SKIN_CANCER = "skin_cancer"
    LESCH_NYHAN = "lesch_nyhan"
    CYTOPENIA = "cytopenia"
    PML = "pml"
    TPMT_DEFICIENCY = "tpmt_deficiency"
    LONG_TERM_IMMUNOSUPPRESSANT = "longterm_drug_use"
    ABDOMINAL_PAIN = "abdominal_pain"
    VOMITING = "vomiting"
    NAUSEA = "nausea"
    FEVER = "fever"
    JAUNDICE = "jaundice"
    DRUG_INDUCED_LIVER_DISEASE = "drug_induced_liver_disease"
    # Of an immunosuppressive drug by its code, or of a thiopurine by its words.
    ADVERSE_DRUG_EFFECT = "adverse_effect_of_immunosuppressant"
    DRUG_INDUCED_PANCREATITIS = "drug_induced_pancreatitis"  # of a drug that is not named
    OTHER_CAUSE = "other_cause"  # gallstones, alcohol, lipids, ERCP, or another drug that the rules know


class Indication(StrEnum):
    """What a thiopurine is given for."""

    KIDNEY_TRANSPLANT = "kidney transplantation"
    RHEUMATOID_ARTHRITIS = "rheumatoid arthritis"
    AUTOIMMUNE_HEPATITIS = "autoimmune hepatitis"
    LUPUS_NEPHRITIS = "lupus nephritis"
    LUPUS = "systemic lupus erythematosus"
    ATOPIC_DERMATITIS = "atopic dermatitis"
    ITP = "immune thrombocytopenia"
    PSORIASIS = "psoriasis"
    CROHNS = "Crohn's disease"
    ULCERATIVE_COLITIS = "ulcerative colitis"
    IBD = "inflammatory bowel disease"
    LEUKEMIA = "acute lymphoblastic leukaemia"
    LYMPHOBLASTIC_LYMPHOMA = "lymphoblastic lymphoma"
    ACUTE_MYELOID_LEUKEMIA = "acute myeloid leukaemia"
    ACUTE_PROMYELOCYTIC_LEUKEMIA = "acute promyelocytic leukaemia"
    OTHER = "another indication"


INDICATION_OF = MappingProxyType(
    {
        Problem.KIDNEY_TRANSPLANT: Indication.KIDNEY_TRANSPLANT,
        Problem.RHEUMATOID_ARTHRITIS: Indication.RHEUMATOID_ARTHRITIS,
        Problem.AUTOIMMUNE_HEPATITIS: Indication.AUTOIMMUNE_HEPATITIS,
        Problem.LUPUS_NEPHRITIS: Indication.LUPUS_NEPHRITIS,
        Problem.LUPUS: Indication.LUPUS,
        Problem.ATOPIC_DERMATITIS: Indication.ATOPIC_DERMATITIS,
        Problem.ITP: Indication.ITP,
        Problem.PSORIASIS: Indication.PSORIASIS,
        Problem.CROHNS: Indication.CROHNS,
        Problem.ULCERATIVE_COLITIS: Indication.ULCERATIVE_COLITIS,
        Problem.IBD_UNSPECIFIED: Indication.IBD,
        Problem.LEUKEMIA: Indication.LEUKEMIA,
    }
)
REASON_OF = MappingProxyType(
    {
        **INDICATION_OF,
        Problem.LYMPHOBLASTIC_LYMPHOMA: Indication.LYMPHOBLASTIC_LYMPHOMA,
        Problem.ACUTE_MYELOID_LEUKEMIA: Indication.ACUTE_MYELOID_LEUKEMIA,
        Problem.ACUTE_PROMYELOCYTIC_LEUKEMIA: Indication.ACUTE_PROMYELOCYTIC_LEUKEMIA,
    }
)
"""What a problem means as the reason of an order.

These three on a problem list are not yet what the drug is for: they may have come of it.
"""


class ConditionState(StrEnum):
    """Whether the patient has a condition today; historical and negated ones never fire a rule."""

    ACTIVE = "active"
    RESOLVED = "resolved"
    HISTORY = "history of"


class Reaction(StrEnum):
    """What happened on a drug. Nausea and the like are recorded as intolerance, not here."""

    ANAPHYLAXIS = "anaphylaxis or shock"
    RASH = "rash"
    FEVER = "fever"
    PANCREATITIS = "pancreatitis"
    HEPATITIS = "hepatitis"
    CYTOPENIA = "cytopenia"
    HYPERSENSITIVITY = "hypersensitivity"
    OTHER = "another reaction"


@dataclass(frozen=True, slots=True)
class ConditionRecord:
    """One Condition (or encounter diagnosis) about the patient; refuted ones are not kept."""

    record_ref: str
    problems: frozenset[Problem]
    state: ConditionState
    is_confirmed: bool = True  # False: provisional, differential or unconfirmed
    onset_on: ClinicalDate | None = None
    abated_on: ClinicalDate | None = None
    recorded_on: ClinicalDate | None = None
    in_this_encounter: bool = False  # the request's
    text: str = ""
    is_in_remission: bool = False  # recorded as such by status, code or words; it is still ACTIVE
    blames: frozenset[str] = frozenset()  # thiopurines that its words name as the cause; values of Drug
    reactions: frozenset[Reaction] = frozenset()  # what they caused, according to its words
    encounter_ids: frozenset[str] = frozenset()  # of the encounter that it was recorded in


class ProcedureKind(StrEnum):
    """Procedures that a rule asks about. Values match the code table's concepts."""

    RED_CELL_TRANSFUSION = "red_cell_transfusion"
    STEM_CELL_TRANSPLANT = "stem_cell_transplant"  # allogeneic, or not recorded as autologous
    KIDNEY_TRANSPLANT = "kidney_transplant"
    DIALYSIS = "dialysis"
    PHOTOTHERAPY = "phototherapy_uv"


@dataclass(frozen=True, slots=True)
class ProcedureRecord:
    """One procedure done, or, when `is_planned`, ordered."""

    record_ref: str
    kind: ProcedureKind
    done_on: ClinicalDate | None = None
    is_planned: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class AllergyRecord:
    """A recorded allergy or intolerance to a drug that the rules know; refuted and resolved ones are not kept."""

    record_ref: str
    drug: str  # a value of cards.model.therapy.Drug
    is_allergy: bool | None = None  # type allergy; False: intolerance; None: not stated
    is_high_criticality: bool = False
    is_immunologic: bool = False  # an immunologic category or manifestation
    reactions: frozenset[Reaction] = frozenset()
    is_confirmed: bool = True
    recorded_on: ClinicalDate | None = None
    text: str = ""
