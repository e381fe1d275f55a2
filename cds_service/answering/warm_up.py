"""One order answered before the first request: it loads every model class and the tables of codes."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from cds_service.answering.pipeline import Circumstances, answer
from cds_service.hooks.request import hook_request_from
from cds_service.hooks.services import SERVICES, service_for_hook

_DRUG = {"text": "azathioprine 50 mg"}
_SUBJECT = {"reference": "Patient/sample"}
_RECORDS: dict[str, dict[str, Any]] = {
    "patient": {"resourceType": "Patient"},
    "medications": {
        "resourceType": "MedicationRequest",
        "status": "active",
        "medicationCodeableConcept": _DRUG,
    },
    "statements": {
        "resourceType": "MedicationStatement",
        "status": "active",
        "medicationCodeableConcept": _DRUG,
    },
    "dispenses": {
        "resourceType": "MedicationDispense",
        "status": "completed",
        "medicationCodeableConcept": _DRUG,
    },
    "conditions": {"resourceType": "Condition", "code": {"text": "sepsis"}},
    "allergies": {"resourceType": "AllergyIntolerance", "code": _DRUG},
    "immunizations": {"resourceType": "Immunization", "vaccineCode": {"text": "yellow fever vaccine"}},
    "procedures": {"resourceType": "Procedure", "code": {"text": "kidney transplant"}},
    "orderedTests": {"resourceType": "ServiceRequest", "status": "active", "code": {"text": "TPMT genotype"}},
    "genes": {"resourceType": "Observation", "code": {"text": "TPMT"}, "valueString": "*1/*1"},
}


def warm_up(around: Circumstances) -> None:
    """Answer a sample order. A table that cannot be trusted stops the service here, or while it is loaded."""
    for service in SERVICES:
        service.described()
    sign = service_for_hook("order-sign")
    answer(hook_request_from(_sample_order(), sign.hook), sign, datetime.now(ZoneInfo("UTC")), around=around)


def _sample_order() -> bytes:
    draft = {
        "resourceType": "MedicationRequest",
        "id": "sample",
        "status": "draft",
        "medicationCodeableConcept": _DRUG,
        "subject": _SUBJECT,
    }
    whose: dict[str, dict[str, Any]] = {
        "patient": {"id": "sample"},
        "allergies": {"patient": _SUBJECT},
        "immunizations": {"patient": _SUBJECT},
    }
    return msgspec.json.encode(
        {
            "hook": "order-sign",
            "hookInstance": "sample",
            "context": {
                "userId": "Practitioner/sample",
                "patientId": "sample",
                "draftOrders": {"resourceType": "Bundle", "entry": [{"resource": draft}]},
            },
            "prefetch": {
                key: {"id": key} | record | whose.get(key, {"subject": _SUBJECT})
                for key, record in _RECORDS.items()
            },
        }
    )
