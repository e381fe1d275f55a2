"""Whether a laboratory code and its wording name two different analytes of ours."""

import re
from dataclasses import dataclass
from functools import cache

from cards.model.labs import Analyte
from fhir_mappers.analytes import analytes_of
from fhir_mappers.code_tables import packaged_rows
from fhir_mappers.fhir_json import Coding
from fhir_mappers.identity import Contradiction, contradiction, named_by
from fhir_mappers.repeated import once
from fhir_mappers.synonyms import plain_text

# A name of a whole group holds what the code stands for, though it may spell out only some of it.
_GROUP = re.compile(r"\b(?:panel|profile|cbc|blood count|differential|ratio|studies|metabolites|serology)\b")


@dataclass(frozen=True, slots=True)
class _Wording:
    words: re.Pattern[str]
    analytes: frozenset[Analyte]
    unless: re.Pattern[str] | None  # words beside which it is something else


def analytes_in_words(text: str) -> frozenset[str]:
    """The analytes that a laboratory's wording names; none for the name of a panel.

    >>> sorted(analytes_in_words("Neutrophils/100 leukocytes in Blood"))
    [<Analyte.ANC: 'anc'>, <Analyte.WBC: 'wbc'>]
    """
    plain = plain_text(text)
    if _GROUP.search(plain):
        return frozenset()
    return frozenset(
        analyte
        for one in _wordings()
        if one.words.search(plain) and not (one.unless and one.unless.search(plain))
        for analyte in one.analytes
    )


def _in_code(coding: Coding) -> frozenset[str]:
    return analytes_of([{"system": coding.system, "code": coding.code}])


@once
def analyte_contradiction(code: object) -> Contradiction | None:
    """The code and the wording that name different analytes; None where they agree or one names none."""
    return contradiction(named_by(code, _in_code, analytes_in_words))


@cache
def _wordings() -> tuple[_Wording, ...]:
    return tuple(
        _Wording(
            _any_of(row.filled("words")),
            frozenset(Analyte(one) for one in row.filled("analytes").split()),
            _any_of(row.text("unless")) if row.text("unless") else None,
        )
        for row in packaged_rows("analyte_words.csv")
    )


def _any_of(cell: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, cell.split('|')))})(?![^\W_])")
