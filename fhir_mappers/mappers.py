"""Which mapper reads which resource type, in the draft orders and among the records."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from cards.model.facts import FactKind
from fhir_mappers.context import MapContext
from fhir_mappers.json.fhir_json import Json
from fhir_mappers.json.reading import read
from fhir_mappers.medications.orders import drug_order, drug_record
from fhir_mappers.medications.vaccines import immunization, vaccine_orders
from fhir_mappers.records.allergies import allergy
from fhir_mappers.records.conditions import condition
from fhir_mappers.records.patients import patient
from fhir_mappers.records.procedures import planned_procedure, procedure, procedure_in_history
from fhir_mappers.records.test_orders import test_order
from fhir_mappers.results.lab_results import ELEMENTS, lab_results

Mapper = Callable[[Json, MapContext], Sequence[Any]]
Mappers = Mapping[str, tuple[tuple[FactKind, Mapper], ...]]


_DRUG_ORDER = (FactKind.MEDICATIONS, drug_order)
_DRUG_RECORD = (FactKind.MEDICATIONS, drug_record)
_VACCINE_ORDER = (FactKind.IMMUNIZATIONS, vaccine_orders)
_TEST_ORDER = (FactKind.ORDERED_TESTS, test_order)
_PLANNED_PROCEDURE = (FactKind.PROCEDURES, planned_procedure)

DRAFT_MAPPERS: Mappers = {
    "MedicationRequest": (_DRUG_ORDER, _VACCINE_ORDER),
    "MedicationOrder": (_DRUG_ORDER, _VACCINE_ORDER),
    "ServiceRequest": (_VACCINE_ORDER, _TEST_ORDER, _PLANNED_PROCEDURE),
    "ProcedureRequest": (_VACCINE_ORDER, _TEST_ORDER, _PLANNED_PROCEDURE),
    "ImmunizationRecommendation": (_VACCINE_ORDER,),
}
RECORD_MAPPERS: Mappers = {
    "Patient": ((FactKind.PATIENT, patient),),
    "Observation": ((FactKind.COUNTS, lab_results),),
    "MedicationRequest": (_DRUG_RECORD,),
    "MedicationOrder": (_DRUG_RECORD,),
    "MedicationStatement": (_DRUG_RECORD,),
    "MedicationUsage": (_DRUG_RECORD,),
    "MedicationDispense": (_DRUG_RECORD,),
    "MedicationAdministration": (_DRUG_RECORD,),
    "Condition": ((FactKind.CONDITIONS, condition), (FactKind.CONDITIONS, procedure_in_history)),
    "AllergyIntolerance": ((FactKind.ALLERGIES, allergy),),
    "Procedure": ((FactKind.PROCEDURES, procedure),),
    "Immunization": ((FactKind.IMMUNIZATIONS, immunization),),
    "ServiceRequest": (_TEST_ORDER, _PLANNED_PROCEDURE),
    "ProcedureRequest": (_TEST_ORDER, _PLANNED_PROCEDURE),
}

# The only elements decoded of a type, where its mapper names those it reads.
ELEMENTS_READ: Mapping[str, Collection[str]] = {
    "Observation": ELEMENTS | {"resourceType", "modifierExtension", "specimen", "contained"}
}
# Read by their own mappers, element by element.
READ_BY_MAPPER = ("Observation", "DiagnosticReport")
_R4 = tuple(
    name for name in RECORD_MAPPERS if name not in ("MedicationOrder", "MedicationUsage", "ProcedureRequest")
)
# Elements no mapper reads; `contained` crashes the model classes and stays as received.
_UNREAD_ELEMENTS = frozenset({
    "resourceType", "id", "meta", "text", "implicitRules", "language", "contained", "extension",
    "modifierExtension", "identifier", "performer", "requester", "recorder", "asserter",
    "informationSource", "insurance", "note", "supportingInformation", "detectedIssue", "eventHistory",
    "groupIdentifier", "subject", "patient", "instantiatesCanonical", "instantiatesUri", "photo",
    "contact", "communication", "link", "name", "telecom", "address", "generalPractitioner",
    "managingOrganization", "participant", "recipient", "receiver", "location", "lotNumber",
    "manufacturer",
})  # fmt: skip


def mended(resource: Json, resource_type: str, context: MapContext) -> tuple[Json, tuple[str, ...]]:
    """A resource as its mapper should read it, and the places that are not valid R4.

    With such a place it stays as received: a dose without its unreadable part would be another dose,
    and the mappers' readers say themselves what they cannot read.
    """
    if resource_type in READ_BY_MAPPER or resource_type not in _R4:
        return resource, ()
    # No mapper reads the elements beside a primitive ("_birthDate"), and they crash the model classes.
    elements = [name for name in resource if name not in _UNREAD_ELEMENTS and name[:1] != "_"]
    reading = read(resource, resource_type, elements, context.zone)
    if reading.lost:
        return resource, reading.lost
    untouched = {name: value for name, value in resource.items() if name in _UNREAD_ELEMENTS}
    return untouched | reading.resource, ()
