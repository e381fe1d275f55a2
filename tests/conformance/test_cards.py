"""CT-C1 to CT-C4: each card keeps to the standard, whatever stands in the patient's records."""

import copy
import json
import re

import pytest

from tests.conformance.card_rules import problems_in
from tests.conformance.hook_requests import AZATHIOPRINE, HOOKS, order_in, orders_in, request_for

HOSTILE = (
    "<script>alert(1)</script> <img src=x onerror=alert(1)> [here](javascript:alert(1)) "
    "# Title\n\n---\n* **bold** `code` | a | b |\n&lt;b&gt; \u202e \u0000 <https://evil.example>"
)


def actions(response, kind):
    return [
        action
        for card in response["cards"]
        for suggestion in card.get("suggestions", [])
        for action in suggestion["actions"]
        if action["type"] == kind
    ]


def without_allopurinol_and_vaccine(hook="order-sign"):
    """The order for which a dose is offered."""
    body = request_for(hook)
    body["prefetch"]["medications"] = None
    entries = body["context"]["draftOrders"]["entry"]
    body["context"]["draftOrders"]["entry"] = [one for one in entries if one["resource"]["id"] != "mmr-new"]
    return body


@pytest.mark.parametrize("hook", HOOKS)
def test_c1_cards_are_strictly_as_the_standard_has_them(service, hook):
    assert problems_in(service.cards(request_for(hook))) == []


@pytest.mark.parametrize("hook", HOOKS)
def test_c1_text_of_patients_stays_text(service, hook):
    body = request_for(hook)
    for resource in [*orders_in(body).values(), *_records(body)]:
        for name in ("medicationCodeableConcept", "code", "vaccineCode", "valueCodeableConcept"):
            if name in resource:
                resource[name]["text"] = f"{resource[name].get('text', '')} {HOSTILE}"
                for coding in resource[name].get("coding", []):
                    coding["display"] = f"{coding.get('display', '')} {HOSTILE}"
        for dosage in resource.get("dosageInstruction", []):
            dosage["text"] = HOSTILE

    response = service.cards(body)

    assert problems_in(response) == []
    # Nothing that a reader could follow but the addresses of our sources.
    links = [
        link for card in response["cards"] for link in re.findall(r"\]\((.*?)\)", card.get("detail", ""))
    ]
    assert [link for link in links if not link.startswith("https://")] == []


def _records(body):
    """The records of a prefetch themselves, to be changed."""
    for value in body["prefetch"].values():
        yield from (
            [value]
            if value["resourceType"] != "Bundle"
            else (one["resource"] for one in value.get("entry", []))
        )


def test_c1_card_ids_are_never_used_again(service):
    body = request_for("order-sign")

    first, second = ({card["uuid"] for card in service.cards(body)["cards"]} for _ in range(2))

    assert first & second == set()


def test_c2_what_is_removed_is_in_the_draft(service):
    body = request_for("order-sign")

    removed = [action["resourceId"] for action in actions(service.cards(body), "delete")]

    assert removed == ["MedicationRequest/mmr-new"]
    assert set(removed) <= orders_in(body).keys()


def test_c2_an_update_is_the_order_as_it_came_with_another_dose(service):
    body = without_allopurinol_and_vaccine()
    order = order_in(body)
    order["extension"] = [{"url": "https://example.org/precise", "valueDecimal": 1.5}]
    order["note"] = [{"text": "unchanged"}]
    before = copy.deepcopy(order)

    (update,) = actions(service.cards(body), "update")

    changed = {name for name in before if update["resource"].get(name) != before[name]}
    assert f"{update['resource']['resourceType']}/{update['resource']['id']}" == AZATHIOPRINE
    assert changed <= {"dosageInstruction", "dispenseRequest"}
    assert update["resource"].keys() <= before.keys()


def test_c2_decimals_keep_their_digits(service):
    body = without_allopurinol_and_vaccine()
    order_in(body)["extension"] = [{"url": "https://example.org/precise", "valueDecimal": "PRECISE"}]
    raw = json.dumps(body).replace('"PRECISE"', "1.2300").encode()
    response = service.ask(
        "POST", service.path_of("order-sign"), data=raw, headers={"Content-Type": "application/json"}
    )

    assert '"valueDecimal":1.2300' in response.text.replace(" ", "")


def test_c2_what_is_created_is_for_this_patient(service):
    body = request_for("order-sign")
    body["prefetch"]["genes"] = None
    body["prefetch"]["geneReports"] = None

    created = actions(service.cards(body), "create")

    subjects = {action["resource"]["subject"]["reference"] for action in created}
    assert subjects == {f"Patient/{body['context']['patientId']}"}


def test_c3_most_urgent_first(service):
    urgency = ("critical", "warning", "info")

    indicators = [card["indicator"] for card in service.cards(request_for("order-sign"))["cards"]]

    assert indicators == sorted(indicators, key=urgency.index)
    assert indicators[0] == "critical"


def test_c3_each_card_names_its_topic_and_why_it_may_be_overridden(service):
    for card in service.cards(request_for("order-sign"))["cards"]:
        assert card["source"]["topic"].keys() >= {"code", "system"}
        assert 3 <= len(card["overrideReasons"]) <= 6


def test_c4_epic_gets_what_it_can_carry_out(deployment):
    epic = deployment.as_client("epic")
    body = request_for("order-sign")
    body["prefetch"]["genes"] = None
    body["prefetch"]["geneReports"] = None

    response = epic.cards(body)

    offers = [one for card in response["cards"] for one in card.get("suggestions", [])]
    assert problems_in(response) == []
    assert {card["selectionBehavior"] for card in response["cards"] if "suggestions" in card} == {"any"}
    assert {len(offer["actions"]) for offer in offers} == {1}
    assert [action["resourceId"] for action in actions(response, "delete")] == ["MedicationRequest/mmr-new"]
    assert [action["resource"]["code"]["coding"] for action in actions(response, "create")] == [
        [{"system": "urn:com.epic.cdshooks.action.code.system.preference-list-item", "code": "4711"}]
    ]
    assert {
        bool(re.fullmatch("[A-Za-z0-9]{1,100}", card["source"]["topic"]["code"]))
        for card in response["cards"]
    } == {True}


def test_c4_epic_is_offered_no_dose_but_told_one(deployment):
    body = without_allopurinol_and_vaccine()
    (update,) = actions(deployment.as_client("standard").cards(body), "update")
    dose = re.search(r"\d+ mg", update["description"])[0].replace(" mg", " mg/day")

    response = deployment.as_client("epic").cards(body)

    assert actions(response, "update") == []
    assert [card for card in response["cards"] if f"Offered: {dose}" in card["detail"]] != []


@pytest.mark.parametrize("hook", HOOKS)
def test_c4_crd_is_told_that_there_are_no_system_actions(deployment, hook):
    body = request_for(hook)

    response = deployment.as_client("crd").cards(body)

    assert (response["systemActions"], len(response["cards"]) > 0) == ([], True)
    assert "systemActions" not in deployment.as_client("standard").cards(body)
