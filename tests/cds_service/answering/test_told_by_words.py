"""Records that only words, or a code in another place, make known: silence about them would be an all-clear."""

import json
from datetime import UTC, datetime
from pathlib import Path

from cds_service.evaluation import evaluated
from cds_service.hooks.card_json import numbered_ids

STORIES = Path(__file__).parents[3] / "fixtures/stories"
AS_OF = datetime(2026, 11, 24, 9, tzinfo=UTC)


def request(story):
    return json.loads((STORIES / story / "request.json").read_text(encoding="utf-8"))


def first_card(body):
    return evaluated(json.dumps(body).encode(), AS_OF, numbered_ids())["cards"][0]


def searchset(*resources):
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"resource": resource} for resource in resources],
    }


def test_a_transfusion_told_by_words_alone_counts():
    body = request("activity-after-transfusion")
    (transfusion,) = (entry["resource"] for entry in body["prefetch"]["procedures"]["entry"])
    transfusion["code"] = {"text": "Transfusion of packed red blood cells"}

    assert "Red cells were transfused on 2026-10-09" in first_card(body)["detail"]


def test_a_stem_cell_transplant_told_by_a_status_on_the_problem_list_counts():
    body = request("genotype-after-stem-cell-transplant")
    status = {
        "resourceType": "Condition",
        "id": "status",
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "Z94.84"}]},
        "subject": {"reference": "Patient/pat1"},
        "recordedDate": "2024-03-01",
    }
    body["prefetch"] |= {"procedures": searchset(), "conditions": searchset(status)}

    assert (
        "A stem cell transplant is recorded without a date: a blood genotype taken after it is the donor's."
        in first_card(body)["detail"]
    )
