"""What belongs to every new start: licence, vaccination, counselling."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from cards.knowledge.sentences import Sentences
from cards.knowledge.sources import Citation
from cards.knowledge.tables import Tables
from cards.model.conditions import Indication
from cards.model.therapy import THIOPURINES, Drug


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


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class StartSentences:
    """The licences, and the sentences of the plan, topic by topic."""

    licences: Mapping[tuple[Drug, Indication], Licence]
    sentences: Mapping[Drug, tuple[PlanSentence, ...]]  # of a thiopurine, for any indication

    @classmethod
    def read(cls, tables: Tables, named: Sentences) -> Self:
        """The rows of licences.csv and start_advice.csv."""
        sentences = [
            PlanSentence(
                row.member("topic", AdviceTopic),
                row.member("drug", Drug) if row.text("drug") else None,
                row.member("indication", Indication) if row.text("indication") else None,
                said.text(),
                said.citation,
            )
            for row in tables.rows("start_advice")
            for said in (named.of(row, "sentence"),)
        ]
        sorted_by_topic = [one for topic in AdviceTopic for one in sentences if one.topic is topic]
        return cls(
            licences={
                (row.member("drug", Drug), row.member("indication", Indication)): Licence(
                    row.flag("is_licensed_us"), row.citation()
                )
                for row in tables.rows("licences")
            },
            sentences={
                drug: tuple(one for one in sorted_by_topic if one.drug in (None, drug))
                for drug in THIOPURINES
            },
        )

    def licence(self, drug: Drug, indication: Indication) -> Licence | None:
        """The licence of a drug for an indication; None where no source was read."""
        return self.licences.get((drug, indication))

    def start_advice(self, drug: Drug, indication: Indication | None) -> tuple[PlanSentence, ...]:
        """The sentences that apply to a start of a thiopurine, topic by topic."""
        return tuple(
            one for one in self.sentences[drug] if one.indication is None or one.indication is indication
        )
