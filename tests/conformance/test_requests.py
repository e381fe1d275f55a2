"""CT-R1 to CT-R3: every way in which data comes, or does not."""

import copy
from itertools import product

import pytest

from tests.cds_service.chart_sources.fhir_server import fhir_server
from tests.conformance.card_rules import problems_in
from tests.conformance.hook_requests import (
    HOOKS,
    ORDER_HOOKS,
    draft,
    order_in,
    records_in,
    request_for,
    said,
    with_prefetch,
)

EMPTY = {"resourceType": "Bundle", "type": "searchset", "total": 0}
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
WARNING = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "not-found"}]}


TOKEN = "of-the-day"  # noqa: S105 -- a test server asks for it


def entry(resource, mode="match"):
    return {"resource": resource, "search": {"mode": mode}}


def topics(response):
    return [card["source"]["topic"]["code"] for card in response["cards"]]


def unchecked(response):
    """What the card on gaps says; "" without one."""
    return "".join(
        card["detail"] for card in response["cards"] if card["source"]["topic"]["code"] == "CouldNotBeChecked"
    )


@pytest.mark.parametrize("hook", HOOKS)
def test_r1_full_prefetch_gets_cards(service, hook):
    response = service.cards(request_for(hook))

    assert problems_in(response) == []
    assert "XanthineOxidaseInhibitor" in topics(response)


@pytest.mark.parametrize("hook", HOOKS)
def test_r1_without_prefetch_the_fhir_server_is_asked_and_the_cards_are_the_same(service, deployment, hook):
    _ = deployment.log  # a deployed service cannot call this machine
    body = request_for(hook)
    wanted = service.cards(body)

    with fhir_server(*records_in(body), token=TOKEN) as fhir:
        access = {
            "fhirServer": fhir.base,
            "fhirAuthorization": {
                "access_token": TOKEN,
                "token_type": "Bearer",
                "expires_in": 300,
                "scope": "user/*.rs",
                "subject": "cds-service",
            },
        }
        found = service.cards(request_for(hook, prefetch=..., **access))

    assert said(found) == said(wanted)


@pytest.mark.parametrize("hook", ORDER_HOOKS)
@pytest.mark.parametrize("prefetch", [..., {}, OUTCOME], ids=["absent", "without keys", "failed searches"])
def test_r1_an_order_without_data_is_answered_and_the_gaps_are_named(service, hook, prefetch):
    body = request_for(hook)
    body = with_prefetch(body, prefetch) if prefetch is OUTCOME else request_for(hook, prefetch=prefetch)

    response = service.cards(body)

    assert problems_in(response) == []
    assert "TPMT and NUDT15 results" in unchecked(response)


@pytest.mark.parametrize(
    "prefetch",
    [..., {}, {"patient": None}, {"medications": OUTCOME}],
    ids=["absent", "empty", "other", "failed"],
)
def test_r1_a_patient_view_without_medications_is_412(service, prefetch):
    response = service.call(request_for("patient-view", prefetch=prefetch))

    assert (response.status_code, response.json()["issue"][0]["expression"]) == (
        412,
        ["prefetch.medications"],
    )


@pytest.mark.parametrize("hook", ORDER_HOOKS)
def test_r1_partial_prefetch_names_what_is_missing(service, hook):
    body = request_for(hook)
    del body["prefetch"]["genes"]

    response = service.cards(body)

    assert problems_in(response) == []
    assert "TPMT and NUDT15 results: not sent" in unchecked(response)
    assert "XanthineOxidaseInhibitor" in topics(response)


@pytest.mark.parametrize("hook", HOOKS)
def test_r1_null_an_empty_bundle_and_a_warning_mean_that_there_is_nothing(service, hook):
    body = request_for(hook)
    values = [
        None,
        EMPTY,
        {"resourceType": "Bundle"},
        EMPTY | {"entry": [entry(WARNING, "outcome")]},
    ]

    sent = [with_prefetch(body, value) for value in values]
    patient = {"patient": body["prefetch"]["patient"]}

    answers = [service.cards(one | {"prefetch": one["prefetch"] | patient}) for one in sent]

    assert [said(answer) for answer in answers] == [said(answers[0])] * len(values)
    assert "not sent" not in unchecked(answers[0])


