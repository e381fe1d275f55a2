"""A hook is answered, and the clinician told, whatever step of reading one record crashes."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from cards.assessment import chart_of_a_day
from cds_service.answering import pipeline, reply
from cds_service.answering.pipeline import answer
from cds_service.hooks import card_json
from cds_service.hooks.card_json import numbered_ids
from cds_service.hooks.request import hook_request_from
from cds_service.hooks.services import service_for_hook
from fhir_mappers.bundle.relevance import Relevance
from fhir_mappers.bundle.subjects import Subjects

AS_OF = datetime(2026, 11, 20, 8, tzinfo=UTC)
BODY = (Path(__file__).parents[2] / "fixtures/requests/order-sign.json").read_bytes()
STORY = json.loads(
    (Path(__file__).parents[2] / "fixtures/stories/intermediate-tpmt-dose-offered/request.json").read_bytes()
)
HOSTILE = {
    "resourceType": "MedicationRequest",
    "id": "hostile",
    "status": "active",
    "intent": "order",
    "subject": {"reference": "Patient/example"},
    "medicationCodeableConcept": {"text": "allopurinol 300 mg tablet"},
}


def cards(body=None):
    request = hook_request_from(json.dumps(body or json.loads(BODY)).encode(), "order-sign")
    return answer(request, service_for_hook("order-sign"), AS_OF, numbered_ids()).response["cards"]


def actions(found):
    return [
        one["type"] for card in found for offer in card.get("suggestions", ()) for one in offer["actions"]
    ]


def with_hostile_record():
    body = json.loads(BODY)
    listed = body["prefetch"]["medications"]
    listed["entry"] = [*listed.get("entry", ()), {"resource": HOSTILE}]
    return body


def explode(*_args, **_kwargs):
    raise ZeroDivisionError("Jane Roe")


@pytest.mark.parametrize(("owner", "name"), [(Subjects, "is_ours"), (Relevance, "is_relevant")])
def test_a_record_that_crashes_selection_is_told_and_the_rest_is_read(monkeypatch, owner, name):
    step = getattr(owner, name)

    def broken(self, resource, *args):
        return explode() if resource.id == "hostile" else step(self, resource, *args)

    without = cards()
    monkeypatch.setattr(owner, name, broken)

    with capture_logs() as logs:
        found = cards(with_hostile_record())

    told = [card for card in found if "could not check" in card["summary"]]
    assert len(told) == 1
    assert "reading it failed" in told[0]["detail"]
    assert {card["summary"] for card in without} <= {card["summary"] for card in found}
    assert "Jane" not in json.dumps(logs, default=str)


def test_a_record_that_crashes_on_its_day_is_told_and_logged_and_the_rest_is_read(monkeypatch):
    step = chart_of_a_day.record_of_day

    def broken(written, *args):
        return explode() if written.record_ref.endswith("/hostile") else step(written, *args)

    without = cards()
    monkeypatch.setattr(chart_of_a_day, "record_of_day", broken)

    with capture_logs() as logs:
        found = cards(with_hostile_record())

    (told,) = [card for card in found if "could not check" in card["summary"]]
    assert "reading it failed" in told["detail"]
    assert {card["summary"] for card in without} <= {card["summary"] for card in found}
    assert [line["event"] for line in logs] == ["record_not_read_on_this_day"]
    assert "Jane" not in json.dumps(logs, default=str)


def test_a_draft_whose_code_cannot_be_looked_at_is_read_with_the_chart(monkeypatch):
    without = cards()
    monkeypatch.setattr(pipeline, "is_drug_or_vaccine", explode)

    assert cards() == without


@pytest.mark.parametrize(("step", "kind"), [("with_dose", "update"), ("order_tests", "create")])
def test_an_offer_that_cannot_be_made_keeps_its_card(monkeypatch, step, kind):
    without = cards(STORY)
    monkeypatch.setattr(card_json, step, explode)

    with capture_logs() as logs:
        found = cards(STORY)

    assert [card["summary"] for card in found] == [card["summary"] for card in without]
    assert kind in actions(without)
    assert kind not in actions(found)
    assert {line["event"] for line in logs} == {"suggestion_not_made"}


def test_a_card_that_cannot_be_written_leaves_the_others_and_is_told(monkeypatch):
    written = reply.card_json
    without = cards()

    def broken(card, *args):
        return explode() if card.summary == without[0]["summary"] else written(card, *args)

    monkeypatch.setattr(reply, "card_json", broken)

    with capture_logs() as logs:
        found = cards()

    assert [card["summary"] for card in found] == [
        *(card["summary"] for card in without[1:]),
        "A check did not run: do not take silence as all clear",
    ]
    assert {line["event"] for line in logs} == {"card_not_written"}
    assert "Jane" not in json.dumps(logs, default=str)
