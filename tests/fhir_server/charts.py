"""One patient with a record of every kind that a prefetch template asks for."""

from typing import Any

from cds_service.hooks.prefetch_keys import PrefetchKey, all_keys

PATIENT = "pat1"
_DATES = {
    "MedicationRequest": "authoredOn",
    "MedicationStatement": "effectiveDateTime",
    "MedicationDispense": "whenHandedOver",
    "Condition": "recordedDate",
    "AllergyIntolerance": "recordedDate",
    "Immunization": "occurrenceDateTime",
    "Procedure": "performedDateTime",
    "ServiceRequest": "authoredOn",
    "Observation": "effectiveDateTime",
    "DiagnosticReport": "effectiveDateTime",
}
_OF_PATIENT = {"AllergyIntolerance": "patient", "Immunization": "patient"}


def chart_of_everything(patient_id: str) -> dict[str, list[dict[str, Any]]]:
    """For each prefetch key the records that its search must return, newest first."""
    return {key.name: _records(key, patient_id) for key in all_keys()}


def _records(key: PrefetchKey, patient_id: str) -> list[dict[str, Any]]:
    if key.count is None:
        return [{"resourceType": "Patient", "id": patient_id, "gender": "female", "birthDate": "1986-05-05"}]
    return [_record(key, patient_id, day) for day in ("2026-11-03", "2026-11-02", "2026-11-01")]


def _record(key: PrefetchKey, patient_id: str, day: str) -> dict[str, Any]:
    record: dict[str, Any] = {
        "resourceType": key.resource_type,
        "id": f"{patient_id}-{key.name}-{day}",
        _OF_PATIENT.get(key.resource_type, "subject"): {"reference": f"Patient/{patient_id}"},
        _DATES[key.resource_type]: day,
    }
    name, _, tokens = key.query.partition("=")
    if name == "status":
        record["status"] = tokens.split(",")[0]
    if name == "code":
        system, _, code = tokens.split(",")[0].partition("|")
        record["code"] = {"coding": [{"system": system, "code": code}]}
    return record
