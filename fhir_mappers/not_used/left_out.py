"""Records left out because they name another patient: how many of which type, and which kinds of facts lack them.

Nothing from such a record goes beyond this module: no value, code, date or id.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from cards.model.conditions import AllergyRecord, ConditionRecord, ProcedureRecord
from cards.model.facts import Availability, FactKind, Known, Unread
from cards.model.labs import Analyte, LabResult
from cards.model.medications import WrittenOrder, WrittenRecord
from cards.model.tests_ordered import TestOrder
from cards.model.therapy import (
    THIOPURINES,
    XANTHINE_OXIDASE_INHIBITORS,
    Drug,
    OrderIntent,
)
from cards.model.vaccines import ImmunizationRecord, VaccineKind, VaccineOrder
from fhir_mappers.bundle.peeks import PeekedConcept
from fhir_mappers.bundle.relevance import Relevance
from fhir_mappers.bundle.resources import RawResource
from fhir_mappers.records.patients import PatientFacts

_KIND_OF_FACT: Mapping[type, FactKind] = {
    WrittenOrder: FactKind.MEDICATIONS,
    WrittenRecord: FactKind.MEDICATIONS,
    VaccineOrder: FactKind.IMMUNIZATIONS,
    ConditionRecord: FactKind.CONDITIONS,
    ProcedureRecord: FactKind.PROCEDURES,
    AllergyRecord: FactKind.ALLERGIES,
    ImmunizationRecord: FactKind.IMMUNIZATIONS,
    TestOrder: FactKind.ORDERED_TESTS,
    PatientFacts: FactKind.PATIENT,
}
# The possible subjects of a record with neither code nor words.
_KINDS_OF_TYPE: Mapping[str, frozenset[FactKind]] = {
    "Observation": frozenset(analyte.kind for analyte in Analyte) | {FactKind.GENES},
    "DiagnosticReport": frozenset({FactKind.GENES}),
    "Condition": frozenset({FactKind.CONDITIONS}),
    "Procedure": frozenset({FactKind.PROCEDURES}),
    "AllergyIntolerance": frozenset({FactKind.ALLERGIES}),
    "Immunization": frozenset({FactKind.IMMUNIZATIONS}),
    "ServiceRequest": frozenset({FactKind.ORDERED_TESTS}),
}
# What a clinician calls one record of a type, and several; any other by its type.
_WORDS: Mapping[str, tuple[str, str]] = {
    "AllergyIntolerance": ("allergy", "allergies"),
    "Condition": ("problem", "problems"),
    "DiagnosticReport": ("report", "reports"),
    "Immunization": ("vaccination", "vaccinations"),
    "MedicationAdministration": ("medication given", "medications given"),
    "MedicationDispense": ("medication dispensed", "medications dispensed"),
    "MedicationRequest": ("medication order", "medication orders"),
    "MedicationStatement": ("medication on a list", "medications on a list"),
    "Observation": ("result", "results"),
    "Patient": ("patient record", "patient records"),
    "Procedure": ("procedure", "procedures"),
    "ServiceRequest": ("order for a test or procedure", "orders for tests or procedures"),
}
_SAYS_NO = ("entered-in-error", "cancelled")
_GRAVE_DRUGS = frozenset({*THIOPURINES, *XANTHINE_OXIDASE_INHIBITORS, Drug.RIBAVIRIN})


def kinds_lacking(
    resource: RawResource, facts: Iterable[object], relevance: Relevance
) -> frozenset[FactKind]:
    """The kinds of facts that a record would or may have been about; `facts` are what it states.

    None for a readable record that concerns no rule.
    """
    if resource.status in _SAYS_NO:
        return frozenset()
    kinds = {kind for fact in facts if (kind := _kind_of(fact))}
    if relevance.is_gene_report(resource):
        kinds.add(FactKind.GENES)
    return frozenset(kinds) or (frozenset() if _says_something(resource) else _kinds_of_type(resource))


def is_grave_order(facts: Iterable[object]) -> bool:
    """Whether a draft, by what it says, gives or ends a drug or gives a vaccine that must never be overlooked."""
    return any(
        (isinstance(one, WrittenOrder) and one.intent is not OrderIntent.VOID and one.drug in _GRAVE_DRUGS)
        or (isinstance(one, VaccineOrder) and one.kind is not VaccineKind.NON_LIVE)
        for one in facts
    )


def known_without(
    known: Mapping[FactKind, Known], left_out: Iterable[tuple[str, frozenset[FactKind]]]
) -> Mapping[FactKind, Known]:
    """What is known of each kind when records of these types are left out: their kinds are known in part."""
    by_kind: dict[FactKind, Counter[str]] = {}
    for resource_type, kinds in left_out:
        for kind in kinds:
            by_kind.setdefault(kind, Counter())[resource_type] += 1
    if not by_kind:
        return known
    partial = {kind: _partial(known.get(kind), counted) for kind, counted in by_kind.items()}
    return MappingProxyType({**known, **partial})


def not_used_for_subject(counted: Counter[str], named: str) -> str:
    """A clause on so many records of these types: "2 results that name no patient were not used"."""
    words = " and ".join(
        f"{count} {_WORDS.get(name, (name, f'{name}s'))[count > 1]}"
        for name, count in sorted(counted.items())
    )
    is_one = counted.total() == 1
    return f"{words} that {'names' if is_one else 'name'} {named} {'was' if is_one else 'were'} not used"


def _kind_of(fact: object) -> FactKind | None:
    if isinstance(fact, LabResult):
        return fact.analyte.kind
    return fact.kind if isinstance(fact, Unread) else _KIND_OF_FACT.get(type(fact))


def _kinds_of_type(resource: RawResource) -> frozenset[FactKind]:
    return _KINDS_OF_TYPE.get(resource.type, frozenset())


def _says_something(resource: RawResource) -> bool:
    return any(_has_words(concept) for concept in resource.concepts)


def _has_words(concept: PeekedConcept) -> bool:
    return bool(concept.text) or any(one.code or one.display for one in concept.coding or ())


def _partial(known: Known | None, counted: Counter[str]) -> Known:
    why = not_used_for_subject(counted, "another patient")
    if known is not None and known.is_unknown and known.why:
        why = f"{known.why}; {why}"
    return Known(Availability.PARTIAL, why)
