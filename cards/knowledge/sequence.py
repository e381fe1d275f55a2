"""What has to precede azathioprine in autoimmune hepatitis and in lupus nephritis?"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from cards.knowledge.sources import Citation
from cards.knowledge.tables import Tables


class SequenceStatement(StrEnum):
    """What a row of the table says."""

    STEROID_DAYS = "steroid first for"
    BILIRUBIN = "bilirubin below"
    BILIRUBIN_ROUNDED = "bilirubin below as rounded"
    BILIRUBIN_FACTOR = "umol/L in one mg/dL of bilirubin"
    INDUCTION = "induction first"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TreatmentSequence:
    """The number of each statement that has one, and the source of each."""

    numbers: Mapping[SequenceStatement, float]
    citations: Mapping[SequenceStatement, Citation]

    @classmethod
    def read(cls, tables: Tables) -> Self:
        """The rows of sequence.csv."""
        rows = {row.member("statement", SequenceStatement): row for row in tables.rows("sequence")}
        return cls(
            {statement: row.number("value") for statement, row in rows.items() if row.text("value")},
            {statement: row.citation() for statement, row in rows.items()},
        )

    def sequence_number(self, statement: SequenceStatement) -> float:
        """The number of a row, in the unit of its name: days, mg/dL, umol/L. Raises KeyError where it has none."""
        return self.numbers[statement]

    def sequence_source(self, statement: SequenceStatement) -> Citation:
        """Who says so."""
        return self.citations[statement]
