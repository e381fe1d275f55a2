"""What do sources say to do about toxicity, and which smaller changes of a blood count are worth a line?"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from cards.knowledge.sentences import Place, Sentence, Sentences
from cards.knowledge.sources import Citation
from cards.knowledge.tables import Tables
from cards.model.labs import Analyte


class ToxicityTopic(StrEnum):
    """What a piece of advice is about."""

    WITHHOLD = "withhold"
    WITHHOLD_MERCAPTOPURINE = "withhold mercaptopurine"
    BEFORE_START = "before start"
    FEVER = "fever"
    AFTER_CUT = "after cut"
    TRANSPLANT_INCREASE = "transplant increase"
    TRANSPLANT_STOP = "transplant stop"
    LIVER = "liver"
    LIVER_SEVERE = "liver severe"
    LIVER_BEFORE_START = "liver before start"
    LIVER_HEPATITIS = "liver hepatitis"
    LIVER_LEUKAEMIA = "liver leukaemia"
    PANCREATITIS_STOP = "pancreatitis stop"
    PANCREATITIS = "pancreatitis"
    PANCREATITIS_HISTORY = "pancreatitis history"
    PANCREATIC_ENZYMES = "pancreatic enzymes"
    PANCREATIC_ENZYMES_RAISED = "pancreatic enzymes raised"
    EARLIER_COUNTS = "earlier counts"
    EARLIER_LIVER = "earlier liver"
    EARLIER_TOXICITY = "earlier toxicity"
    EARLIER_TOXICITY_UNCLEAR = "earlier toxicity unclear"


class Direction(StrEnum):
    """On which side of a limit a result is worth a note."""

    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True, slots=True)
class ToxicityAdvice:
    """The sentences about one topic, and what they rest on, the first sentence's source first."""

    do: tuple[str, ...]
    also: tuple[str, ...]
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class CountNote:
    """A change of the blood count that deserves a line; `limit` None is the laboratory's own range."""

    analyte: Analyte
    direction: Direction
    limit: float | None
    text: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class CountTrend:
    """The number of falls in a row, and the per cent each must exceed, to deserve attention."""

    analyte: Analyte
    percent: float
    falls: int
    text: str
    citation: Citation


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ToxicitySentences:
    """What to do about toxicity, and the smaller changes of a blood count that are worth a line."""

    advice: Mapping[ToxicityTopic, ToxicityAdvice]
    count_notes: tuple[CountNote, ...]  # the changes that deserve a line
    count_trends: tuple[CountTrend, ...]  # the falls that deserve attention

    @classmethod
    def read(cls, tables: Tables, sentences: Sentences) -> Self:
        """The rows of toxicity_advice.csv, count_notes.csv and count_trends.csv."""
        rows = [
            (row.member("topic", ToxicityTopic), sentences.of(row, "sentence"))
            for row in tables.rows("toxicity_advice")
        ]
        return cls(
            advice={
                topic: _advice([said for about, said in rows if about is topic]) for topic in ToxicityTopic
            },
            count_notes=tuple(
                CountNote(
                    row.member("analyte", Analyte),
                    row.member("direction", Direction),
                    row.number_or_none("limit"),
                    sentences.of(row, "sentence").text(),
                    row.citation(),
                )
                for row in tables.rows("count_notes")
            ),
            count_trends=tuple(
                CountTrend(
                    row.member("analyte", Analyte),
                    row.number("percent"),
                    int(row.number("falls")),
                    sentences.of(row, "sentence").text(),
                    row.citation(),
                )
                for row in tables.rows("count_trends")
            ),
        )

    def toxicity_advice(self, topic: ToxicityTopic) -> ToxicityAdvice:
        """What the sources say on a topic."""
        return self.advice[topic]


def _advice(sentences: list[Sentence]) -> ToxicityAdvice:
    return ToxicityAdvice(
        do=tuple(said.text() for said in sentences if said.place is Place.ACT),
        also=tuple(said.text() for said in sentences if said.place is Place.REMARK),
        citations=tuple(said.citation for said in sentences),
    )
