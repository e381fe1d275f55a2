"""What a diplotype means: star alleles to CPIC's functions, two functions to CPIC's phenotype."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

from cards.knowledge.sources import Citation, Sources
from cards.knowledge.tables import Row, Tables
from cards.model.genes import Diplotype, Gene, Phenotype


class AlleleFunction(StrEnum):
    """CPIC's words for what an allele's enzyme still does."""

    NORMAL = "Normal function"
    DECREASED = "Decreased function"
    NO = "No function"
    UNCERTAIN = "Uncertain function"
    UNKNOWN = "Unknown function"


class NoteKind(StrEnum):
    """Why a reader must know more than the phenotype."""

    RENAMED = "renamed"
    COUNTED_AS = "counted as"
    RECLASSIFIED = "reclassified"
    PHASE = "phase"
    TABLES_DIFFER = "tables differ"
    NOT_IN_TABLE = "not in the table"


@dataclass(frozen=True, slots=True)
class GenotypeNote:
    """One thing to know about a call, in a plain sentence."""

    kind: NoteKind
    text: str


@dataclass(frozen=True, slots=True)
class GenotypeCall:
    """What CPIC's current tables say about a diplotype."""

    phenotype: Phenotype | None  # None: an allele is not in the table
    alternative: Phenotype | None  # a second label that another CPIC table gives
    notes: tuple[GenotypeNote, ...]
    citation: Citation


@dataclass(frozen=True, slots=True)
class _Allele:
    """An allele under today's name, with its function now and before February 2026."""

    name: str
    function: AlleleFunction | None  # None: not in the table
    function_before: AlleleFunction | None  # None: the allele was not in the table then
    note: GenotypeNote | None = None


@dataclass(frozen=True, slots=True)
class _Retired:
    counts_as: str
    function_before: AlleleFunction | None
    kind: NoteKind
    why: str


@dataclass(frozen=True, slots=True)
class _PhenotypeOfPair:
    phenotype: Phenotype
    alternative: Phenotype | None
    note: str
    citation: Citation


_Pair = frozenset[AlleleFunction | None]  # of two functions; one member where both are the same

_SPELLING = re.compile(r"(?:TPMT|NUDT15)?\*?(\d+)([A-Z]?)(\.\d+)?")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Genotypes:
    """CPIC's tables of alleles and phenotypes, those of today and what they replaced."""

    sources: Sources
    alleles: Mapping[tuple[Gene, str], _Allele]
    retired_alleles: Mapping[tuple[Gene, str], _Retired]
    meanings: Mapping[tuple[Gene, _Pair], _PhenotypeOfPair]
    meanings_before: Mapping[_Pair, Phenotype]
    unphased: Mapping[tuple[Gene, frozenset[str]], tuple[Diplotype, str]]

    @classmethod
    def read(cls, tables: Tables) -> Self:
        """The rows of allele_functions.csv, phenotypes.csv and what they replaced."""
        return cls(
            tables.sources,
            _alleles(tables),
            _retired_alleles(tables),
            _meanings(tables),
            _meanings_before(tables),
            _unphased(tables),
        )

    def call(self, gene: Gene, diplotype: Diplotype) -> GenotypeCall:
        """The phenotype of a diplotype, in either order, by the tables of today."""
        first, second = (self._read(gene, allele) for allele in diplotype.alleles)
        meaning = self.meanings.get((gene, frozenset((first.function, second.function))))
        alleles_notes = tuple(dict.fromkeys(allele.note for allele in (first, second) if allele.note))
        if meaning is None:
            citation = self.sources.cite("cpic-thiopurines-2025", f"{gene} diplotype to phenotype")
            return GenotypeCall(None, None, alleles_notes, citation)
        before = self.meanings_before.get(frozenset((first.function_before, second.function_before)))
        notes = (
            *alleles_notes,
            *_tables_differ(meaning),
            *_reclassified(gene, diplotype, before, meaning),
            *self._phase(gene, diplotype),
        )
        return GenotypeCall(meaning.phenotype, meaning.alternative, notes, meaning.citation)

    def _read(self, gene: Gene, allele: str) -> _Allele:
        name = _name(gene, allele)
        main = name.partition(".")[0]
        listed, retired = self.alleles, self.retired_alleles.get((gene, main))
        if retired is not None:
            text = f"{gene} {main} is counted as {retired.counts_as}: {retired.why}."
            function = listed[gene, retired.counts_as].function
            note = GenotypeNote(retired.kind, text)
            return _Allele(retired.counts_as, function, retired.function_before, note)
        known = listed.get((gene, main))
        if known is None:
            count = sum(1 for its_gene, _ in listed if its_gene is gene)
            text = f"{gene} {allele.strip()} is not among the {count} {gene} alleles of CPIC's table."
            return _Allele(name, None, None, GenotypeNote(NoteKind.NOT_IN_TABLE, text))
        if name != main:
            note = GenotypeNote(NoteKind.COUNTED_AS, f"{gene} {name} is counted as {main}.")
            return replace(known, note=note)
        return known

    def _phase(self, gene: Gene, diplotype: Diplotype) -> list[GenotypeNote]:
        if diplotype.is_phased:
            return []
        unphased = self.unphased.get((gene, frozenset(_name(gene, allele) for allele in diplotype.alleles)))
        if unphased is None:
            return []
        may_be, settled_by = unphased
        worse = self.call(gene, may_be).phenotype
        text = (
            f"The report does not state phase: {gene} {diplotype} may be {may_be}, "
            f"a {worse}. {settled_by} would settle it."
        )
        return [GenotypeNote(NoteKind.PHASE, text)]


