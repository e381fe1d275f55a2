"""How each kind of client gets the same card."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cards.card import Card, CardSource, Indicator, Suggestion
from cards.model.proposals import ChangeDose, OrderTests, RemoveOrder
from cards.model.tests_ordered import OrderableTest
from cards.rules import ALL_RULES
from cds_service.access.clients import Client, ProfileName
from cds_service.hooks.card_json import PREFERENCE_LIST, card_json, numbered_ids
from cds_service.hooks.profiles import PROFILES, Manner, manner_for
from fhir_mappers.medications.draft_orders import Drafts

CARD = Card(
    topic="BaselineTests",
    indicator=Indicator.WARNING,
    summary="Azathioprine: baseline tests are missing",
    detail="Offered: 100 mg/day",
    source=CardSource("CPIC", "https://example.org/cpic"),
    rule_ids=("baseline-tests",),
)
ORDER = {
    "resourceType": "MedicationRequest",
    "id": "aza",
    "status": "draft",
    "intent": "order",
    "dosageInstruction": [
        {
            "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
            "doseAndRate": [{"doseQuantity": {"value": 200, "unit": "mg"}}],
        }
    ],
}
DRAFTS = Drafts({"MedicationRequest/aza": ORDER}, "example", datetime(2026, 3, 9, tzinfo=UTC))
CHANGE = ChangeDose("MedicationRequest/aza", mg_per_day=100, doses_per_day=1, tablet_mg=50)
REMOVE = RemoveOrder("MedicationRequest/mmr", "the measles, mumps and rubella vaccine order")
TESTS = OrderTests((OrderableTest.TPMT, OrderableTest.NUDT15, OrderableTest.HBSAG))
EPIC = Manner(PROFILES[ProfileName.EPIC], {OrderableTest.TPMT: "4711", OrderableTest.NUDT15: "4712"})


def with_suggestions(*suggestions):
    return replace(CARD, suggestions=suggestions, selection_behavior="at-most-one")


def written(card, manner=EPIC):
    return card_json(card, DRAFTS, numbered_ids(), manner)


def test_each_name_has_its_profile():
    assert set(PROFILES) == set(ProfileName)


def test_a_client_is_answered_as_its_file_says():
    client = Client(
        "clinic", profile=ProfileName.EPIC, is_silent=True, preference_list={OrderableTest.TPMT: "4711"}
    )

    manner = manner_for(client)

    assert manner == Manner(PROFILES[ProfileName.EPIC], {OrderableTest.TPMT: "4711"}, is_silent=True)


def test_epic_gets_each_test_as_a_suggestion_of_its_own_the_first_asked_for_first():
    card = with_suggestions(Suggestion("Order what is missing", (TESTS,), is_recommended=True))

    found = written(card)

    assert found["selectionBehavior"] == "any"
    assert [
        (
            one["label"],
            one["uuid"],
            one["isRecommended"],
            [action["description"] for action in one["actions"]],
        )
        for one in found["suggestions"]
    ] == [
        ("Order TPMT genotype", "suggestion-1", True, ["Order TPMT genotype"]),
        ("Order NUDT15 genotype", "suggestion-2", True, ["Order NUDT15 genotype"]),
    ]


def test_epic_orders_by_the_code_of_the_sites_preference_list_and_leaves_out_what_has_none():
    card = with_suggestions(Suggestion("Order what is missing", (TESTS,)))

    codes = [one["actions"][0]["resource"]["code"] for one in written(card)["suggestions"]]

    assert codes == [
        {"coding": [{"system": PREFERENCE_LIST, "code": "4711"}], "text": "TPMT genotype"},
        {"coding": [{"system": PREFERENCE_LIST, "code": "4712"}], "text": "NUDT15 genotype"},
    ]


def test_epic_is_offered_no_order_without_a_preference_list():
    card = with_suggestions(Suggestion("Order what is missing", (TESTS,)))

    found = written(card, Manner(PROFILES[ProfileName.EPIC]))

    assert found.keys() == {"uuid", "summary", "detail", "indicator", "source"}


def test_epic_is_offered_no_dose_which_stands_in_the_text():
    card = with_suggestions(Suggestion("Change to 100 mg", (CHANGE,)))

    found = written(card)

    assert ("suggestions" in found, found["detail"]) == (False, "Offered: 100 mg/day")


def test_epic_may_remove_an_order():
    card = with_suggestions(Suggestion("Remove", (REMOVE,), is_recommended=True))

    (suggestion,) = written(card)["suggestions"]

    assert suggestion["actions"] == [
        {
            "type": "delete",
            "description": "Remove the measles, mumps and rubella vaccine order",
            "resourceId": "MedicationRequest/mmr",
        }
    ]


def test_epic_is_not_offered_half_of_what_belongs_together():
    card = with_suggestions(Suggestion("Remove and order instead", (REMOVE, TESTS)))

    assert "suggestions" not in written(card)


@pytest.mark.parametrize("name", [ProfileName.STANDARD, ProfileName.CRD])
def test_others_get_the_card_as_the_standard_has_it(name):
    card = with_suggestions(Suggestion("All", (CHANGE, TESTS)))

    found = written(card, Manner(PROFILES[name]))

    assert found["selectionBehavior"] == "at-most-one"
    assert [action["type"] for action in found["suggestions"][0]["actions"]] == ["create"] * 3 + ["update"]


def test_every_topic_is_one_that_epic_takes():
    topics = [*(rule.topic for rule in ALL_RULES), "CouldNotBeChecked", "CheckDidNotRun"]

    assert [topic for topic in topics if not re.fullmatch("[A-Za-z0-9]{1,100}", topic)] == []
