"""On which days other than every day is a thiopurine taken on purpose?"""

from dataclasses import dataclass
from typing import Self

from cards.knowledge.sources import Citation
from cards.knowledge.tables import Tables


@dataclass(frozen=True, slots=True)
class DosingDays:
    """A number of days a week, and its source."""

    days_a_week: float
    citation: Citation


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class WeeklyRhythms:
    """The rhythms other than daily that are meant."""

    alternate_days: DosingDays  # every other day: a usual way to halve a dose
    poor_metabolizer_days: DosingDays  # the days a week on which a poor metabolizer takes it

    @classmethod
    def read(cls, tables: Tables) -> Self:
        """The rows of dosing_days.csv. Raises KeyError for a missing one: start-up stops."""
        rows = {
            row.text("statement"): DosingDays(row.number("days_a_week"), row.citation())
            for row in tables.rows("dosing_days")
        }
        return cls(rows["alternate days"], rows["poor metabolizer"])
