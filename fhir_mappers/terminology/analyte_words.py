"""The analytes that a laboratory's wording names."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from cards.model.labs import Analyte
from fhir_mappers.terminology.synonyms import any_of, plain_text
from fhir_mappers.terminology.tables import packaged_rows

# The name of a whole group includes the code's analyte, though it may spell out only some members.
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
