"""Between which values may a site choose?"""

from collections.abc import Mapping
from dataclasses import dataclass

from cards.knowledge.tables import Tables


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between which values a site may choose, both ends included."""

    low: float
    high: float
    unit: str
    why: str


def policy_bounds(tables: Tables) -> Mapping[str, Bounds]:
    """The bounds of every number that a site may choose, by its name."""
    return {
        row.text("field"): Bounds(row.number("low"), row.number("high"), row.text("unit"), row.text("why"))
        for row in tables.rows("policy_bounds")
    }
