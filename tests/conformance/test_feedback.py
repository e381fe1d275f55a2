"""CT-F1: what clients report about cards."""

import time
from uuid import uuid4

import pytest

from tests.conformance.hook_requests import HOOKS, request_for

AT = "2026-03-09T10:05:31Z"


def item(card, outcome="overridden", **more):
    return {"card": card, "outcome": outcome, "outcomeTimestamp": AT} | more


def report(service, *items, hook="order-sign"):
    return service.ask("POST", f"{service.path_of(hook)}/feedback", json={"feedback": items})


def some_card():
    return str(uuid4())


ITEMS = {
    "accepted": lambda: [item(some_card(), "accepted", acceptedSuggestions=[{"id": str(uuid4())}])],
    "overridden": lambda: [item(some_card())],
    "with a reason": lambda: [
        item(some_card(), overrideReason={"reason": {"code": "patient-refuses", "system": "urn:reasons"}})
    ],
    "with a reason and a comment": lambda: [
        item(
            some_card(),
            overrideReason={
                "reason": {"code": "x", "system": "urn:reasons", "display": "X"},
                "userComment": "monitored\u0000",
            },
        )
    ],
    "with a comment only": lambda: [item(some_card(), overrideReason={"userComment": "monitored"})],
    "the plural of one vendor": lambda: [
        item(some_card(), overrideReasons={"extension": {"title": "x"}, "userComment": "monitored"})
    ],
    "fractions of a second": lambda: [item(some_card(), outcomeTimestamp="1985-04-12T23:20:50.52Z")],
    "an offset": lambda: [item(some_card(), outcomeTimestamp="1996-12-19T16:39:57-08:00")],
    "extensions": lambda: [item(some_card(), extension={"com.example": 1})],
    "duplicates": lambda: [item("00000000-0000-4000-8000-000000000000")] * 3,
    "not a uuid": lambda: [item("123456")],
    "nothing": list,
}


@pytest.mark.parametrize("name", ITEMS)
def test_f1_is_taken(service, name):
    assert report(service, *ITEMS[name]()).status_code == 200


@pytest.mark.parametrize("hook", HOOKS)
def test_f1_a_batch_may_mix_services_and_calls(service, hook):
    cards = [card["uuid"] for other in HOOKS for card in service.cards(request_for(other))["cards"]]

    assert report(service, *(item(card) for card in cards), item(some_card()), hook=hook).status_code == 200


def test_f1_the_same_batch_again_is_taken(service):
    items = [item(some_card()), item(some_card(), "accepted", acceptedSuggestions=[{"id": "1"}])]

    assert [report(service, *items).status_code for _ in range(2)] == [200, 200]


def test_f1_one_bad_item_does_not_refuse_the_batch(service):
    assert report(service, {"card": 3}, item(some_card()), item(some_card(), "ignored")).status_code == 200


@pytest.mark.parametrize("body", [[], {}, {"feedback": {}}, {"feedback": None}, {"feedback": "x"}], ids=str)
def test_f1_what_is_no_batch_is_refused(service, body):
    response = service.ask("POST", f"{service.path_of('order-sign')}/feedback", json=body)

    assert (response.status_code, response.json()["resourceType"]) == (400, "OperationOutcome")


def test_f1_feedback_for_no_service_is_not_found(service):
    assert service.ask("POST", "/other/feedback", json={"feedback": []}).status_code == 404


def test_f1_feedback_is_joined_to_what_was_decided(deployment):
    service = deployment.service
    before = _counts(deployment)
    cards = service.cards(request_for("order-sign"))["cards"]
    vaccine = next(card for card in cards if card["source"]["topic"]["code"] == "LiveVaccine")
    accepted = [{"id": vaccine["suggestions"][0]["uuid"]}]

    report(service, item(vaccine["uuid"], "accepted", acceptedSuggestions=accepted))

    def gained():
        after = _counts(deployment)
        return {name: after[name] - before[name] for name in after}

    deadline = time.monotonic() + 10
    while gained()["shown"] < 1 and time.monotonic() < deadline:
        time.sleep(0.1)  # records are written off the request path
    assert gained() == {"asked": 1, "fired": 1, "shown": 1, "accepted": 1}


def _counts(deployment):
    names = ("asked", "fired", "shown", "accepted")
    found = next(
        (one for one in deployment.report() if one["rule"] == "live-vaccine"), dict.fromkeys(names, 0)
    )
    return {name: found[name] for name in names}
