"""What a code means to the model: (system, code) -> drug, vaccine, analyte, gene, problem, test."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from cards.model.conditions import Problem, ProcedureKind
from cards.model.genes import Gene, Phenotype
from cards.model.labs import Analyte
from cards.model.tests_ordered import OrderableTest
from cards.model.therapy import Drug
from cards.model.vaccines import Antigen, VaccineKind
from fhir_mappers.terminology.code_systems import ICD_10_CM, LOINC, canonical_code, canonical_system
from fhir_mappers.terminology.synonyms import Synonym, mentioned
from fhir_mappers.terminology.tables import TableRow, packaged_rows

__all__ = ["Code", "Synonym", "codes_of", "is_known", "loinc_codes", "lookup", "mentioned"]

GENE_REPORTS = (
    "genotype",
    "phenotype as reported",
    "enzyme activity",
    "panel",
    "single variants",
    "variants tested",
)
"""What a `gene_test` code reports about its gene, in `Code.name`."""

CONCEPTS: Mapping[str, frozenset[str] | None] = {
    "drug": frozenset(Drug),
    "vaccine": frozenset(VaccineKind),
    "analyte": frozenset(Analyte),
    "analyte_by_race": frozenset({Analyte.EGFR}),  # computed with a term for race: told, and not used
    "problem": frozenset(Problem),
    "procedure": frozenset(ProcedureKind),
    "test": frozenset(OrderableTest),
    "gene": frozenset(Gene),
    "gene_test": frozenset(Gene),
    "variant": frozenset(Gene),
    "phenotype_answer": frozenset(Phenotype),
    "other_phenotype_answer": frozenset({"rapid", "ultrarapid"}),
    "function_answer": frozenset({"poor", "decreased", "normal", "increased"}),
    "pregnancy_answer": frozenset({"pregnant", "not_pregnant", "possible", "unknown"}),
    "immune_globulin": None,
    "genomics": None,
}
"""Kinds of codes, each with the concepts it may have; None: named by the table alone."""


@dataclass(frozen=True, slots=True)
class Code:
    """One meaning of one code; a code may have several."""

    system: str
    code: str
    kind: str
    concept: str  # the value of the kind's enum in cards.model
    strength_mg: float | None = None  # in one tablet, capsule or vial
    mg_per_ml: float | None = None
    form: str = ""  # "tablet", "capsule", "suspension", "solution", "injection" ...
    name: str = ""  # vaccines: our own words; gene tests: one of GENE_REPORTS
    antigen: Antigen = Antigen.OTHER
    display: str = ""  # empty where the system's owner does not allow it


@dataclass(frozen=True, slots=True)
class _Index:
    exact: Mapping[tuple[str, str], tuple[Code, ...]]
    prefixes: Mapping[str, tuple[Code, ...]]  # of ICD-10-CM
    by_concept: Mapping[tuple[str, str], tuple[Code, ...]]
    systemless: Mapping[str, tuple[Code, ...]]  # by the code alone


def lookup(system: str | None, code: str) -> tuple[Code, ...]:
    """Every meaning of a code; empty when it is unknown, or when its system is not stated.

    ICD-10-CM categories match the codes below them.
    """
    canonical = canonical_system(system) if system else None
    if canonical is None:
        return ()
    spelled = canonical_code(canonical, code)
    found = _index().exact.get((canonical, spelled), ())
    return found + _below_category(spelled) if canonical == ICD_10_CM else found


def is_known(system: str | None, code: str) -> bool:
    """Whether the code has a known meaning."""
    return bool(lookup(system, code))


def meanings_in_any_system(code: str) -> tuple[Code, ...]:
    """Every meaning that a code has in some system: what it may mean where its system is not stated.

    >>> [meaning.concept for meaning in meanings_in_any_system("6690-2")]
    ['wbc']
    """
    spelled = canonical_code(ICD_10_CM, code)
    return _index().systemless.get(code.strip(), ()) + lookup(ICD_10_CM, code) * (spelled != code.strip())


def codes_of(concept: str, kind: str, system: str | None = None) -> tuple[Code, ...]:
    """The codes of a concept, the preferred one first; of one system if it is named."""
    codes = _index().by_concept.get((kind, concept), ())
    return tuple(code for code in codes if system in (None, code.system))


def loinc_codes(concept: str, kind: str = "analyte") -> tuple[str, ...]:
    """The LOINC codes of a concept, the preferred one first."""
    return tuple(code.code for code in codes_of(concept, kind, LOINC))


def _below_category(code: str) -> tuple[Code, ...]:
    prefixes = _index().prefixes
    return tuple(
        meaning for length in range(3, min(len(code), 7) + 1) for meaning in prefixes.get(code[:length], ())
    )


@cache
def _index() -> _Index:
    return index_of(packaged_rows("codes.csv"))


def index_of(rows: Iterable[TableRow]) -> _Index:
    """The table's rows, indexed for look-up.

    Raises CodeTableError for an incomplete row.
    """
    sources = {row.filled("source") for row in packaged_rows("code_sources.csv")}
    exact: dict[tuple[str, str], tuple[Code, ...]] = {}
    prefixes: dict[str, tuple[Code, ...]] = {}
    by_concept: dict[tuple[str, str], tuple[Code, ...]] = {}
    systemless: dict[str, tuple[Code, ...]] = {}
    for row in rows:
        code = _code(row, sources)
        if row.one_of("match", ("exact", "prefix")) == "prefix":
            prefixes[code.code] = (*prefixes.get(code.code, ()), code)
        else:
            key = (code.system, code.code)
            exact[key] = (*exact.get(key, ()), code)
            systemless[code.code] = (*systemless.get(code.code, ()), code)
        concept = (code.kind, code.concept)
        by_concept[concept] = (*by_concept.get(concept, ()), code)
    return _Index(exact, prefixes, by_concept, systemless)


def _code(row: TableRow, sources: set[str]) -> Code:
    for source in row.filled("source").split("+"):
        if source not in sources:
            row.one_of("source", sources)
    kind = row.one_of("kind", CONCEPTS)
    allowed = CONCEPTS[kind]
    system, code = row.filled("system"), row.filled("code")
    row.one_of("system", (canonical_system(system) or "a system of code_systems.py",))
    row.one_of("code", (canonical_code(system, code),))
    row.one_of("confidence", ("verified", "single-source"))
    return Code(
        system=system,
        code=code,
        kind=kind,
        concept=row.filled("concept") if allowed is None else row.one_of("concept", allowed),
        strength_mg=row.number_or_none("strength_mg"),
        mg_per_ml=row.number_or_none("mg_per_ml"),
        form=row.text("form"),
        name=row.one_of("name", GENE_REPORTS) if kind == "gene_test" else row.text("name"),
        antigen=Antigen(row.one_of("antigen", ("", *Antigen)) or Antigen.OTHER),
        display=row.text("display"),
    )