@pytest.mark.parametrize("hook", ORDER_HOOKS)
def test_r1_null_for_everything_and_the_patient_too_means_nothing(service, hook):
    response = service.cards(with_prefetch(request_for(hook), None))

    assert problems_in(response) == []
    assert "the client sent null for the patient too" in unchecked(response)


@pytest.mark.parametrize("hook", HOOKS)
def test_r1_a_page_with_more_behind_it_is_not_all_there_is(service, hook):
    body = request_for(hook)
    body["prefetch"]["genes"] = EMPTY | {
        "link": [{"relation": "next", "url": "https://fhir.example.org/more"}]
    }

    response = service.call(body)

    assert response.status_code == 200
    assert "GenotypeDose" not in topics(response.json())


@pytest.mark.parametrize("hook", HOOKS)
def test_r1_a_key_that_was_not_asked_for_is_not_looked_at(service, hook):
    body = request_for(hook)
    wanted = said(service.cards(body))
    body["prefetch"]["surprise"] = body["prefetch"]["genes"] | {"resourceType": "Bundle"}
    body["extension"] = {"com.example": {"surprise": None}}
    body["surprise"] = [1]

    assert said(service.cards(body)) == wanted


def grave(response):
    """What is warned of, but for what could not be checked."""
    return {
        card["source"]["topic"]["code"]
        for card in response["cards"]
        if card["indicator"] == "critical" and card["source"]["topic"]["code"] != "CouldNotBeChecked"
    }


@pytest.mark.parametrize("hook", HOOKS)
def test_r1_what_is_about_another_patient_is_not_used_and_told(service, hook):
    body = request_for(hook)
    wanted = service.cards(body)
    own, other = body["context"]["patientId"], "somebody-else"
    for value in body["prefetch"].values():
        for one in value.get("entry", []):
            stranger = copy.deepcopy(one["resource"])
            stranger["id"] = f"other-{stranger['id']}"
            for name in ("subject", "patient"):
                if name in stranger:
                    stranger[name] = {"reference": stranger[name]["reference"].replace(own, other)}
                    value["entry"] = [*value["entry"], entry(stranger)]

    response = service.cards(body)

    assert grave(wanted) <= grave(response)
    told = [card for card in response["cards"] if card["source"]["topic"]["code"] == "CouldNotBeChecked"]
    assert any("another patient" in card["detail"] for card in told)
    assert "other-" not in str([card["detail"].split("**Why**")[1].split("**What to do**")[0]
                                for card in response["cards"] if "**Why**" in card["detail"]
                                and card["source"]["topic"]["code"] != "CouldNotBeChecked"])  # fmt: skip


UNUSABLE = {
    "text": "unavailable",
    "a number": 3,
    "a list": [{"resourceType": "Observation"}],
    "another type": {"resourceType": "Binary", "data": "eA=="},
    "a bundle of nulls": {"resourceType": "Bundle", "entry": [None, {"resource": None}, {}, "x"]},
    "an outcome of an error inside": EMPTY | {"entry": [entry(OUTCOME, "outcome")]},
}


@pytest.mark.parametrize(("hook", "value"), list(product(ORDER_HOOKS, UNUSABLE)), ids=str)
def test_r1_what_cannot_be_used_is_answered(service, hook, value):
    response = service.cards(with_prefetch(request_for(hook), UNUSABLE[value]))

    assert problems_in(response) == []


@pytest.mark.parametrize("hook", ORDER_HOOKS)
def test_r2_orders_that_do_not_concern_us_get_no_cards_whatever_is_missing(service, hook):
    paracetamol = {
        "resourceType": "MedicationRequest",
        "id": "1",
        "status": "draft",
        "intent": "order",
        "medicationCodeableConcept": {"text": "paracetamol 500 mg"},
        "subject": {"reference": "Patient/example"},
    }

    assert service.cards(draft(paracetamol, hook, prefetch=...)) == {"cards": []}


def test_r2_a_patient_or_a_relative_gets_no_cards(service):
    for user in ("Patient/example", "RelatedPerson/1"):
        body = request_for("patient-view")
        body["context"]["userId"] = user

        assert service.cards(body) == {"cards": []}


