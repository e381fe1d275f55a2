"""What the sources advise for a patient's circumstances: kidneys, liver, pregnancy, age and the like."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from cards.knowledge.sources import Citation, Grade
from cards.knowledge.tables import Tables

_GRADED = re.compile(r"grade [A-EP]\)")


class Circumstance(StrEnum):
    """A circumstance that has its own sentences."""

    RENAL_ACUTE = "renal: acute"
    RENAL_LOWER_END = "renal: lower end"
    RENAL_CONFLICT = "renal: conflict"
    RENAL_DIALYSIS = "renal: dialysis"
    RENAL_MERCAPTOPURINE = "renal: mercaptopurine"
    RENAL_MERCAPTOPURINE_DIALYSIS = "renal: mercaptopurine dialysis"
    LIVER = "liver: caution"
    LIVER_MERCAPTOPURINE = "liver: mercaptopurine"
    VENO_OCCLUSIVE_DISEASE = "veno-occlusive disease"
    VENO_OCCLUSIVE_DISEASE_DOUBTFUL = "veno-occlusive disease: past or suspected"
    PREGNANCY_START = "pregnancy: start"
    PREGNANCY_CONTINUE = "pregnancy: continue"
    PREGNANCY_ARTHRITIS = "pregnancy: arthritis"
    PREGNANCY_ANY = "pregnancy: any"
    PREGNANCY_THROMBOCYTOPENIA = "pregnancy: thrombocytopenia"
    CHOLESTASIS_OF_PREGNANCY = "cholestasis of pregnancy"
    CHOLESTASIS_OF_PREGNANCY_DOUBTFUL = "cholestasis of pregnancy: not certain"
    LACTATION_AZATHIOPRINE = "lactation: azathioprine"
    LACTATION_MERCAPTOPURINE = "lactation: mercaptopurine"
    LACTATION_LOW_TPMT = "lactation: low TPMT"
    OLDER_PATIENT = "older patient"
    OLDER_PATIENT_STEROID = "older patient: steroid"
    PEMPHIGOID_STEROID = "pemphigoid and steroid"
    WARFARIN_AZATHIOPRINE = "warfarin: azathioprine"
    WARFARIN_MERCAPTOPURINE = "warfarin: mercaptopurine"
    WARFARIN_STOP = "warfarin: stop"
    WARFARIN_LINE = "warfarin: line"
    ALLOPURINOL_STOPPED = "allopurinol stopped"
    PHOTOTHERAPY = "phototherapy"
    HEPATOSPLENIC_LYMPHOMA = "hepatosplenic lymphoma"
    HEPATOSPLENIC_LYMPHOMA_TNF = "hepatosplenic lymphoma: TNF inhibitor"
    ALKYLATING_AGENTS = "alkylating agents"
    ALKYLATING_AGENTS_TAKEN = "alkylating agents: taken"


class SentenceKind(StrEnum):
    """Whether a sentence is what to do, or what else a source says."""

    DO = "do"
    ALSO = "also"


@dataclass(frozen=True, slots=True)
class PatientAdvice:
    """The sentences about some topics, in the order of the table."""

    do: tuple[str, ...]  # each with its grade
    also: tuple[str, ...]  # each with its grade
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class _PlacedText:
    topic: Circumstance
    place: SentenceKind
    text: str
    citation: Citation


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PatientSentences:
    """The sentences about every circumstance."""

    sentences: Mapping[Circumstance, tuple[_PlacedText, ...]]

    @classmethod
    def read(cls, tables: Tables) -> Self:
        """The rows of patient_advice.csv."""
        rows = [
            _PlacedText(
                row.member("topic", Circumstance),
                row.member("place", SentenceKind),
                row.text("text"),
                row.citation(),
            )
            for row in tables.rows("patient_advice")
        ]
        return cls({topic: tuple(row for row in rows if row.topic is topic) for topic in Circumstance})

    def advice(self, *topics: Circumstance, **words: object) -> PatientAdvice:
        """What the sources say on the topics, those named first leading; `words` fill the blanks.

        >>> from cards.knowledge.knowledge import Knowledge
        >>> Knowledge.own().patient_advice.advice(Circumstance.OLDER_PATIENT, age=70).also
        ('Limited experience in older patients, says the Aspen product information (grade A).',)
        """
        sentences = [sentence for topic in topics for sentence in self.sentences[topic]]
        return PatientAdvice(
            do=_texts(sentences, SentenceKind.DO, words),
            also=_texts(sentences, SentenceKind.ALSO, words),
            citations=tuple(dict.fromkeys(one.citation for one in sentences)),
        )


def graded(text: str, citation: Citation) -> str:
    """A sentence with its grade before the full stop; a choice of this project is named as one.

    >>> from cards.knowledge.knowledge import Knowledge
    >>> graded("Check the INR.", Knowledge.own().cite("project"))
    'Check the INR (project choice).'
    """
    if _GRADED.search(text):
        return text
    mark = "project choice" if citation.grade is Grade.PROJECT else f"grade {citation.grade}"
    return f"{text.removesuffix('.')} ({mark})."


def _texts(sentences: list[_PlacedText], place: SentenceKind, words: dict[str, object]) -> tuple[str, ...]:
    return tuple(
        _capital(graded(one.text, one.citation).format(**words)) for one in sentences if one.place is place
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
