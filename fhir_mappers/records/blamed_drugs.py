"""Does the wording of a problem name a thiopurine, or something else, as its cause?"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cards.model.conditions import Reaction
from cards.model.therapy import THIOPURINES, Drug
from fhir_mappers.terminology.synonyms import mentioned, plain_text

_DRUG = "\u00a7"  # stands for the name of a thiopurine
_CLASS = re.compile(r"\bthiopurines?\b(?!\s*(?:s-)?methyl)")
# Other diseases that share a word with a reaction.
_DISEASES = re.compile(
    r"auto-?immune (?:hepatitis|pancreatitis)|(?:viral |chronic )?hepatitis [a-e]\b|viral hepatitis|"
    r"(?:immune|idiopathic) thrombocytopeni\w*|familial mediterranean fever"
)
_REACTIONS = {
    Reaction.ANAPHYLAXIS: r"anaphyla\w*|shock",
    Reaction.HYPERSENSITIVITY: r"hypersensitiv\w*|dress\b|serum sickness",
    Reaction.RASH: r"rash|urticaria|hives|exanthem\w*|drug eruption|stevens-johnson\w*|sweet'?s? syndrome",
    Reaction.FEVER: r"drug fever|fever|pyrexia",
    Reaction.PANCREATITIS: r"pancreatitis",
    Reaction.HEPATITIS: r"hepatitis|hepatotox\w*|liver (?:injury|damage|toxicity)|jaundice|cholestasis|transaminitis",
    Reaction.CYTOPENIA: r"neutropeni\w*|leu[ck]openi\w*|pancytopeni\w*|thrombocytopeni\w*|cytopeni\w*|"
    r"myelosuppress\w*|myelotox\w*|marrow (?:suppression|toxicity|failure|aplasia)|agranulocytosis",
}
_ANY_REACTION = "|".join(_REACTIONS.values())
_HARM = r"allerg\w*|toxicity|adverse (?:drug )?(?:effects?|events?|reactions?)|side effects?|reactions?|sensitivity"
_MILD = re.compile(r"\b(?:nausea|vomiting|dyspepsia|diarrh\w*|headache|fatigue|malaise|hair loss|alopecia)\b")
_BLAMES = re.compile(
    rf"{_DRUG}[\s-]*(?:induced|related|associated|caused|causing|(?:acute |severe )?(?:{_ANY_REACTION}|{_HARM}))|"
    r"(?:induced|caused|triggered|due|secondary|attributed|related|allergic|"
    rf"(?:{_ANY_REACTION}|{_HARM})(?: caused)?)\s+(?:by|to|of|from|on|after|with|while (?:on|taking))\s+"
    rf"(?:\w+\s+){{0,2}}{_DRUG}|(?:{_ANY_REACTION})\s*[(,:;-]+\s*{_DRUG}"
)
_DENIES = re.compile(
    rf"\brisk\b|\b(?:monitoring|screening) for\b|\bnot (?:due|related|caused|secondary|attributed)\b|"
    rf"\b(?:no|without|denies|negative for)\s+(?:\w+\s+){{0,3}}?(?:{_DRUG}|{_ANY_REACTION}|{_HARM})"
)
_OTHER_CAUSE = re.compile(
    r"\b(?:gall ?stones?|biliary|cholelithiasis|choledocholithiasis|alcohol\w*|ethanol|hyperlipid\w*|"
    r"hyperlipaem\w*|hypertriglycerid\w*|ercp)\b"
)
_OF_THE_DOSE = frozenset({Reaction.CYTOPENIA, Reaction.FEVER})


@dataclass(frozen=True, slots=True)
class Blame:
    """The thiopurines that a wording names as the cause, and of what."""

    drugs: frozenset[str] = frozenset()
    reactions: frozenset[Reaction] = frozenset()


def blame_in(texts: Iterable[str]) -> Blame:
    """The thiopurines that a problem's words blame; a class names each of its drugs.

    >>> blame_in(["Azathioprine-induced hepatitis"]).reactions == {Reaction.HEPATITIS}
    True
    >>> blame_in(["Autoimmune hepatitis, on azathioprine"])
    Blame(drugs=frozenset(), reactions=frozenset())
    """
    found = [one for text in texts if (one := _blame(text)).drugs]
    return Blame(
        frozenset().union(*(one.drugs for one in found)), frozenset().union(*(one.reactions for one in found))
    )


def names_another_cause(texts: Iterable[str]) -> bool:
    """Whether the words blame gallstones, alcohol, lipids, an ERCP or another known drug."""
    return any(_OTHER_CAUSE.search(plain_text(text)) or _drugs(text)[1] for text in texts)


def _drugs(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The thiopurines that a text names, and the other drugs."""
    named = frozenset(Drug(synonym.concept) for synonym in mentioned(text, "drug"))
    ours = named & frozenset(THIOPURINES)
    return (frozenset(THIOPURINES) if _CLASS.search(plain_text(text)) else ours), named - ours


def _blame(text: str) -> Blame:
    drugs, _ = _drugs(text)
    if not drugs:
        return Blame()
    plain = _DISEASES.sub("", _with_drug_marked(text))
    reactions = frozenset(kind for kind, words in _REACTIONS.items() if re.search(rf"\b(?:{words})", plain))
    is_harm = bool(reactions) or (re.search(_HARM, plain) and not _MILD.search(plain))
    if not is_harm or not _BLAMES.search(plain) or _DENIES.search(plain):
        return Blame()
    if reactions >= _OF_THE_DOSE:  # a fever with few neutrophils is not a drug fever
        reactions -= {Reaction.FEVER}
    return Blame(drugs, reactions or frozenset({Reaction.OTHER}))


def _with_drug_marked(text: str) -> str:
    plain = plain_text(text)
    for synonym in mentioned(text, "drug"):
        if synonym.concept in THIOPURINES:
            plain = plain.replace(synonym.text, _DRUG)
    return _CLASS.sub(_DRUG, plain)
