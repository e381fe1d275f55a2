"""The specimens that a concept or wording names."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from fhir_mappers.json.fhir_json import codings, texts
from fhir_mappers.terminology.code_systems import canonical_system
from fhir_mappers.terminology.synonyms import any_of, plain_text
from fhir_mappers.terminology.tables import packaged_rows

BLOOD, URINE = "blood", "urine"
_V2_TABLE = "v2-0487"
_ENDS_OF_V2 = (
    "0487",
    "70487",
)  # http://terminology.hl7.org/CodeSystem/v2-0487, http://hl7.org/fhir/v2/0487, HL70487


@dataclass(frozen=True, slots=True)
class _Specimens:
    by_code: Mapping[tuple[str, str], str]
    by_words: Mapping[str, str]
    anywhere: re.Pattern[str]


def specimens_of(concept: object) -> frozenset[str]:
    """The specimens that the codes and words of a concept name; empty where no table knows it.

    >>> sorted(specimens_of({"text": "Urine, midstream"}))
    ['urine']
    """
    by_code = _specimens().by_code
    coded = ((_system(one.system or ""), one.code or "") for one in codings(concept))
    return frozenset(by_code[key] for key in coded if key in by_code) | specimens_in(texts(concept))


def specimens_in(wordings: Iterable[str]) -> frozenset[str]:
    """The specimens that some words name."""
    known = _specimens()
    return frozenset(
        known.by_words[word] for text in wordings for word in known.anywhere.findall(plain_text(text))
    )


def _system(system: str) -> str:
    return _V2_TABLE if system.endswith(_ENDS_OF_V2) else canonical_system(system) or ""


@cache
def _specimens() -> _Specimens:
    by_code: dict[tuple[str, str], str] = {}
    by_words: dict[str, str] = {}
    for row in packaged_rows("specimens.csv"):
        specimen = row.filled("specimen")
        row.filled("source")
        if row.text("words"):
            by_words |= dict.fromkeys(row.text("words").split("|"), specimen)
        else:
            by_code[row.filled("system"), row.filled("code")] = specimen
    return _Specimens(by_code, by_words, any_of(sorted(by_words, key=len, reverse=True)))
