"""What a free text mentions: drugs, vaccines, genes, phenotypes, problems, procedures."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from cards.model.conditions import Problem, ProcedureKind
from cards.model.genes import Gene, Phenotype
from cards.model.therapy import Drug
from cards.model.vaccines import Antigen, VaccineKind
from fhir_mappers.terminology.tables import TableRow, packaged_rows

CONCEPTS: Mapping[str, frozenset[str]] = {
    "drug": frozenset(Drug),
    "vaccine": frozenset(VaccineKind),
    "problem": frozenset(Problem),
    "procedure": frozenset(ProcedureKind),
    "gene": frozenset(Gene),
    "phenotype": frozenset(Phenotype),
}
"""Kinds of synonyms, each with the concepts it may have."""

_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
_MARKS = dict.fromkeys(map(ord, "\u2122\u2120"), " ")  # else "Priorix(TM)" would end in two more letters
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")
_APOSTROPHES = dict.fromkeys(map(ord, "\u2018\u2019\u02bc"), "'")
_PLAINER = _DASHES | _APOSTROPHES


@dataclass(frozen=True, slots=True)
class Synonym:
    """A wording and what it stands for; `exclude` are wordings beside which it means something else."""

    text: str
    concept: str
    kind: str
    exclude: tuple[str, ...] = ()
    is_whole: bool = False  # only when it is the whole text
    name: str = ""  # of a vaccine, in our own words
    antigen: Antigen = Antigen.OTHER


@dataclass(frozen=True, slots=True)
class _Wordings:
    anywhere: re.Pattern[str]
    synonyms: Mapping[str, tuple[Synonym, ...]]


def mentioned(text: str, kind: str) -> tuple[Synonym, ...]:
    """The concepts of a kind that a text mentions, in its order, each once; the longest wording wins.

    Whole words only, whatever their case; invisible characters and kinds of dash do not matter.

    >>> [synonym.concept for synonym in mentioned("azaTHIOprine 50 mg tablet", "drug")]
    ['azathioprine']
    >>> mentioned("azacitidine 100 mg", "drug")
    ()
    """
    return _mentioned(plain_text(text), kind)


def mentions(text: str, kinds: Iterable[str]) -> bool:
    """Whether a text mentions anything of one of the kinds."""
    plain = plain_text(text)
    return any(_mentioned(plain, kind) for kind in kinds)


def _mentioned(plain: str, kind: str) -> tuple[Synonym, ...]:
    wordings = _wordings()[kind]
    there = wordings.anywhere.findall(plain)
    if not there:
        return ()
    found: dict[tuple[str, str], Synonym] = {}
    for wording in dict.fromkeys(there):  # each is judged once, however often it stands there
        for synonym in wordings.synonyms[wording]:
            if _stands(synonym, plain):
                found.setdefault((synonym.concept, synonym.name), synonym)
    return _decided(tuple(found.values()))


def _stands(synonym: Synonym, plain: str) -> bool:
    if synonym.is_whole and synonym.text != plain:
        return False
    return not any(wording in plain and _is_word(wording, plain) for wording in synonym.exclude)


def _decided(found: tuple[Synonym, ...]) -> tuple[Synonym, ...]:
    # "Zoster vaccine (Shingrix)": the brand says what the vaccine's general name leaves open.
    said = tuple(synonym for synonym in found if synonym.concept != VaccineKind.UNCERTAIN)
    return said or found


def plain_text(text: str) -> str:
    """A text in lower case, with one kind of space, dash and apostrophe and nothing invisible."""
    if text.isascii():
        return " ".join(text.casefold().split())
    composed = unicodedata.normalize("NFKC", text.translate(_INVISIBLE | _MARKS))
    return " ".join(composed.translate(_PLAINER).casefold().split())


def _is_word(wording: str, plain: str) -> bool:
    return re.search(_whole_words(wording), plain) is not None


def _whole_words(wording: str) -> str:
    return _bounded(re.escape(wording))


def _bounded(pattern: str) -> str:
    return rf"(?<![^\W_])(?:{pattern})(?![^\W_])"


@cache
def _wordings() -> Mapping[str, _Wordings]:
    return wordings_of(packaged_rows("synonyms.csv"))


def wordings_of(rows: Iterable[TableRow]) -> Mapping[str, _Wordings]:
    """The table's wordings by kind.

    A row without a text adds its exclusions to every wording of its kind. Raises CodeTableError
    for a row that does not say what it must.
    """
    table = [(row.one_of("kind", CONCEPTS), row) for row in rows]
    return {kind: _of_kind([row for its_kind, row in table if its_kind == kind]) for kind in CONCEPTS}


def _of_kind(rows: list[TableRow]) -> _Wordings:
    for_all = tuple(wording for row in rows if not row.text("text") for wording in _listed(row))
    synonyms: dict[str, tuple[Synonym, ...]] = {}
    for row in rows:
        if text := row.text("text"):
            synonyms[text] = (*synonyms.get(text, ()), _synonym(row, for_all))
    longest_first = sorted(synonyms, key=len, reverse=True)
    return _Wordings(any_of(longest_first), synonyms)


def any_of(wordings: Iterable[str]) -> re.Pattern[str]:
    """A pattern of any of the wordings as whole words, tried in their order; of none, one that never matches.

    They are grouped by first letter: one letter rules out most of them at once.
    """
    letters: dict[str, list[str]] = {}
    for wording in wordings:
        letters.setdefault(wording[:1], []).append(re.escape(wording[1:]))
    groups = (f"{re.escape(letter)}(?:{'|'.join(rests)})" for letter, rests in letters.items())
    return re.compile(_bounded("|".join(groups) or "(?!)"))


def _synonym(row: TableRow, exclude: tuple[str, ...]) -> Synonym:
    kind = row.text("kind")
    return Synonym(
        text=row.one_of("text", (plain_text(row.text("text")),)),
        concept=row.one_of("concept", CONCEPTS[kind]),
        kind=kind,
        exclude=exclude + _listed(row),
        is_whole=row.one_of("match", ("words", "whole")) == "whole",
        name=row.text("name"),
        antigen=Antigen(row.one_of("antigen", ("", *Antigen)) or Antigen.OTHER),
    )


def _listed(row: TableRow) -> tuple[str, ...]:
    return tuple(wording for wording in row.text("exclude").split("|") if wording)
