"""Whether the wording of an allergy record denies that there is one: "Azathioprine (not allergic)"."""

import re
from collections.abc import Sequence

from cards.model.therapy import Drug
from fhir_mappers.terminology.synonyms import mentioned, plain_text

# What keeps a wording from being a plain denial: then the record counts as it stands.
_EXCEPTION = re.compile(
    r"\b(?:except\w*|other|others|otherwise|apart|besides|else|only|unless|"
    r"intoleran\w+|unable|cannot|could not|poorly|badly|"
    r"possible|possibly|suspected|questionable|probable|unknown|unclear|unsure|not sure|not confirmed|unconfirmed|"
    r"rash|hives|urticaria|fever|shock|anaphyla\w+|pancreatitis|hepatitis|hepatotox\w+|liver|jaundice|\w*penia|"
    r"allergic to|reacted)\b|\?"
)
_KIND = (
    r"(?:(?:known|drug|drugs|medication|medicine|history|of|any|documented|reported|previous|prior|an?) )*"
)
_COMPLAINT = r"(?:allerg(?:y|ies|ic)|hypersensitivit(?:y|ies)|intoleran(?:ce|ces|t))"
_TOLERATES = (
    r"(?<!not )(?<!not well )(?<!never )(?<!poorly )(?<!badly )(?<!longer )(?<!barely )tolerat(?:es|ed|ing)"
)
_DENIED = re.compile(
    rf"\bnot {_KIND}allergic(?: to)?\b|\bnon-?allergic\b|\bno {_KIND}{_COMPLAINT}(?: to)?\b|"
    rf"\bdenie[sd] {_KIND}{_COMPLAINT}(?: to)?\b|\b{_TOLERATES}\b|"
    rf"\b{_COMPLAINT} (?:was |has been )?(?:refuted|ruled out|excluded|disproved|disproven)\b|"
    r"\bde-?labell?ed\b|\bnkda\b"
)
_OF_A_NAMED_DRUG = re.compile(rf"\bno (?:known )?DRUG {_COMPLAINT}\b")
_OF_ALL = re.compile(r"\bnkda\b|\bno known (?:drug |medication )?allerg(?:y|ies)$|\bno allergies$")
_UNCONFIRMED = re.compile(r"\b(?:not (?:been )?(?:confirmed|proven|verified)|unconfirmed|unproven)\b")
_CLAUSE_END = re.compile(r"[;\n]|\.(?:\s|$)|,|\bbut\b|\bhowever\b")


def without_denial(text: str) -> str:
    """The text without the words that deny: "not allergic" names no allergic reaction."""
    return _DENIED.sub(" ", plain_text(text))


def is_unconfirmed(texts: Sequence[str]) -> bool:
    """Whether the wording says that nobody has confirmed the allergy."""
    return any(_UNCONFIRMED.search(plain_text(text)) for text in texts)


def is_denied(drug: Drug, texts: Sequence[str]) -> bool:
    """Whether the first text that names the drug, else the first of all, denies an allergy to it.

    A denial beside an exception, a doubt or a reaction denies nothing.

    >>> is_denied(Drug.AZATHIOPRINE, ["Azathioprine (not allergic)"])
    True
    >>> is_denied(Drug.AZATHIOPRINE, ["Azathioprine: rash. Otherwise no known allergies"])
    False
    """
    naming = [text for text in texts if drug in _drugs_in(text)]
    text = next(iter(naming or texts), "")
    clauses = _clauses(plain_text(text))
    if not naming and _drugs_in(text):
        return False  # it is about another drug
    about = [clause for clause in clauses if drug in _drugs_in(clause)] if naming else clauses
    return bool(about) and all(map(_denies, about))


def _denies(clause: str) -> bool:
    told = _without_drugs(clause)
    rest, denials = _DENIED.subn(" ", _OF_A_NAMED_DRUG.sub("not allergic", told))
    is_general = not _drugs_in(clause) and _OF_ALL.search(clause.strip(" -:()"))
    return bool(denials) and not is_general and not _EXCEPTION.search(rest)


def _clauses(plain: str) -> list[str]:
    """The clauses of a text; one that names no drug goes on with what the one before it is about.

    "No known drug allergies" after another clause is about all drugs, and so about none.
    """
    found: list[str] = []
    for part in _CLAUSE_END.split(plain):
        clause = part.strip()
        if found and not _drugs_in(clause):
            found[-1] += "" if _OF_ALL.search(clause) else f" {clause}"
        elif clause:
            found.append(clause)
    return found


def _without_drugs(clause: str) -> str:
    for one in mentioned(clause, "drug"):
        clause = clause.replace(one.text, "DRUG")
    return clause


def _drugs_in(text: str) -> set[str]:
    return {one.concept for one in mentioned(text, "drug")}