def _name(gene: Gene, allele: str) -> str:
    """The allele as CPIC writes it: "*3A", or "*3.001" for a sub-allele; as received if unreadable."""
    compact = "".join(allele.upper().split())
    match = _SPELLING.fullmatch(compact)
    if match is None or (compact[0].isalpha() and not compact.startswith(gene)):
        return compact
    number, letter, below = match.groups()
    return f"*{int(number)}{letter}{below or ''}"


def _tables_differ(meaning: _PhenotypeOfPair) -> list[GenotypeNote]:
    return [GenotypeNote(NoteKind.TABLES_DIFFER, f"{meaning.note}.")] if meaning.note else []


def _reclassified(
    gene: Gene, diplotype: Diplotype, before: Phenotype | None, now: _PhenotypeOfPair
) -> list[GenotypeNote]:
    if before in (None, now.phenotype, now.alternative):
        return []
    text = (
        f"{gene} {diplotype} was {before} in CPIC's tables before February 2026 and is {now.phenotype} now: "
        "an older report may state the old phenotype."
    )
    return [GenotypeNote(NoteKind.RECLASSIFIED, text)]


def _alleles(tables: Tables) -> dict[tuple[Gene, str], _Allele]:
    return {
        (row.member("gene", Gene), row.text("allele")): _Allele(
            row.text("allele"), row.member("function", AlleleFunction), _function_before(row)
        )
        for row in tables.rows("allele_functions")
    }


def _retired_alleles(tables: Tables) -> dict[tuple[Gene, str], _Retired]:
    return {
        (row.member("gene", Gene), row.text("allele")): _Retired(
            row.text("counts_as"), _function_before(row), row.member("kind", NoteKind), row.text("why")
        )
        for row in tables.rows("retired_alleles")
    }


def _meanings(tables: Tables) -> dict[tuple[Gene, _Pair], _PhenotypeOfPair]:
    return {
        (row.member("gene", Gene), _functions(row)): _PhenotypeOfPair(
            row.member("phenotype", Phenotype),
            row.member("alternative", Phenotype) if row.text("alternative") else None,
            row.text("note"),
            row.citation(),
        )
        for row in tables.rows("phenotypes")
    }


def _meanings_before(tables: Tables) -> dict[_Pair, Phenotype]:
    rows = tables.rows("phenotypes_before_2026_02")
    return {_functions(row): row.member("phenotype", Phenotype) for row in rows}


def _unphased(tables: Tables) -> dict[tuple[Gene, frozenset[str]], tuple[Diplotype, str]]:
    return {
        (row.member("gene", Gene), frozenset(row.text("diplotype").split("/"))): (
            _phased(row.text("may_be")),
            row.text("settled_by"),
        )
        for row in tables.rows("unphased_diplotypes")
    }


def _phased(diplotype: str) -> Diplotype:
    first, second = diplotype.split("/")
    return Diplotype((first, second), is_phased=True)


def _functions(row: Row) -> _Pair:
    return frozenset((row.member("function_1", AlleleFunction), row.member("function_2", AlleleFunction)))


def _function_before(row: Row) -> AlleleFunction | None:
    column = "function_before_2026_02"
    return row.member(column, AlleleFunction) if row.text(column) else None
