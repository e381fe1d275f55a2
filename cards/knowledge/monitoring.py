"""Below which blood counts does a thiopurine have to stop, or be withheld?"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from cards.knowledge.sources import Citation
from cards.knowledge.tables import Tables
from cards.model.labs import Analyte


class Tier(StrEnum):
    """What a count below the limit asks for."""

    STOP = "stop"
    WITHHOLD = "withhold"


@dataclass(frozen=True, slots=True)
class CountLimit:
    """One limit of one source."""

    analyte: Analyte
    tier: Tier
    below: float
    unit: str
    citation: Citation


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CountLimits:
    """The limits of each tier, white cells first."""

    tiers: Mapping[Tier, tuple[CountLimit, ...]]

    @classmethod
    def read(cls, tables: Tables) -> Self:
        """The rows of count_limits.csv."""
        rows = [
            CountLimit(
                row.member("analyte", Analyte),
                row.member("tier", Tier),
                row.number("below"),
                row.text("unit"),
                row.citation(),
            )
            for row in tables.rows("count_limits")
        ]
        return cls({tier: tuple(row for row in rows if row.tier is tier) for tier in Tier})

    def count_limits(self, tier: Tier) -> tuple[CountLimit, ...]:
        """The limits of one tier, white cells first."""
        return self.tiers[tier]
