"""The drugs, vaccines and reasons that can be ordered on the page, each with a code from the code table."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from cards.model.conditions import Problem
from cards.model.therapy import Drug
from cards.model.vaccines import VaccineKind
from fhir_mappers.terminology.code_systems import ICD_10_CM, RXNORM
from fhir_mappers.terminology.codes import Code, codes_of

_FORMS = ("tablet", "capsule", "suspension")
_MOST = 6  # of one drug or class
_REASONS = (
    Problem.CROHNS,
    Problem.ULCERATIVE_COLITIS,
    Problem.RHEUMATOID_ARTHRITIS,
    Problem.AUTOIMMUNE_HEPATITIS,
    Problem.KIDNEY_TRANSPLANT,
    Problem.ITP,
    Problem.PSORIASIS,
    Problem.ATOPIC_DERMATITIS,
    Problem.LEUKEMIA,
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose, as the coding that an EHR would put into the order."""

    group: str
    label: str
    system: str
    code: str


@cache
def drug_choices() -> tuple[Choice, ...]:
    """Generic oral products of the drugs that rules ask about; for other drugs, their plain names."""
    return tuple(choice for drug in Drug for choice in _of_drug(drug))


@cache
def vaccine_choices() -> tuple[Choice, ...]:
    """The vaccines of the code table, live ones first."""
    return tuple(
        Choice(str(kind), code.display or code.name, code.system, code.code)
        for kind in VaccineKind
        for code in codes_of(kind, "vaccine")
        if code.system.endswith("/cvx")
    )


@cache
def reason_choices() -> tuple[Choice, ...]:
    """What a thiopurine may be ordered for: the first diagnosis code of each."""
    found = []
    for problem in _REASONS:
        codes = [one for one in codes_of(problem, "problem") if one.system == ICD_10_CM and one.display]
        shortest = sorted(codes, key=lambda one: (len(one.code), one.code))[:1]
        found += [Choice("", one.display, one.system, one.code) for one in shortest]
    return tuple(found)


def _of_drug(drug: Drug) -> Iterator[Choice]:
    codes = [one for one in codes_of(drug, "drug") if one.system == RXNORM and _is_plainly_named(one.display)]
    products = [one for one in codes if _is_generic_product(one)]
    # The oldest codes, which are the shortest, are those of ingredients; of a class there are several.
    for one in sorted(products or codes, key=lambda one: (one.strength_mg or 0, len(one.code)))[:_MOST]:
        yield Choice(drug.value, one.display, one.system, one.code)


def _is_plainly_named(display: str) -> bool:
    """Whether a name belongs to neither a brand nor a pack."""
    return bool(display) and not any(mark in display for mark in "[{")


def _is_generic_product(code: Code) -> bool:
    is_whole = code.form in _FORMS and (code.strength_mg is not None or code.mg_per_ml is not None)
    named = code.display.lower()
    return is_whole and "oral" in named and code.concept.split("_")[0] in named
