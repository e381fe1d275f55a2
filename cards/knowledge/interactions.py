"""What another drug does to a thiopurine, and by how much the dose must come down."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from cards.knowledge.sources import Citation
from cards.knowledge.tables import read_table
from cards.model.therapy import Drug


class Effect(StrEnum):
    """What follows from giving both."""

    REDUCE = "reduce"
    CONTRAINDICATED = "contraindicated"


@dataclass(frozen=True, slots=True)
class Interaction:
    """One pair. The fractions are of the usual dose; None where no source gives one."""

    culprit: Drug
    drug: Drug
    effect: Effect
    fraction_low: float | None
    fraction_high: float | None
    advice: str
    citation: Citation


@cache
def _pairs() -> dict[tuple[Drug, Drug], Interaction]:
    pairs = {}
    for row in read_table("interactions"):
        pair = Interaction(
            row.member("culprit", Drug),
            row.member("drug", Drug),
            row.member("effect", Effect),
            row.number_or_none("fraction_low"),
            row.number_or_none("fraction_high"),
            row.text("advice"),
            row.citation(),
        )
        pairs[pair.culprit, pair.drug] = pair
    return pairs


def interaction(culprit: Drug, drug: Drug) -> Interaction | None:
    """What `culprit` does to the thiopurine `drug`, or None when the sources name nothing."""
    return _pairs().get((culprit, drug))
