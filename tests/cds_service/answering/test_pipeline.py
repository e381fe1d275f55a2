import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from cards.card import Indicator
from cards.finding import DecisionKey, DecisionKind, Finding, Fired, Reasons, Silent
from cards.rules.rule import Rule
from cds_service.answering.pipeline import answer
from cds_service.errors import PatientDataUnavailableError
from cds_service.hooks.card_json import numbered_ids
from cds_service.hooks.request import hook_request_from
from cds_service.hooks.services import service_for_hook
from tests.builders import KNOWLEDGE

AS_OF = datetime(2026, 11, 20, 8, tzinfo=UTC)
ORDER_SIGN = service_for_hook("order-sign")
BODY = (Path(__file__).parents[3] / "fixtures/requests/order-sign.json").read_bytes()
REQUEST = hook_request_from(BODY, "order-sign")


def broken(_case):
    raise ValueError("Jane Roe, 1984-06-02")


BROKEN = Rule(id="broken-rule", question="Is this rule broken?", check=broken)
SILENT = Rule(id="silent-rule", question="Is this rule silent?", check=lambda _case: Silent("yes"))


OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}


def cards(request, service, as_of=AS_OF):
    return answer(request, service, as_of, numbered_ids()).response["cards"]


def test_the_same_request_gives_the_same_cards():
    assert cards(REQUEST, ORDER_SIGN) == cards(REQUEST, ORDER_SIGN)


def test_a_rule_that_fails_leaves_the_others_standing_and_is_told():
    with capture_logs() as logs:
        found = cards(REQUEST, replace(ORDER_SIGN, rules=(*ORDER_SIGN.rules, BROKEN)))

    assert found[:-1] == cards(REQUEST, ORDER_SIGN)
    assert found[-1]["summary"] == "A check did not run: do not take silence as all clear"
    assert "- Is this rule broken?" in found[-1]["detail"]
    assert [line["rule"] for line in logs if line["event"] == "rule_failed"] == ["broken-rule"]


def test_the_log_of_a_failed_rule_has_its_place_and_no_patient_data():
    with capture_logs() as logs:
        cards(REQUEST, replace(ORDER_SIGN, rules=(BROKEN, SILENT)))

    (line,) = [line for line in logs if line["event"] == "rule_failed"]
    assert (line["kind"], line["frames"][-1].split()[-1]) == ("ValueError", "broken")
    assert "Jane" not in json.dumps(logs)


def test_silent_rules_give_no_cards():
    assert cards(REQUEST, replace(ORDER_SIGN, rules=(SILENT,))) == []


def with_drug(**medication):
    body = json.loads(BODY)
    draft = body["context"]["draftOrders"]["entry"][0]["resource"]
    del draft["medicationCodeableConcept"]
    body["context"]["draftOrders"]["entry"] = [{"resource": draft | medication}]
    return body


def test_an_order_known_only_by_a_reference_to_the_prefetch_is_looked_at():
    body = with_drug(medicationReference={"reference": "Medication/m"})
    drug = {"resourceType": "Medication", "id": "m", "code": {"text": "azathioprine 50 mg tablet"}}
    body["prefetch"]["medications"]["entry"].append({"resource": drug})

    found = cards(hook_request_from(json.dumps(body).encode(), "order-sign"), ORDER_SIGN)

    assert found[0]["indicator"] == "critical"


def test_a_reference_to_something_else_gets_no_cards():
    body = with_drug(medicationReference={"reference": "Medication/m"})
    other = {"resourceType": "Medication", "id": "m", "code": {"text": "paracetamol 500 mg"}}
    body["prefetch"]["medications"]["entry"].append({"resource": other})

    assert cards(hook_request_from(json.dumps(body).encode(), "order-sign"), ORDER_SIGN) == []


def test_a_card_that_breaks_the_standard_is_told_as_a_check_that_did_not_run():
    wordless = Finding(
        decision=DecisionKey(DecisionKind.DOSE, "wordless"),
        indicator=Indicator.WARNING,
        summary=" ",
        why=(),
        do=(),
        citations=(KNOWLEDGE.cite("cpic-thiopurines-2025"),),
        reasons=Reasons.DATA,
    )
    rule = replace(SILENT, id="wordless", check=lambda _case: Fired((wordless,)))

    with capture_logs() as logs:
        found = cards(REQUEST, replace(ORDER_SIGN, rules=(rule,)))

    assert [card["summary"] for card in found] == ["A check did not run: do not take silence as all clear"]
    assert [line["rules"] for line in logs if line["event"] == "card_unwritable"] == [("wordless",)]


def test_a_clock_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        cards(REQUEST, ORDER_SIGN, AS_OF.replace(tzinfo=None))


def test_patient_view_needs_the_medications():
    body = json.loads(BODY)
    body |= {"hook": "patient-view", "context": {"userId": "Practitioner/1", "patientId": "example"}}
    del body["prefetch"]["medications"]

    with pytest.raises(PatientDataUnavailableError):
        cards(hook_request_from(json.dumps(body).encode(), "patient-view"), service_for_hook("patient-view"))


@pytest.mark.parametrize("statements", [OUTCOME, None])
def test_patient_view_answers_when_only_another_list_failed(statements):
    body = json.loads(BODY)
    body |= {"hook": "patient-view", "context": {"userId": "Practitioner/1", "patientId": "example"}}
    body["prefetch"]["statements"] = statements

    found = cards(
        hook_request_from(json.dumps(body).encode(), "patient-view"), service_for_hook("patient-view")
    )

    assert isinstance(found, list)
