"""For how long is a thiopurine given in an indication, before it is stopped?"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Self

from cards.knowledge.sentences import Sentences
from cards.knowledge.sources import Citation
from cards.knowledge.tables import Tables
from cards.model.conditions import Indication

# A year without its leap day: exactly three years are enough.
_DAYS_IN = MappingProxyType({"weeks": 7, "years": 365, "": 0})


@dataclass(frozen=True, slots=True)
class StopAdvice:
    """One sentence about ending treatment. `before_days` None: it applies whenever treatment ends."""

    text: str
    in_short: str  # for a summary; "" for a sentence that only adds to another
    least: float | None
    unit: str  # "weeks", "years", or "" without a time
    citation: Citation

    @property
    def before_days(self) -> int | None:
        """The sentence is about ending earlier than this."""
        return int(self.least * _DAYS_IN[self.unit]) if self.least is not None else None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class StopSentences:
    """The sentences about ending treatment, by indication."""

    sentences: Mapping[Indication, tuple[StopAdvice, ...]]

    @classmethod
    def read(cls, tables: Tables, named: Sentences) -> Self:
        """The rows of stopping.csv."""
        rows: dict[Indication, tuple[StopAdvice, ...]] = {}
        for row in tables.rows("stopping"):
            indication = row.member("indication", Indication)
            one = StopAdvice(
                named.of(row, "sentence").text(),
                named.text_or_none(row, "in_short"),
                row.number_or_none("low"),
                row.text("unit"),
                row.citation(),
            )
            rows[indication] = (*rows.get(indication, ()), one)
        return cls(rows)

    def stop_advice(self, indication: Indication) -> tuple[StopAdvice, ...]:
        """What the sources say about ending treatment in an indication; () where they say nothing."""
        return self.sentences.get(indication, ())
