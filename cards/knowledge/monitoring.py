"""Below which blood counts does a thiopurine have to stop, or be withheld?"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from cards.knowledge.sources import Citation
from cards.knowledge.tables import read_table
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


@cache
def count_limits(tier: Tier) -> tuple[CountLimit, ...]:
    """The limits of one tier, white cells first."""
    return tuple(
        CountLimit(
            row.member("analyte", Analyte),
            row.member("tier", Tier),
            row.number("below"),
            row.text("unit"),
            row.citation(),
        )
        for row in read_table("count_limits")
        if row.member("tier", Tier) is tier
    )
