"""What has to precede azathioprine in autoimmune hepatitis and in lupus nephritis?"""

from enum import StrEnum
from functools import cache

from cards.knowledge.sources import Citation
from cards.knowledge.tables import Row, read_table


class SequenceStatement(StrEnum):
    """What a row of the table says."""

    STEROID_DAYS = "steroid first for"
    BILIRUBIN = "bilirubin below"
    BILIRUBIN_ROUNDED = "bilirubin below as rounded"
    BILIRUBIN_FACTOR = "umol/L in one mg/dL of bilirubin"
    INDUCTION = "induction first"


@cache
def _rows() -> dict[SequenceStatement, Row]:
    return {row.member("statement", SequenceStatement): row for row in read_table("sequence")}


def sequence_number(statement: SequenceStatement) -> float:
    """The number of a row, in the unit of its name: days, mg/dL, umol/L."""
    return _rows()[statement].number("value")


def sequence_source(statement: SequenceStatement) -> Citation:
    """Who says so."""
    return _rows()[statement].citation()
