"""What doses the sources name for each indication: start, maintenance, ceiling, steps and times."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from cards.knowledge.holds_for import HoldsFor, Rivals
from cards.knowledge.sentences import Sentences
from cards.knowledge.sources import Citation
from cards.knowledge.tables import Row, Tables
from cards.model.conditions import Indication
from cards.model.protocol import Protocol
from cards.model.therapy import Drug


class DoseStatementKind(StrEnum):
    """What a row says about a dose."""

    START = "start"
    FIRST_STEP = "first step"
    MAINTENANCE = "maintenance"
    START_CEILING = "start ceiling"
    CEILING = "ceiling"
    CEILING_OF_ANOTHER_LABEL = "ceiling of another label"
    STEP = "step"
    WEEKS_BEFORE_FIRST_STEP = "weeks before the first step"
    WEEKS_BETWEEN_STEPS = "weeks between steps"
    WEEKS_TO_RESPONSE = "weeks to response"
    WEEKS_OF_TRIAL = "weeks of trial"


class DoseUnit(StrEnum):
    """Units of the rows."""

    MG_PER_KG = "mg/kg/day"
    MG = "mg/day"
    WEEKS = "wk"


_QUOTED = (DoseStatementKind.WEEKS_BEFORE_FIRST_STEP, DoseStatementKind.WEEKS_BETWEEN_STEPS)


@dataclass(frozen=True, slots=True)
class DoseStatement:
    """One sentence of one source about a dose, in numbers."""

    drug: Drug
    indication: Indication | None  # None: for every indication but transplantation
    statement: DoseStatementKind
    low: float | None
    high: float
    unit: DoseUnit
    in_words: str  # what the source says, for a row that a card quotes; else ""
    citation: Citation

    def mg_per_day(self, kg: float | None) -> float | None:
        """The upper end in mg a day for a body weight; None when the weight is needed and missing."""
        if self.unit is DoseUnit.MG:
            return self.high
        return self.high * kg if kg is not None else None


def _statement(row: Row, sentences: Sentences) -> DoseStatement:
    statement = row.member("statement", DoseStatementKind)
    return DoseStatement(
        drug=row.member("drug", Drug),
        indication=row.member("indication", Indication) if row.text("indication") else None,
        statement=statement,
        low=row.number_or_none("low"),
        high=row.number("high"),
        unit=row.member("unit", DoseUnit),
        in_words=sentences.of(row, "sentence").text() if statement in _QUOTED else "",
        citation=row.citation(),
    )


Held = tuple[HoldsFor, DoseStatement]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class IndicationDoses:
    """Every statement about a dose with the patients for whom it holds, in the order of the table."""

    found: Mapping[tuple[Drug, Indication | None, DoseStatementKind], Rivals[DoseStatement]]

    @classmethod
    def read(cls, tables: Tables, sentences: Sentences) -> Self:
        """The rows of indication_doses.csv."""
        found: dict[tuple[Drug, Indication | None, DoseStatementKind], tuple[Held, ...]] = {}
        for holds_for, cells in tables.held_rows("indication_doses"):
            row = _statement(cells, sentences)
            key = (row.drug, row.indication, row.statement)
            found[key] = (*found.get(key, ()), (holds_for, row))
        return cls({key: Rivals.of([rows]) for key, rows in found.items()})

    @property
    def countries(self) -> frozenset[str]:
        """The countries that have rows of their own."""
        rows = (holds_for for one in self.found.values() for rivals in one.about for holds_for, _ in rivals)
        return frozenset(holds_for.country for holds_for in rows if holds_for.country)

    def dose_statements(
        self, drug: Drug, indication: Indication | None, statement: DoseStatementKind, protocol: Protocol
    ) -> tuple[DoseStatement, ...]:
        """What the sources state for exactly this drug and indication of a patient; () when they state nothing."""
        rivals = self.found.get((drug, indication, statement))
        return rivals.closest(protocol) if rivals is not None else ()

    def ceilings_mg_per_kg(self, drug: Drug, protocol: Protocol) -> tuple[DoseStatement, ...]:
        """The ceilings per kg of a dose that goes on, of every indication of a group, the strictest first."""
        ceilings = [
            row
            for own, indication, statement in self.found
            if own is drug and statement is DoseStatementKind.CEILING
            for row in self.dose_statements(drug, indication, statement, protocol)
            if row.unit is DoseUnit.MG_PER_KG
        ]
        return tuple(sorted(ceilings, key=lambda row: row.high))
