"""How long after a varicella exposure does immune globulin help, and what shows immunity?"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from cards.knowledge.sources import Citation
from cards.knowledge.tables import Tables


class VaricellaStatement(StrEnum):
    """What a row of the table says."""

    GLOBULIN_IDEALLY = "immune globulin ideally within"
    GLOBULIN_WITHIN = "immune globulin within"
    VACCINE_DOSES = "vaccine doses that show immunity"
    SHOWS_IMMUNITY = "immunity is shown by"
    WITHDRAWAL = "temporary withdrawal"
    SEEK_ATTENTION = "seek attention"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Varicella:
    """The numbers of the table, and the source of each statement."""

    globulin_hours: int  # after the exposure, within which immune globulin works best
    globulin_days: int  # after the exposure, up to which immune globulin is given
    immune_doses: int  # documented doses of varicella vaccine that count as immunity
    citations: Mapping[VaricellaStatement, Citation]

    @classmethod
    def read(cls, tables: Tables) -> Self:
        """The rows of varicella.csv. Raises KeyError for a missing one: start-up stops."""
        rows = {row.member("statement", VaricellaStatement): row for row in tables.rows("varicella")}
        return cls(
            int(rows[VaricellaStatement.GLOBULIN_IDEALLY].number("value")),
            int(rows[VaricellaStatement.GLOBULIN_WITHIN].number("value")),
            int(rows[VaricellaStatement.VACCINE_DOSES].number("value")),
            {statement: row.citation() for statement, row in rows.items()},
        )

    def varicella_source(self, statement: VaricellaStatement) -> Citation:
        """Who says so."""
        return self.citations[statement]
