"""Whether a laboratory code and its wording name two different known analytes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from cards.model.labs import Analyte
from fhir_mappers.json.fhir_json import Coding, texts
from fhir_mappers.json.repeated import remembered
from fhir_mappers.terminology.analytes import analytes_of
from fhir_mappers.terminology.identity import Contradiction, contradiction, named_by
from fhir_mappers.terminology.synonyms import any_of, plain_text
from fhir_mappers.terminology.tables import packaged_rows

# The name of a whole group includes the code's analyte, though it may spell out only some members.
_PARTS_TO_DIFFER = 2
_GROUP = re.compile(r"\b(?:panel|profile|cbc|blood count|differential|ratio|studies|metabolites|serology)\b")


@dataclass(frozen=True, slots=True)
class _NamedAnalytes:
    analytes: frozenset[Analyte]
    unless: re.Pattern[str] | None  # words beside which it is something else


@dataclass(frozen=True, slots=True)
class _AnalyteWordings:
    anywhere: re.Pattern[str]
    meanings: Mapping[str, tuple[_NamedAnalytes, ...]]  # by wording


def analytes_in_words(text: str) -> frozenset[str]:
    """The analytes that a laboratory's wording names; empty for the name of a panel.

    >>> sorted(analytes_in_words("Neutrophils/100 leukocytes in Blood"))
    [<Analyte.ANC: 'anc'>, <Analyte.WBC: 'wbc'>]
    """
    plain = plain_text(text)
    wordings = _wordings()
    found = dict.fromkeys(wordings.anywhere.findall(plain))
    if not found or _GROUP.search(plain):
        return frozenset()
    return frozenset(
        analyte
        for wording in found
        for meaning in wordings.meanings[wording]
        if not (meaning.unless and meaning.unless.search(plain))
        for analyte in meaning.analytes
    )


def _in_code(coding: Coding) -> frozenset[str]:
    return analytes_of([{"system": coding.system, "code": coding.code}])


@cache
def _wordings() -> _AnalyteWordings:
    meanings: dict[str, tuple[_NamedAnalytes, ...]] = {}
    for row in packaged_rows("analyte_words.csv"):
        unless = row.text("unless")
        analytes = frozenset(Analyte(one) for one in row.filled("analytes").split())
        meaning = _NamedAnalytes(analytes, any_of(unless.split("|")) if unless else None)
        for wording in row.filled("words").split("|"):
            meanings[wording] = (*meanings.get(wording, ()), meaning)
    return _AnalyteWordings(any_of(sorted(meanings, key=len, reverse=True)), meanings)


@remembered
def analyte_contradiction(code: object) -> Contradiction | None:
    """The code and wording that name different analytes; None where they agree or either names none."""
    named = [analytes_of(code), *map(analytes_in_words, texts(code))]
    told = [analytes for analytes in named if analytes]
    if len(told) < _PARTS_TO_DIFFER or frozenset.intersection(*told):  # shared by all, shared by any two
        return None
    return contradiction(named_by(code, _in_code, analytes_in_words))
