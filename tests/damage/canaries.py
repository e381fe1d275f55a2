"""A second patient's records in a request, each with marks that no answer, log, metric, record or page may hold."""

import json
import re
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

PATIENT_ID = "nightjar735173517"
# The service has a canary of its own: its name stands on /readyz.
MARKS = ("nightjar", "735173517", "1907-03-05")
_DAY = "1907-03-05"
_NUMBER = 735173517.0
_NAME = "Nightjar, Caroline"
_WORDS = ("text", "display", "valueString", "description")  # elements that hold words, wherever they stand
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}.*")
_CODED = ("code", "medicationCodeableConcept", "vaccineCode")
_OWNERS = ("subject", "patient")


def with_canaries(request: Json, *, subject: str = f"Patient/{PATIENT_ID}") -> Json:
    """The request with a second patient, who has a copy of each record beside it, and one of each kind in each search.

    Each copy keeps the code, so that it would be read; a second one has a code and words of its own.
    """
    changed = json.loads(json.dumps(request))
    for holder in _bundles(changed):
        records = [*(entry["resource"] for entry in holder.get("entry", ())), *RECORDS]
        copies = [
            _canary(record, subject, is_coded=is_coded) for record in records for is_coded in (True, False)
        ]
        entries = [
            {"fullUrl": f"https://nightjar.example/{PATIENT_ID}/{number}", "resource": copy}
            for number, copy in enumerate(copies)
        ]
        holder["entry"] = [*holder.get("entry", ()), *entries, {"resource": _patient()}]
        holder["total"] = len(holder["entry"])
    return changed


def marks_in(text: str) -> list[str]:
    """The marks that a text holds."""
    return [mark for mark in MARKS if mark in text.casefold()]


def _bundles(request: Json) -> Iterator[Json]:
    values = [request["context"].get("draftOrders"), *(request.get("prefetch") or {}).values()]
    yield from (one for one in values if isinstance(one, dict) and one.get("resourceType") == "Bundle")


def _patient() -> Json:
    name = [{"text": _NAME, "family": "Nightjar"}]
    identifier = [{"system": "urn:nightjar", "value": "735173517-NIGHTJAR"}]
    return {
        "resourceType": "Patient",
        "id": PATIENT_ID,
        "birthDate": _DAY,
        "name": name,
        "identifier": identifier,
    }


def _canary(record: Json, subject: str, *, is_coded: bool) -> Json:
    """A copy of a record with a mark in every place that a card might show."""
    copy: Json = {name: _marked(name, value) for name, value in record.items()}
    kind = "coded" if is_coded else "local"
    copy |= {"id": f"{PATIENT_ID}-{kind}-{record.get('id', '')}", "note": [{"text": f"{_NAME}: 735173517"}]}
    copy |= {name: {"reference": subject, "display": _NAME} for name in _OWNERS if name in copy}
    if not is_coded:
        local = {
            "coding": [{"system": "urn:nightjar", "code": "NIGHTJAR735173517"}],
            "text": "Nightjar words",
        }
        copy |= {name: local for name in _CODED if name in copy}
    if "valueCodeableConcept" in copy:
        copy["valueCodeableConcept"] = {"text": "*1/*3A nightjar 735173517"}
    return copy


def _marked(name: str, value: Any) -> Any:
    """The element with marks for its words, numbers and dates, and with its codes."""
    if isinstance(value, dict):
        return {inner: _marked(inner, part) for inner, part in value.items()}
    if isinstance(value, list):
        return [_marked(name, part) for part in value]
    if name in _WORDS:
        return "Nightjar words 735173517"
    if name == "value" and isinstance(value, int | float):
        return _NUMBER
    return _DAY if isinstance(value, str) and _DATE.fullmatch(value) else value


def _coded(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code, "display": "words"}], "text": "words"}


def _record(kind: str, **elements: Any) -> Json:
    owner = (
        "patient"
        if kind in ("AllergyIntolerance", "Immunization", "ImmunizationRecommendation")
        else "subject"
    )
    return {"resourceType": kind, "id": "kind", owner: {}, **elements}


_RXNORM, _LOINC, _ICD_10 = (
    "http://www.nlm.nih.gov/research/umls/rxnorm",
    "http://loinc.org",
    "http://hl7.org/fhir/sid/icd-10-cm",
)
_ALLOPURINOL, _AZATHIOPRINE = _coded(_RXNORM, "519"), _coded(_RXNORM, "1256")
_MMR = _coded("http://hl7.org/fhir/sid/cvx", "03")
_DOSAGE = [{"text": "words", "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "mg"}}]}]
# One of each type that is read, about what a card would be about if it were the patient's own.
RECORDS: tuple[Json, ...] = (
    _record("Observation", status="final", code=_coded(_LOINC, "6690-2"), effectiveDateTime="2026-11-20",
            valueQuantity={"value": 0.4, "unit": "10*3/uL"}),
    _record("Observation", status="final", code=_coded(_LOINC, "84413-4"), effectiveDateTime="2026-11-20",
            valueCodeableConcept={"text": "words"}, component=[{"code": _coded(_LOINC, "48018-6"),
                                                                "valueString": "TPMT"}]),
    _record("DiagnosticReport", status="final", code=_coded(_LOINC, "79713-4"), conclusion="Nightjar words",
            effectiveDateTime="2026-11-20"),
    _record("MedicationRequest", status="active", intent="order", medicationCodeableConcept=_ALLOPURINOL,
            authoredOn="2026-11-20", dosageInstruction=_DOSAGE, reasonCode=[{"text": "words"}]),
    _record("MedicationStatement", status="active", medicationCodeableConcept=_AZATHIOPRINE, dosage=_DOSAGE),
    _record("MedicationDispense", status="completed", medicationCodeableConcept=_AZATHIOPRINE,
            whenHandedOver="2026-11-20", dosageInstruction=_DOSAGE),
    _record("MedicationAdministration", status="completed", medicationCodeableConcept=_AZATHIOPRINE,
            effectiveDateTime="2026-11-20"),
    _record("Condition", code=_coded(_ICD_10, "K85.9"), onsetDateTime="2026-11-20"),
    _record("AllergyIntolerance", code=_AZATHIOPRINE, reaction=[{"manifestation": [{"text": "words"}]}]),
    _record("Immunization", status="completed", vaccineCode=_MMR, occurrenceDateTime="2026-11-20"),
    _record("ImmunizationRecommendation", date="2026-11-20",
            recommendation=[{"vaccineCode": [_MMR], "dateCriterion": [{"value": "2026-12-20"}]}]),
    _record("Procedure", status="completed", code=_coded("http://snomed.info/sct", "116863004"),
            performedDateTime="2026-11-20"),
    _record("ServiceRequest", status="active", intent="order", code=_coded(_LOINC, "57021-8"),
            authoredOn="2026-11-20"),
)  # fmt: skip
