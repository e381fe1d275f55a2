"""What belongs to every new start: licence, vaccination, counselling."""

from dataclasses import dataclass
from functools import cache

from cards.knowledge.sources import Citation
from cards.knowledge.tables import read_table
from cards.model.conditions import Indication
from cards.model.therapy import Drug


@dataclass(frozen=True, slots=True)
class Licence:
    """Whether a drug is licensed for an indication in the US, and how good the evidence is."""

    is_licensed_us: bool
    citation: Citation


@dataclass(frozen=True, slots=True)
class Advice:
    """One sentence for the plan, with its source."""

    topic: str
    text: str
    citation: Citation


@cache
def _licences() -> dict[tuple[Drug, Indication], Licence]:
    return {
        (row.member("drug", Drug), row.member("indication", Indication)): Licence(
            row.flag("is_licensed_us"), row.citation()
        )
        for row in read_table("licences")
    }


def licence(drug: Drug, indication: Indication) -> Licence | None:
    """The licence of a drug for an indication; None where no source was read."""
    return _licences().get((drug, indication))


@cache
def start_advice() -> tuple[Advice, ...]:
    """The sentences of the plan, in order."""
    return tuple(
        Advice(row.text("topic"), row.text("text"), row.citation()) for row in read_table("start_advice")
    )
