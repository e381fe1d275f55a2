"""Genes, what laboratories call about them, and CPIC's words for what that means."""

from dataclasses import dataclass
from enum import StrEnum

from cards.model.dates import ClinicalDate


class Gene(StrEnum):
    """The two genes that decide how much thiopurine a patient tolerates."""

    TPMT = "TPMT"
    NUDT15 = "NUDT15"


class Phenotype(StrEnum):
    """CPIC's phenotype terms."""

    NORMAL = "Normal Metabolizer"
    INTERMEDIATE = "Intermediate Metabolizer"
    POSSIBLE_INTERMEDIATE = "Possible Intermediate Metabolizer"
    POOR = "Poor Metabolizer"
    INDETERMINATE = "Indeterminate"


INTERMEDIATE = (Phenotype.INTERMEDIATE, Phenotype.POSSIBLE_INTERMEDIATE)


class Method(StrEnum):
    """What a gene result rests on."""

    GENOTYPE = "genotype"
    ACTIVITY = "enzyme activity"
    STATED = "phenotype as reported"


@dataclass(frozen=True, slots=True)
class Diplotype:
    """Two star alleles as reported, in the order reported: ("*1", "*3A")."""

    alleles: tuple[str, str]
    is_phased: bool | None = None  # None: the report does not say

    def __str__(self) -> str:
        return "/".join(self.alleles)


@dataclass(frozen=True, slots=True)
class EnzymeActivity:
    """A TPMT activity as measured; judged only with its unit and the laboratory's scale."""

    value: float | None
    comparator: str | None  # "<", "<=", ">=", ">"
    unit: str | None  # as reported
    reference_low: float | None = None
    reference_high: float | None = None
    interpretation: str | None = None  # HL7 v3 ObservationInterpretation code: "L", "LL", "N", "H" ...
    code: str | None = None  # the LOINC code, where the substrate depends on it


@dataclass(frozen=True, slots=True)
class GeneResult:
    """One report about one gene; at least one of diplotype, phenotype and activity is set."""

    gene: Gene
    method: Method
    record_ref: str
    reported_on: ClinicalDate | None = None  # collection or effective date, else issued
    diplotype: Diplotype | None = None
    phenotype: Phenotype | None = None  # as the laboratory stated it, in CPIC's words
    activity: EnzymeActivity | None = None
    text: str = ""  # the wording as reported, for quoting
    is_donor_specimen: bool | None = None  # None: the report does not say
