"""A Patient who is not the one in the request's context: one warning, and nothing of either."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from cds_service.answering.pipeline import Circumstances, answer
from cds_service.hooks.card_json import numbered_ids
from cds_service.hooks.profiles import Manner
from cds_service.hooks.request import hook_request_from
from cds_service.hooks.services import service_for_hook

ORDER_SIGN = (Path(__file__).parents[3] / "fixtures/requests/order-sign.json").read_text(encoding="utf-8")
AS_OF = datetime(2026, 11, 23, 12, tzinfo=UTC)
SUMMARY = "Thiopurine: nothing was checked; the Patient sent is not the patient in the request's context"
PARACETAMOL = {
    "resourceType": "MedicationRequest",
    "id": "l",
    "status": "draft",
    "intent": "order",
    "medicationCodeableConcept": {"text": "Paracetamol 500 mg"},
    "subject": {"reference": "Patient/example"},
}


def body(**changes):
    return json.loads(ORDER_SIGN) | changes


def sent_as(patient_id, content=None):
    """The request with the Patient, and every record of the prefetch, under another id."""
    request = content or body()
    prefetch = json.dumps(request["prefetch"]).replace('"Patient/example"', f'"Patient/{patient_id}"')
    request["prefetch"] = json.loads(prefetch)
    request["prefetch"]["patient"]["id"] = patient_id
    return request


def answered(request, **around):
    asked = hook_request_from(json.dumps(request).encode(), request["hook"])
    return answer(asked, service_for_hook(asked.hook), AS_OF, numbered_ids(), Circumstances(**around))


def summaries(found):
    return [(card["indicator"], card["summary"]) for card in found.response["cards"]]


def test_another_patient_is_one_warning_and_nothing_else():
    with capture_logs() as logs:
        found = answered(sent_as("jane-roe"))

    assert summaries(found) == [("warning", SUMMARY)]
    assert [line for line in logs if "jane" in str(line)] == []
    assert {line["event"] for line in logs} == {"another_patient_sent"}
    assert "jane-roe" not in json.dumps(found.response)
    assert [card.rules for card in found.cards] == [("another-patient",)]
    assert found.considered is None


def test_only_the_patient_of_another_id_is_enough():
    request = body()
    request["prefetch"]["patient"]["id"] = "jane-roe"

    assert summaries(answered(request)) == [("warning", SUMMARY)]


def test_the_patient_view_warns_too():
    request = sent_as("jane-roe", body(hook="patient-view"))
    request["context"] = {"userId": "Practitioner/1", "patientId": "example"}

    assert summaries(answered(request)) == [("warning", SUMMARY)]


def test_an_order_that_is_none_of_ours_is_answered_by_silence():
    request = sent_as("jane-roe")
    request["context"]["draftOrders"] = {"resourceType": "Bundle", "entry": [{"resource": PARACETAMOL}]}

    assert answered(request).response == {"cards": []}


@pytest.mark.parametrize(
    ("code", "summary"), [("Azathioprine 50 mg", [("warning", SUMMARY)]), ("Paracetamol 500 mg", [])]
)
def test_an_order_that_names_a_medication_of_the_prefetch_is_looked_up(code, summary):
    request = sent_as("jane-roe")
    draft = PARACETAMOL | {"medicationReference": {"reference": "Medication/m"}}
    del draft["medicationCodeableConcept"]
    request["context"]["draftOrders"] = {"resourceType": "Bundle", "entry": [{"resource": draft}]}
    medication = {"resourceType": "Medication", "id": "m", "code": {"text": code}}
    request["prefetch"]["medications"]["entry"] = [{"resource": medication}]

    assert summaries(answered(request)) == summary


def test_a_silent_client_sees_no_warning_and_it_is_kept_as_withheld():
    found = answered(sent_as("jane-roe"), manner=Manner(is_silent=True))

    assert (found.response, [card.withheld for card in found.cards]) == ({"cards": []}, ["silent"])


@pytest.mark.parametrize("renames", [True, False])
def test_the_same_patient_is_judged_as_ever(renames):
    request = body()

    found = answered(request, renames_patients=renames)

    assert SUMMARY not in str(found.response)
    assert found.response == answered(request).response


def test_a_patient_without_an_id_may_be_anybody():
    request = body()
    del request["prefetch"]["patient"]["id"]

    assert SUMMARY not in str(answered(request).response)


def test_a_patient_known_by_url_is_the_one_in_the_context():
    request = body()
    patient = request["prefetch"]["patient"] | {"id": "other"}
    entry = {"fullUrl": "urn:uuid:example", "resource": patient}
    request["prefetch"]["patient"] = {"resourceType": "Bundle", "entry": [entry]}
    del patient["id"]

    assert SUMMARY not in str(answered(request).response)


def test_a_gateway_that_renames_patients_is_told_in_the_settings():
    renamed = answered(sent_as("gateway-7"), renames_patients=True)

    assert summaries(renamed) == summaries(answered(body()))


def test_two_other_patients_are_not_a_renamed_one():
    request = sent_as("gateway-7")
    one = request["prefetch"]["patient"]
    request["prefetch"]["patient"] = {
        "resourceType": "Bundle",
        "entry": [{"resource": one}, {"resource": one | {"id": "gateway-8"}}],
    }

    found = answered(request, renames_patients=True)

    assert summaries(found) != summaries(answered(body()))
    assert "name another patient" in json.dumps(found.response)


def test_records_that_name_another_patient_are_counted():
    theirs = PARACETAMOL | {"id": "x", "subject": {"reference": "Patient/other"}}
    request = body()
    request["prefetch"]["medications"]["entry"].append({"resource": theirs | {"status": "active"}})
    request["context"]["draftOrders"]["entry"].append({"resource": theirs | {"id": "y"}})

    assert (answered(request).of_others, answered(body()).of_others) == (2, 0)
