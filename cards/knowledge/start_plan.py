"""What belongs to every new start: licence, vaccination, counselling."""

from dataclasses import dataclass
from enum import StrEnum
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


class AdviceTopic(StrEnum):
    """What a sentence of the plan is about; the sentences of one topic are one bullet, in this order."""

    INDICATION = "indication"
    RESPONSE = "response"
    VACCINATION = "vaccination"
    NAUSEA = "nausea and vomiting"
    FOOD = "food"
    ADVERSE_EFFECTS = "adverse effects"
    PATIENT = "patient"
    PREGNANCY = "pregnancy"
    LONG_TERM = "long term"


@dataclass(frozen=True, slots=True)
class PlanSentence:
    """One sentence for the plan, with its source."""

    topic: AdviceTopic
    drug: Drug | None  # None: for every thiopurine
    indication: Indication | None  # None: whatever it is given for
    text: str
    citation: Citation

    @property
    def graded(self) -> str:
        """The sentence with its grade: "With or shortly after food (grade E)."."""
        return f"{self.text} (grade {self.citation.grade})."


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
def _all_advice() -> tuple[PlanSentence, ...]:
    return tuple(
        PlanSentence(
            row.member("topic", AdviceTopic),
            row.member("drug", Drug) if row.text("drug") else None,
            row.member("indication", Indication) if row.text("indication") else None,
            row.text("text"),
            row.citation(),
        )
        for row in read_table("start_advice")
    )


@cache
def start_advice(drug: Drug, indication: Indication | None) -> tuple[PlanSentence, ...]:
    """The sentences that apply to a start, topic by topic."""
    applying = [
        one
        for one in _all_advice()
        if one.drug in (None, drug) and (one.indication is None or one.indication is indication)
    ]
    return tuple(one for topic in AdviceTopic for one in applying if one.topic is topic)
