"""What another drug does to a thiopurine, and by how much the dose must come down."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from cards.knowledge.sentences import Sentences
from cards.knowledge.sources import Citation
from cards.knowledge.tables import Row, Tables
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

    @property
    def shares(self) -> Mapping[str, float]:
        """The fractions as sentences name them; none where no source gives one."""
        fractions = {"low": self.fraction_low, "high": self.fraction_high}
        return {name: share for name, share in fractions.items() if share is not None}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Interactions:
    """The pairs of a drug and a thiopurine whose dose must come down."""

    pairs: Mapping[tuple[Drug, Drug], Interaction]

    @classmethod
    def read(cls, tables: Tables, sentences: Sentences) -> Self:
        """The rows of interactions.csv."""
        pairs = (
            Interaction(
                row.member("culprit", Drug),
                row.member("drug", Drug),
                row.member("effect", Effect),
                *_fractions(row),
                sentences.of(row, "sentence").text(),
                row.citation(),
            )
            for row in tables.rows("interactions")
        )
        return cls({(pair.culprit, pair.drug): pair for pair in pairs})

    def interaction(self, culprit: Drug, drug: Drug) -> Interaction | None:
        """What `culprit` does to the thiopurine `drug`, or None when the sources name nothing."""
        return self.pairs.get((culprit, drug))


def _fractions(row: Row) -> tuple[float | None, float | None]:
    """Where the dose must come down, both are there."""
    if row.member("effect", Effect) is Effect.REDUCE:
        return row.number("fraction_low"), row.number("fraction_high")
    return row.number_or_none("fraction_low"), row.number_or_none("fraction_high")
