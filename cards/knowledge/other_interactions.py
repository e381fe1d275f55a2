"""What drugs other than xanthine oxidase inhibitors do together with a thiopurine."""

from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Self

from cards.knowledge.patient_advice import PatientAdvice, advice_of
from cards.knowledge.sentences import Sentences
from cards.knowledge.tables import Row, Tables
from cards.model.therapy import Drug


class Level(StrEnum):
    """How loudly a pair is spoken of."""

    CRITICAL = "critical"
    WARNING = "warning"
    LINE = "line"


class Raised(StrEnum):
    """In whom a line becomes a warning."""

    NEVER = ""
    TRANSPLANTATION = "kidney transplantation"
    CYTOPENIA = "cytopenia"


@dataclass(frozen=True, slots=True)
class OtherInteraction:
    """One pair, with every sentence about it."""

    culprit: Drug
    drug: Drug
    level: Level
    raised_in: Raised
    in_short: str  # the end of a summary; "" where the pair never has a separate card
    advice: PatientAdvice


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class OtherInteractions:
    """Every pair, in the order of the table."""

    pairs: tuple[OtherInteraction, ...]

    @classmethod
    def read(cls, tables: Tables, sentences: Sentences) -> Self:
        """The rows of other_interactions.csv."""
        groups = groupby(tables.rows("other_interactions"), key=_key)
        return cls(tuple(_pair(list(group), sentences) for _, group in groups))

    def interactions_at(self, *levels: Level) -> tuple[OtherInteraction, ...]:
        """The pairs of these levels."""
        return tuple(pair for pair in self.pairs if pair.level in levels)


def _key(row: Row) -> tuple[str, ...]:
    return tuple(row.text(column) for column in ("culprit", "drug", "level", "raised_in", "in_short"))


def _pair(rows: list[Row], sentences: Sentences) -> OtherInteraction:
    first = rows[0]
    return OtherInteraction(
        culprit=first.member("culprit", Drug),
        drug=first.member("drug", Drug),
        level=first.member("level", Level),
        raised_in=first.member("raised_in", Raised),
        in_short=sentences.text_or_none(first, "in_short"),
        advice=advice_of([sentences.of(row, "sentence") for row in rows]),
    )
