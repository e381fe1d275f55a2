"""For how long is a thiopurine given in an indication, before it is stopped?"""

from dataclasses import dataclass
from functools import cache

from cards.knowledge.sources import Citation
from cards.knowledge.tables import read_table
from cards.model.conditions import Indication

_DAYS_IN = {"weeks": 7, "years": 365, "": 0}  # a year without its leap day: exactly three years are enough


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


@cache
def _advice() -> dict[Indication, tuple[StopAdvice, ...]]:
    rows: dict[Indication, tuple[StopAdvice, ...]] = {}
    for row in read_table("stopping"):
        indication = row.member("indication", Indication)
        one = StopAdvice(
            row.text("statement"),
            row.text("in_short"),
            row.number_or_none("low"),
            row.text("unit"),
            row.citation(),
        )
        rows[indication] = (*rows.get(indication, ()), one)
    return rows


def stop_advice(indication: Indication) -> tuple[StopAdvice, ...]:
    """What the sources say about ending treatment in an indication; () where they say nothing."""
    return _advice().get(indication, ())