SANDBOX_EMPTY = {
    "resourceType": "MedicationRequest",
    "id": "request-123",
    "status": "draft",
    "intent": "order",
}
CODED = {
    "text": "Azathioprine 50 MG Oral Tablet",
    "coding": [
        {
            "system": "http://www.nlm.nih.gov/research/umls/rxnorm",
            "code": "197388",
            "display": "Azathioprine 50 MG Oral Tablet",
        }
    ],
}
# What the public sandbox, older FHIR releases and vendors make of an order; some of it is invalid R4.
DRAFTS = {
    "the sandbox, in pills": SANDBOX_EMPTY
    | {
        "category": {"coding": [{"code": "outpatient"}]},
        "subject": {"reference": "Patient/example"},
        "medicationCodeableConcept": CODED,
        "dosageInstruction": [
            {
                "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
                "doseAndRate": [
                    {"doseQuantity": {"value": 1, "system": "http://unitsofmeasure.org", "code": "{pill}"}}
                ],
            }
        ],
    },
    "STU3": {
        "resourceType": "MedicationRequest",
        "id": "smart-MedicationRequest-103",
        "status": "draft",
        "intent": "order",
        "medicationCodeableConcept": CODED,
        "subject": {"reference": "Patient/example"},
        "context": {"reference": "Encounter/1"},
        "dosageInstruction": [
            {
                "doseQuantity": {"value": 100, "unit": "mg"},
                "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
            }
        ],
    },
    "DSTU2": {
        "resourceType": "MedicationOrder",
        "id": "smart-MedicationOrder-103",
        "status": "draft",
        "patient": {"reference": "Patient/example"},
        "dateWritten": "2016-06-12",
        "medicationCodeableConcept": CODED,
        "dosageInstruction": [
            {
                "doseQuantity": {"value": 2, "code": "{tablet}"},
                "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnits": "d"}},
            }
        ],
    },
    "R5": {
        "resourceType": "MedicationRequest",
        "id": "r5",
        "status": "draft",
        "intent": "order",
        "medication": {"concept": CODED},
        "subject": {"reference": "Patient/example"},
    },
    "a reference that leads nowhere": {
        "resourceType": "MedicationRequest",
        "id": "eX.y-Z",
        "status": "draft",
        "intent": "order",
        "medicationReference": {"reference": "Medication/not-sent", "display": "azaTHIOprine 50 mg tablet"},
        "subject": {"reference": "Patient/example", "display": "Roe, Jane"},
        "extension": [{"url": "http://open.epic.com/FHIR/extension", "valueBoolean": True}],
    },
}


@pytest.mark.parametrize(("hook", "shape"), list(product(ORDER_HOOKS, DRAFTS)), ids=str)
def test_r3_orders_as_others_write_them_are_read_and_answered(service, hook, shape):
    response = service.cards(draft(DRAFTS[shape], hook))

    assert problems_in(response) == []
    assert "XanthineOxidaseInhibitor" in topics(response)


@pytest.mark.parametrize(
    ("hook", "bundle"),
    [
        *product(ORDER_HOOKS, [{"resourceType": "Bundle"}, {"resourceType": "Bundle", "entry": []}]),
        ("order-select", {"resourceType": "Bundle", "entry": [{"resource": SANDBOX_EMPTY}]}),
    ],
    ids=str,
)
def test_r3_an_order_that_names_no_drug_yet_gets_no_cards_and_no_error(service, hook, bundle):
    body = request_for(hook, prefetch=...)
    body["context"]["draftOrders"] = bundle

    assert service.cards(body) == {"cards": []}


def test_r3_an_order_that_names_nothing_is_told_when_it_is_signed(service):
    body = request_for("order-sign", prefetch=...)
    body["context"]["draftOrders"] = {"resourceType": "Bundle", "entry": [{"resource": SANDBOX_EMPTY}]}

    response = service.cards(body)

    assert problems_in(response) == []
    assert topics(response) == ["CouldNotBeChecked"]


def test_r3_an_order_select_looks_at_what_was_selected_first(service):
    body = request_for("order-select")
    body["context"]["selections"] = ["MedicationRequest/mmr-new"]

    assert "LiveVaccine" in topics(service.cards(body))


@pytest.mark.parametrize("hook", ORDER_HOOKS)
def test_r3_an_order_that_is_stopped_raises_nothing_about_taking_it(service, hook):
    body = request_for(hook)
    stopped = order_in(body) | {"status": "cancelled"}

    response = service.cards(draft(stopped, hook, prefetch=with_prefetch(body, None)["prefetch"]))

    assert [card for card in response["cards"] if card["indicator"] == "critical"] == []
