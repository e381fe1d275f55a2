"""What drugs other than xanthine oxidase inhibitors do together with a thiopurine."""

from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Self

from cards.knowledge.patient_advice import PatientAdvice, SentenceKind, graded
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
    def read(cls, tables: Tables) -> Self:
        """The rows of other_interactions.csv."""
        return cls(
            tuple(_pair(list(group)) for _, group in groupby(tables.rows("other_interactions"), key=_key))
        )

    def interactions_at(self, *levels: Level) -> tuple[OtherInteraction, ...]:
        """The pairs of these levels."""
        return tuple(pair for pair in self.pairs if pair.level in levels)


def _key(row: Row) -> tuple[str, ...]:
    return tuple(row.text(column) for column in ("culprit", "drug", "level", "raised_in", "in_short"))


def _pair(rows: list[Row]) -> OtherInteraction:
    first = rows[0]
    placed = [(row.member("place", SentenceKind), row) for row in rows]
    return OtherInteraction(
        culprit=first.member("culprit", Drug),
        drug=first.member("drug", Drug),
        level=first.member("level", Level),
        raised_in=first.member("raised_in", Raised),
        in_short=first.text("in_short"),
        advice=PatientAdvice(
            do=_texts(placed, SentenceKind.DO),
            also=_texts(placed, SentenceKind.ALSO),
            citations=tuple(dict.fromkeys(row.citation() for row in rows)),
        ),
    )


def _texts(placed: list[tuple[SentenceKind, Row]], wanted: SentenceKind) -> tuple[str, ...]:
    return tuple(graded(row.text("text"), row.citation()) for place, row in placed if place is wanted)
