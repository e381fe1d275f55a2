"""What CPIC advises to start with for two phenotypes, and what other sources say beside it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Self

from cards.knowledge.sentences import Sentence, Sentences
from cards.knowledge.sources import Citation
from cards.knowledge.tables import Row, Tables
from cards.model.genes import Gene, Phenotype
from cards.model.therapy import Drug


class IndicationClass(StrEnum):
    """The two kinds of indication that CPIC's doses tell apart."""

    NONMALIGNANT = "nonmalignant"
    MALIGNANT = "malignant"


class StartUnit(StrEnum):
    """The measure of a standard start."""

    MG_PER_KG = "mg/kg/day"
    MG_PER_M2 = "mg/m2/day"


@dataclass(frozen=True, slots=True)
class StandardStart:
    """CPIC's standard starting dose of a drug, on which its percentages apply."""

    value: float
    unit: StartUnit


@dataclass(frozen=True, slots=True)
class ReducedSchedule:
    """CPIC's start for poor metabolizers with a malignancy."""

    dose_factor: float  # of the standard start
    days_per_week: int
    example: str  # as CPIC prints it; "" where it prints none


@dataclass(frozen=True, slots=True)
class GenotypeDose:
    """One row of CPIC's recommendations; a phenotype of None is a gene without a result."""

    drug: Drug
    tpmt: Phenotype | None
    nudt15: Phenotype | None
    percent: tuple[int, int] | None  # of the standard start; None: no percentage advised
    starts: Mapping[IndicationClass, StandardStart]
    reduced_schedule: ReducedSchedule | None  # for malignancies
    steady_state_weeks: tuple[int, int | None] | None  # at least, and at most where CPIC says so
    text: str  # CPIC's own words
    strength: str
    citation: Citation

    @property
    def untested(self) -> tuple[Gene, ...]:
        """The gene without a result; CPIC then advises on the other one alone."""
        return tuple(
            gene for gene, known in ((Gene.TPMT, self.tpmt), (Gene.NUDT15, self.nudt15)) if not known
        )

    @property
    def range_mg_per_kg(self) -> tuple[float, float] | None:
        """The start in mg/kg/day outside malignancies, or None where CPIC gives no such number."""
        found = self.start_range(IndicationClass.NONMALIGNANT)
        return found[:2] if found else None

    def start_range(self, indication: IndicationClass) -> tuple[float, float, StartUnit] | None:
        """The lowest and highest start and their unit, or None where CPIC gives no such number."""
        start = self.starts.get(indication)
        if start is None or self.percent is None:
            return None
        low, high = (_percent_of(start.value, percent) for percent in self.percent)
        return low, high, start.unit


@dataclass(frozen=True, slots=True)
class OtherGuidance:
    """What another source says for the same phenotype."""

    text: str
    setting: str  # "leukaemia"; "" for any
    citation: Citation


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class GenotypeDoses:
    """What CPIC, the Dutch guideline, the FDA label and others advise by phenotype."""

    cpic: Mapping[tuple[Drug, Phenotype | None, Phenotype | None], GenotypeDose]
    dpwg: Mapping[tuple[str, str, str | None], tuple[OtherGuidance, ...]]
    others: Mapping[tuple[str, str, str | None], tuple[OtherGuidance, ...]]
    fda: Mapping[tuple[Drug, str], OtherGuidance]

    @classmethod
    def read(cls, tables: Tables, sentences: Sentences) -> Self:
        """The rows of genotype_doses.csv and of the three tables beside it."""
        doses = [_genotype_dose(row, sentences) for row in tables.rows("genotype_doses")]
        return cls(
            cpic={(dose.drug, dose.tpmt, dose.nudt15): dose for dose in doses},
            dpwg=_by_gene(
                (
                    row,
                    OtherGuidance(sentences.of(row, "sentence").text(), row.text("setting"), row.citation()),
                )
                for row in tables.rows("dpwg_advice")
            ),
            others=_by_gene(
                (row, _guidance(sentences.of(row, "sentence"))) for row in tables.rows("other_dose_views")
            ),
            fda={
                (row.member("drug", Drug), row.text("genotype")): _guidance(sentences.of(row, "sentence"))
                for row in tables.rows("fda_statements")
            },
        )

    def genotype_dose(
        self, drug: Drug, tpmt: Phenotype | None, nudt15: Phenotype | None
    ) -> GenotypeDose | None:
        """CPIC's row for a drug and two phenotypes, None for a drug CPIC does not cover.

        A phenotype of None is CPIC's "No Result": six entries a gene make 36 pairs, and all but the
        pair of two missing results have a row, 35 a drug.
        """
        return self.cpic.get((drug, tpmt, nudt15))

    def standard_start_mg_per_kg(self, drug: Drug) -> float | None:
        """CPIC's standard start outside malignancies, or None where it has none in mg/kg/day."""
        normal = self.genotype_dose(drug, Phenotype.NORMAL, Phenotype.NORMAL)
        return normal.range_mg_per_kg[0] if normal and normal.range_mg_per_kg else None

    def dpwg_advice(self, drug: Drug, gene: Gene, phenotype: Phenotype | None) -> tuple[OtherGuidance, ...]:
        """The Dutch guideline's advice for one gene; none for a phenotype it does not name."""
        return self.dpwg.get((drug, gene, phenotype), ())

    def other_views(self, drug: Drug, gene: Gene, phenotype: Phenotype | None) -> tuple[OtherGuidance, ...]:
        """Doses that further sources name for the same phenotype; shown beside CPIC's, never averaged."""
        return self.others.get((drug, gene, phenotype), ())

    def fda_statement(
        self, drug: Drug, tpmt: Phenotype | None, nudt15: Phenotype | None
    ) -> OtherGuidance | None:
        """What the FDA label says: deficient in either gene, intermediate in both, or in one.

        The label's words are homozygous and heterozygous deficiency. None where neither gene is low.
        """
        genotypes = _genotypes_in_label_words(tpmt, nudt15)
        return next((self.fda[drug, one] for one in genotypes if (drug, one) in self.fda), None)


