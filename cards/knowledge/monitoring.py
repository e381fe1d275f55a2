"""Below which blood counts does a thiopurine have to stop, or be withheld?"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from cards.knowledge.holds_for import HoldsFor, Rivals
from cards.knowledge.sources import Citation
from cards.knowledge.tables import Tables
from cards.model.labs import Analyte
from cards.model.protocol import Protocol


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
    """The limits of each tier and analyte, white cells first, each with the patients for whom it holds."""

    tiers: Mapping[Tier, Rivals[CountLimit]]

    @classmethod
    def read(cls, tables: Tables) -> Self:
        """The rows of count_limits.csv."""
        tiers: dict[Tier, dict[Analyte, tuple[tuple[HoldsFor, CountLimit], ...]]] = {
            tier: {} for tier in Tier
        }
        for holds_for, row in tables.held_rows("count_limits"):
            limit = CountLimit(
                row.member("analyte", Analyte),
                row.member("tier", Tier),
                row.number("below"),
                row.text("unit"),
                row.citation(),
            )
            held = tiers[limit.tier]
            held[limit.analyte] = (*held.get(limit.analyte, ()), (holds_for, limit))
        return cls({tier: Rivals.of(held.values()) for tier, held in tiers.items()})

    def count_limits(self, tier: Tier, protocol: Protocol) -> tuple[CountLimit, ...]:
        """The limits of one tier for a patient, white cells first; () in leukaemia, which has limits of its own."""
        return self.tiers[tier].closest(protocol)
