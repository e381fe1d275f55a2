"""The numbers of the formulas by which one fact follows from others."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from cards.knowledge.sources import Citation
from cards.knowledge.tables import read_table


class Formula(StrEnum):
    """What is computed."""

    CKD_EPI = "CKD-EPI 2021"  # eGFR from creatinine
    ACUTE_INJURY = "acute kidney injury"  # from the course of creatinine
    AFTER_TRANSPLANT = "kidney transplantation"
    MOSTELLER = "Mosteller"  # body surface


@cache
def numbers_of(formula: Formula) -> Mapping[str, float]:
    """The numbers of a formula by their names."""
    return MappingProxyType(
        {
            row.text("name"): row.number("value")
            for row in read_table("formulas")
            if row.member("formula", Formula) is formula
        }
    )


@cache
def citation_of(formula: Formula) -> Citation:
    """The source of a formula. Raises StopIteration for a formula without a row: start-up stops."""
    return next(row.citation() for row in read_table("formulas") if row.member("formula", Formula) is formula)
