"""By how much do compendia reduce a thiopurine when the kidneys are impaired?"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from cards.knowledge.sources import Citation
from cards.knowledge.tables import Tables
from cards.model.therapy import Drug


class RenalMeasure(StrEnum):
    """What a row is about."""

    CLEARANCE = "creatinine clearance"  # mL/min
    HAEMODIALYSIS = "haemodialysis"


@dataclass(frozen=True, slots=True)
class RenalDose:
    """One reduction of one compendium."""

    drug: Drug
    measure: RenalMeasure
    at_least: float | None  # mL/min; None for haemodialysis
    at_most: float | None
    below: float | None
    reduce_by: float  # of the dose: 0.25
    supplement_mg_per_kg: float | None
    citation: Citation

    def holds_at(self, ml_per_min: float) -> bool:
        """Whether a clearance lies in the row's range; never for haemodialysis."""
        if self.at_least is None or ml_per_min < self.at_least:
            return False
        within = self.at_most is None or ml_per_min <= self.at_most
        return within and (self.below is None or ml_per_min < self.below)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RenalDoses:
    """Every reduction, in the order of the table."""

    rows: tuple[RenalDose, ...]

    @classmethod
    def read(cls, tables: Tables) -> Self:
        """The rows of renal_doses.csv."""
        return cls(
            tuple(
                RenalDose(
                    row.member("drug", Drug),
                    row.member("measure", RenalMeasure),
                    row.number_or_none("at_least"),
                    row.number_or_none("at_most"),
                    row.number_or_none("below"),
                    row.number("reduce_by"),
                    row.number_or_none("supplement_mg_per_kg"),
                    row.citation(),
                )
                for row in tables.rows("renal_doses")
            )
        )

    def dose_at_clearance(self, drug: Drug, ml_per_min: float) -> RenalDose | None:
        """The reduction at a clearance, or None where no source gives a number."""
        return next((row for row in self.rows if row.drug is drug and row.holds_at(ml_per_min)), None)

    def dose_in_haemodialysis(self, drug: Drug) -> RenalDose | None:
        """The reduction in haemodialysis, or None where no source gives a number."""
        return next(
            (row for row in self.rows if row.drug is drug and row.measure is RenalMeasure.HAEMODIALYSIS), None
        )
