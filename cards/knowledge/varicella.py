"""How long after a varicella exposure does immune globulin help, and what shows immunity?"""

from enum import StrEnum
from functools import cache

from cards.knowledge.sources import Citation
from cards.knowledge.tables import Row, read_table


class VaricellaStatement(StrEnum):
    """What a row of the table says."""

    GLOBULIN_IDEALLY = "immune globulin ideally within"
    GLOBULIN_WITHIN = "immune globulin within"
    VACCINE_DOSES = "vaccine doses that show immunity"
    SHOWS_IMMUNITY = "immunity is shown by"
    WITHDRAWAL = "temporary withdrawal"
    SEEK_ATTENTION = "seek attention"


@cache
def _rows() -> dict[VaricellaStatement, Row]:
    return {row.member("statement", VaricellaStatement): row for row in read_table("varicella")}


def globulin_hours() -> int:
    """Within how many hours after the exposure immune globulin works best."""
    return int(_rows()[VaricellaStatement.GLOBULIN_IDEALLY].number("value"))


def globulin_days() -> int:
    """Up to how many days after the exposure immune globulin is given."""
    return int(_rows()[VaricellaStatement.GLOBULIN_WITHIN].number("value"))


def immune_doses() -> int:
    """How many documented doses of varicella vaccine count as immunity."""
    return int(_rows()[VaricellaStatement.VACCINE_DOSES].number("value"))


def varicella_source(statement: VaricellaStatement) -> Citation:
    """Who says so."""
    return _rows()[statement].citation()
