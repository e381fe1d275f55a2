"""A second patient's records in a request, each with marks that no answer, log, metric, record or page may hold."""

import json
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

PATIENT_ID = "nightjar735173517"
# The service has a canary of its own: its name stands on /readyz.
MARKS = ("nightjar", "735173517", "1907-03-05")
_DAY = "1907-03-05"
_NUMBER = 735173517.0
_NAME = "Nightjar, Caroline"
_DATES = (
    "effectiveDateTime", "issued", "authoredOn", "recordedDate", "onsetDateTime", "abatementDateTime",
    "occurrenceDateTime", "performedDateTime", "whenHandedOver", "date", "birthDate",
)  # fmt: skip
_CODED = ("code", "medicationCodeableConcept", "vaccineCode")


def with_canaries(request: Json, *, subject: str = f"Patient/{PATIENT_ID}") -> Json:
    """The request with a second patient, and beside each record a copy of it that is that patient's.

    Each copy keeps the code, so that it would be read; a second one has a code and words of its own.
    """
    changed = json.loads(json.dumps(request))
    for holder in _bundles(changed):
        copies = [
            _canary(entry["resource"], subject, is_coded) for entry in holder["entry"] for is_coded in (1, 0)
        ]
        holder["entry"] += [{"fullUrl": f"https://nightjar.example/{PATIENT_ID}/{n}", "resource": one}
                            for n, one in enumerate(copies)]  # fmt: skip
        holder["entry"].append({"resource": _patient()})
        holder["total"] = len(holder["entry"])
    return changed


def marks_in(text: str) -> list[str]:
    """The marks that a text holds."""
    return [mark for mark in MARKS if mark in text.casefold()]


def _bundles(request: Json) -> Iterator[Json]:
    values = [request["context"].get("draftOrders"), *(request.get("prefetch") or {}).values()]
    yield from (one for one in values if isinstance(one, dict) and one.get("entry"))


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


def _canary(record: Json, subject: str, is_coded: int) -> Json:
    """A copy of a record with a mark in every place that a card might show."""
    copy: Json = json.loads(json.dumps(record))
    owner = {"reference": subject, "display": _NAME}
    copy |= {
        "id": f"{PATIENT_ID}-{is_coded}-{record.get('id', '')}",
        "note": [{"text": f"{_NAME}: 735173517"}],
    }
    copy |= {name: owner for name in ("subject", "patient") if name in copy}
    copy |= {name: _DAY for name in _DATES if name in copy}
    for name in _CODED:
        if name in copy:
            coding = (
                copy[name].get("coding", [])
                if is_coded
                else [{"system": "urn:nightjar", "code": "NIGHTJAR735173517"}]
            )
            copy[name] = {
                "coding": [one | {"display": "Nightjar display"} for one in coding],
                "text": "Nightjar words",
            }
    if "valueQuantity" in copy:
        copy["valueQuantity"] = copy["valueQuantity"] | {"value": _NUMBER}
    if "valueCodeableConcept" in copy:
        copy["valueCodeableConcept"] = {"text": "*1/*3A nightjar 735173517"}
    for dosage in copy.get("dosageInstruction", ()):
        dosage["text"] = "735173517 mg nightjar"
    return copy
