"""What the sources advise for a patient's circumstances: kidneys, liver, pregnancy, age and the like."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from cards.knowledge.sentences import Place, Sentence, Sentences
from cards.knowledge.sources import Citation, Grade
from cards.knowledge.tables import Tables
from cards.wording import titled

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


@dataclass(frozen=True, slots=True)
class PatientAdvice:
    """The sentences about some topics, in the order of the table."""

    do: tuple[str, ...]  # each with its grade
    also: tuple[str, ...]  # each with its grade
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PatientSentences:
    """The sentences about every circumstance."""

    sentences: Mapping[Circumstance, tuple[Sentence, ...]]

    @classmethod
    def read(cls, tables: Tables, sentences: Sentences) -> Self:
        """The rows of patient_advice.csv."""
        rows = [
            (row.member("topic", Circumstance), sentences.of(row, "sentence", "drug", "age"))
            for row in tables.rows("patient_advice")
        ]
        return cls({topic: tuple(said for about, said in rows if about is topic) for topic in Circumstance})

    def advice(self, *topics: Circumstance, **words: str | float) -> PatientAdvice:
        """What the sources say on the topics, those named first leading; `words` fill the blanks.

        >>> from cards.knowledge.knowledge import Knowledge
        >>> Knowledge.own().patient_advice.advice(Circumstance.OLDER_PATIENT, age=70).also
        ('Limited experience in older patients, says the Aspen product information (grade A).',)
        """
        return advice_of([said for topic in topics for said in self.sentences[topic]], **words)


def advice_of(sentences: Iterable[Sentence], **words: str | float) -> PatientAdvice:
    """Sentences with their grades, each at its place; `words` fill the blanks."""
    placed = [(said.place, graded(said.text(**words), said.citation), said.citation) for said in sentences]
    return PatientAdvice(
        do=tuple(titled(text) for place, text, _ in placed if place is Place.ACT),
        also=tuple(titled(text) for place, text, _ in placed if place is Place.REMARK),
        citations=tuple(dict.fromkeys(citation for _, _, citation in placed)),
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
