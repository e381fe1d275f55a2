"""On which days other than every day is a thiopurine taken on purpose?"""

from dataclasses import dataclass
from functools import cache

from cards.knowledge.sources import Citation
from cards.knowledge.tables import read_table


@dataclass(frozen=True, slots=True)
class DosingDays:
    """A number of days a week, and its source."""

    days_a_week: float
    citation: Citation


@cache
def _rows() -> dict[str, DosingDays]:
    return {
        row.text("statement"): DosingDays(row.number("days_a_week"), row.citation())
        for row in read_table("dosing_days")
    }


def alternate_days() -> DosingDays:
    """Every other day: a usual way to halve a dose."""
    return _rows()["alternate days"]


def poor_metabolizer_days() -> DosingDays:
    """The days a week on which a poor metabolizer takes it."""
    return _rows()["poor metabolizer"]
