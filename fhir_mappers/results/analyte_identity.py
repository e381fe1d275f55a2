"""Whether a laboratory code and its wording name two different known analytes, and which specimen they name."""

from typing import NamedTuple

from fhir_mappers.json.fhir_json import Coding, texts
from fhir_mappers.json.repeated import remembered
from fhir_mappers.terminology.analyte_words import analytes_in_words
from fhir_mappers.terminology.analytes import analytes_of
from fhir_mappers.terminology.identity import Contradiction, contradiction, named_by
from fhir_mappers.terminology.specimens import specimens_in

_PARTS_TO_DIFFER = 2


def _in_code(coding: Coding) -> frozenset[str]:
    return analytes_of([{"system": coding.system, "code": coding.code}])


class CodeIdentity(NamedTuple):
    """What the code of a result says against itself, and the specimens that its words name."""

    contradiction: Contradiction | None
    specimens: frozenset[str]


def analyte_contradiction(code: object) -> Contradiction | None:
    """The code and wording that name different analytes; None where they agree or either names none."""
    named = [analytes_of(code), *map(analytes_in_words, texts(code))]
    told = [analytes for analytes in named if analytes]
    if len(told) < _PARTS_TO_DIFFER or frozenset.intersection(*told):  # shared by all, shared by any two
        return None
    return contradiction(named_by(code, _in_code, analytes_in_words))


@remembered
def code_identity(code: object) -> CodeIdentity:
    """Both at once: a request repeats a few codes by the thousand."""
    return CodeIdentity(analyte_contradiction(code), specimens_in(texts(code)))