def _by_gene(
    rows: Iterable[tuple[Row, OtherGuidance]],
) -> Mapping[tuple[str, str, str | None], tuple[OtherGuidance, ...]]:
    """The guidance on each drug, gene and phenotype, in the order of the table."""
    found: dict[tuple[str, str, str | None], tuple[OtherGuidance, ...]] = {}
    for row, guidance in rows:
        key = (row.text("drug"), row.text("gene"), row.text("phenotype"))
        found[key] = (*found.get(key, ()), guidance)
    return found


def _genotypes_in_label_words(tpmt: Phenotype | None, nudt15: Phenotype | None) -> tuple[str, ...]:
    both = (tpmt, nudt15)
    if Phenotype.POOR in both:
        return ("homozygous",)
    if both == (Phenotype.INTERMEDIATE, Phenotype.INTERMEDIATE):
        return ("heterozygous for both", "heterozygous")
    return ("heterozygous",) if Phenotype.INTERMEDIATE in both else ()


def _percent_of(value: float, percent: int) -> float:
    # Exact in decimals, so that 80 % of 2 is 1.6 and never 1.6000000000000001.
    return float(Decimal(str(value)) * percent / 100)


def _guidance(said: Sentence) -> OtherGuidance:
    return OtherGuidance(said.text(), "", said.citation)


def _genotype_dose(row: Row, sentences: Sentences) -> GenotypeDose:
    low, high = row.count_or_none("percent_low"), row.count_or_none("percent_high")
    weeks = row.count_or_none("weeks_to_steady_state")
    return GenotypeDose(
        drug=row.member("drug", Drug),
        tpmt=_phenotype(row, "tpmt"),
        nudt15=_phenotype(row, "nudt15"),
        percent=None if low is None or high is None else (low, high),
        starts={kind: start for kind in IndicationClass if (start := _standard_start(row, kind))},
        reduced_schedule=_reduced_schedule(row, sentences),
        steady_state_weeks=None
        if weeks is None
        else (weeks, row.count_or_none("weeks_to_steady_state_at_most")),
        text=row.text("text"),
        strength=row.text("strength"),
        citation=row.citation(),
    )


def _phenotype(row: Row, column: str) -> Phenotype | None:
    return row.member(column, Phenotype) if row.text(column) else None


def _standard_start(row: Row, kind: IndicationClass) -> StandardStart | None:
    value = row.number_or_none(f"{kind}_start")
    return None if value is None else StandardStart(value, row.member(f"{kind}_unit", StartUnit))


def _reduced_schedule(row: Row, sentences: Sentences) -> ReducedSchedule | None:
    days = row.count_or_none("malignant_days_per_week")
    if days is None:
        return None
    example = sentences.text_or_none(row, "malignant_example")
    return ReducedSchedule(row.number("malignant_dose_factor"), days, example)
