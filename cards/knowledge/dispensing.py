"""Which doses can a pharmacy dispense?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from cards.knowledge.tables import Tables
from cards.model.therapy import Drug


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Dispensing:
    """What a pharmacy can dispense."""

    steps_mg: Mapping[Drug, float]

    @classmethod
    def read(cls, tables: Tables) -> Self:
        """The rows of dispensing.csv."""
        rows = tables.rows("dispensing")
        return cls({row.member("drug", Drug): row.number("smallest_step_mg") for row in rows})

    def smallest_step_mg(self, drug: Drug) -> float | None:
        """The smallest difference between two doses of a drug whose product the order does not name."""
        return self.steps_mg.get(drug)
