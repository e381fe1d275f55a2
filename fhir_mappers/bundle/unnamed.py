"""Which records leave open what they are about: they may be ours, and are then reported as not usable."""

import re
from collections.abc import Mapping, Sequence

from fhir_mappers.bundle.peeks import PeekedConcept
from fhir_mappers.bundle.resources import RawResource
from fhir_mappers.terminology.analyte_words import analytes_in_words
from fhir_mappers.terminology.code_systems import canonical_system
from fhir_mappers.terminology.codes import meanings_in_any_system

NAMELESS = "it has no name and no known code"
_NO_SYSTEM = "the code system of its code is missing"
_OTHER_SYSTEM = "the code system of its code is unknown"
_UNKNOWN_CODE = "it has a name but no known code"
_OBSERVATION = "Observation"
_RESULT_CODES = frozenset({"analyte", "gene_test", "genomics"})
_DRUG_CODES = frozenset({"drug", "vaccine"})
# The kinds of codes that say what a record of a type is about: "03" is a vaccine on an Immunization alone.
_CODES_OF_TYPE: Mapping[str, frozenset[str]] = {
    _OBSERVATION: _RESULT_CODES,
    "DiagnosticReport": frozenset({"gene_test", "genomics"}),
    "MedicationRequest": _DRUG_CODES,
    "MedicationOrder": _DRUG_CODES,
    "MedicationStatement": _DRUG_CODES,
    "MedicationUsage": _DRUG_CODES,
    "MedicationDispense": _DRUG_CODES,
    "MedicationAdministration": _DRUG_CODES,
    "Condition": frozenset({"problem", "procedure"}),
    "AllergyIntolerance": frozenset({"drug"}),
    "Immunization": frozenset({"vaccine", "immune_globulin"}),
    "ImmunizationRecommendation": frozenset({"vaccine"}),
    "Procedure": frozenset({"procedure"}),
    "ServiceRequest": frozenset({"test", "vaccine", "procedure"}),
    "ProcedureRequest": frozenset({"test", "vaccine", "procedure"}),
}
# Codes that show by their form which family they are of, as LOINC's and the national editions of ICD-10.
_TELLING_CODE = re.compile(r"\d{1,5}-\d|[A-Za-z]\d[\dA-Za-z]\.[\dA-Za-z]{1,4}")


def why_unnamed(resource: RawResource) -> str:
    """Why it is open what a record of a type that is read is about, as a clause; "" where that is not open."""
    if resource.type not in _CODES_OF_TYPE or _is_named_elsewhere(resource):
        return ""
    return why_open(resource.type, resource.concepts)


def why_open(resource_type: str, concepts: Sequence[PeekedConcept]) -> str:
    """Why concepts leave open what a record of a type is about, as a clause; "" where they do not."""
    is_coded, may_be_ours = False, False
    asked = _CODES_OF_TYPE.get(resource_type, frozenset())
    for one in [one for concept in concepts for one in concept.coding or () if one is not None]:
        code, system = _text(one.code), _text(one.system)
        if not code:
            continue
        if system:
            is_read = canonical_system(system) is not None
            is_coded = is_coded or resource_type != _OBSERVATION or is_read
            may_be_ours = may_be_ours or (not is_read and _is_telling(code, asked))
        elif _means_one_of(code, asked):
            return _NO_SYSTEM
    if may_be_ours:
        return _OTHER_SYSTEM
    if is_coded:
        return ""
    if not any(_has_words(concept) for concept in concepts):
        return NAMELESS
    if resource_type != _OBSERVATION:
        return ""
    return _UNKNOWN_CODE if any(analytes_in_words(text) for text in _texts(concepts)) else ""


def _means_one_of(code: str, kinds: frozenset[str]) -> bool:
    return any(meaning.kind in kinds for meaning in meanings_in_any_system(code))


def _is_telling(code: str, kinds: frozenset[str]) -> bool:
    """Whether a code of a system that is not read is by its form nevertheless one of those that are."""
    return _TELLING_CODE.fullmatch(code) is not None and _means_one_of(code, kinds)


def _is_named_elsewhere(resource: RawResource) -> bool:
    """Whether it names a Medication instead, which is looked up where its drug is read."""
    peek = resource.peek
    named = peek.medication_reference or (peek.medication.reference if peek.medication else None)
    return named is not None and bool(named.reference or named.display)


def _has_words(concept: PeekedConcept) -> bool:
    return bool(_text(concept.text)) or any(
        _text(one.code) or _text(one.display) for one in concept.coding or () if one is not None
    )


def _text(value: str | None) -> str:
    return (value or "").strip()


def _texts(concepts: Sequence[PeekedConcept]) -> list[str]:
    displays = [one.display for concept in concepts for one in concept.coding or () if one and one.display]
    return [*(concept.text for concept in concepts if concept.text), *displays]
