"""Which drafts are worth a look, and which are answered at once."""

import copy
import json
from datetime import UTC, datetime
from pathlib import Path

from cds_service.evaluation import evaluated
from cds_service.hooks.card_json import numbered_ids

STORY = Path(__file__).parents[3] / "fixtures/stories/live-vaccine-on-therapy/request.json"
AS_OF = datetime(2026, 11, 24, 9, tzinfo=UTC)


def topics(*drafts):
    request = copy.deepcopy(json.loads(STORY.read_text(encoding="utf-8")))
    request["context"]["draftOrders"]["entry"] = [{"resource": draft} for draft in drafts]
    cards = evaluated(json.dumps(request).encode(), AS_OF, numbered_ids())["cards"]
    return [card["source"]["topic"]["code"] for card in cards]


def service_request(text):
    return {
        "resourceType": "ServiceRequest",
        "id": "draft",
        "status": "draft",
        "intent": "order",
        "code": {"text": text},
        "subject": {"reference": "Patient/pat1"},
    }


def test_ultraviolet_light_ordered_on_a_thiopurine_is_ours():
    assert topics(service_request("PUVA")) == ["Phototherapy"]


def test_another_procedure_is_not():
    assert topics(service_request("Chest x-ray")) == []


def medication_request(text, patient):
    drug = {"medicationCodeableConcept": {"text": text}, "subject": {"reference": f"Patient/{patient}"}}
    return {"resourceType": "MedicationRequest", "id": "draft", "status": "draft", "intent": "order", **drug}


def test_a_thiopurine_for_another_patient_is_told_and_another_drug_is_not():
    assert topics(medication_request("azathioprine 50 mg", "somebody-else")) == ["CouldNotBeChecked"]
    assert topics(medication_request("bisoprolol 5 mg", "somebody-else")) == []
