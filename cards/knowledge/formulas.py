"""The numbers of the formulas by which one fact follows from others."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Self

from cards.knowledge.sources import Citation
from cards.knowledge.tables import Tables


class Formula(StrEnum):
    """What is computed."""

    CKD_EPI = "CKD-EPI 2021"  # eGFR from creatinine
    SCHWARTZ = "bedside Schwartz"  # of a child
    ACUTE_INJURY = "acute kidney injury"  # from the course of creatinine
    SLOW_RISE = "creatinine rise"
    AFTER_TRANSPLANT = "kidney transplantation"
    MOSTELLER = "Mosteller"  # body surface
    POUNDS = "pounds"
    ADULT_WEIGHT = "change of an adult's weight"
    CHILD_WEIGHT = "change of a child's weight"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Formulas:
    """The numbers of every formula, and who published it."""

    numbers: Mapping[Formula, Mapping[str, float]]
    citations: Mapping[Formula, Citation]

    @classmethod
    def read(cls, tables: Tables) -> Self:
        """The rows of formulas.csv; the first row of a formula names its source."""
        numbers: dict[Formula, dict[str, float]] = {formula: {} for formula in Formula}
        citations: dict[Formula, Citation] = {}
        for row in tables.rows("formulas"):
            formula = row.member("formula", Formula)
            numbers[formula][row.text("name")] = row.number("value")
            citations.setdefault(formula, row.citation())
        return cls({formula: MappingProxyType(named) for formula, named in numbers.items()}, citations)

    def numbers_of(self, formula: Formula) -> Mapping[str, float]:
        """The numbers of a formula by their names."""
        return self.numbers[formula]

    def citation_of(self, formula: Formula) -> Citation:
        """The source of a formula. Raises KeyError for a formula without a row."""
        return self.citations[formula]
