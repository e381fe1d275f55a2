"""Results that are words: positive, negative, indeterminate, by code or by wording."""

import re
from collections.abc import Mapping
from functools import cache

from cards.model.labs import LabFinding
from fhir_mappers.json.fhir_json import Coding, codings, texts
from fhir_mappers.json.repeated import remembered
from fhir_mappers.terminology.code_systems import canonical_system
from fhir_mappers.terminology.codes import lookup
from fhir_mappers.terminology.tables import packaged_rows

# terminology.json, value_tables.obs_interpretation.
INTERPRETATIONS = ("LL", "HH", "L", "H", "N", "AA", "A", "POS", "NEG", "IND", "DET", "ND")
_INTERPRETED = {
    "POS": LabFinding.POSITIVE,
    "DET": LabFinding.POSITIVE,
    "NEG": LabFinding.NEGATIVE,
    "ND": LabFinding.NEGATIVE,
    "IND": LabFinding.INDETERMINATE,
}
_WORDS: Mapping[LabFinding, tuple[str, ...]] = {
    LabFinding.POSITIVE: ("positive", "pos", "reactive", "detected", "present", "immune", "yes", "pregnant"),
    LabFinding.NEGATIVE: (
        "negative", "neg", "non reactive", "nonreactive", "not reactive", "not detected", "none detected",
        "undetected", "absent", "not present", "not immune", "non immune", "nonimmune", "no", "not pregnant",
    ),
    LabFinding.INDETERMINATE: (
        "indeterminate", "equivocal", "borderline", "inconclusive", "gray zone", "grey zone",
    ),
}  # fmt: skip
_OF_WORD = {word: finding for finding, words in _WORDS.items() for word in words}
_PREGNANCY = {
    "pregnant": LabFinding.POSITIVE,
    "not_pregnant": LabFinding.NEGATIVE,
    "possible": LabFinding.INDETERMINATE,
    "unknown": LabFinding.INDETERMINATE,
}
_INTERPRETATION_WORDS = {
    "critical low": "LL", "critically low": "LL", "low": "L", "high": "H", "critical high": "HH",
    "critically high": "HH", "normal": "N", "abnormal": "A",
}  # fmt: skip


def finding_of_text(text: str) -> LabFinding | None:
    """What a whole wording says; None when it says anything more than one known word.

    >>> finding_of_text("NON-REACTIVE"), finding_of_text("Reactive, see note")
    (<LabFinding.NEGATIVE: 'negative'>, None)
    """
    return _OF_WORD.get(" ".join(re.sub(r"[-\u2010-\u2015_.*()]", " ", text).casefold().split()))


@remembered
def finding_of_concept(concept: object) -> LabFinding | None:
    """What a coded answer says; None when unknown, or when its parts contradict each other."""
    found = {known for coding in codings(concept) if (known := _of_coding(coding))}
    found = found or {known for text in texts(concept) if (known := finding_of_text(text))}
    return found.pop() if len(found) == 1 else None


@remembered
def interpretation_of(concepts: object) -> str | None:
    """The first interpretation code that a rule may read, the extremes first."""
    given = {coding.code.upper() for coding in codings(concepts)}
    given |= {code for text in texts(concepts) if (code := _INTERPRETATION_WORDS.get(text.casefold()))}
    return next((code for code in INTERPRETATIONS if code in given), None)


def finding_of_interpretation(code: str | None) -> LabFinding | None:
    """The finding that an interpretation code states; None for one about height."""
    return _INTERPRETED.get(code or "")


def _of_coding(coding: Coding) -> LabFinding | None:
    found = _answers().get((canonical_system(coding.system) or "", coding.code))
    if found is None and coding.code.upper() in _INTERPRETED and "interpretation" in coding.system.casefold():
        return _INTERPRETED[coding.code.upper()]
    for meaning in lookup(coding.system, coding.code):
        if meaning.kind == "pregnancy_answer":
            return _PREGNANCY[meaning.concept]
        if meaning.kind == "problem" and meaning.concept == "lactation":
            return LabFinding.POSITIVE
    return found


@cache
def _answers() -> Mapping[tuple[str, str], LabFinding]:
    return {
        (row.filled("system"), row.filled("code")): LabFinding(row.one_of("finding", tuple(LabFinding)))
        for row in packaged_rows("answers.csv")
        if row.filled("source")
    }
