import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from cards.card import Card, CardSource, Indicator, Link, OverrideReason, Suggestion
from cards.model.proposals import ChangeDose, OrderTests, RemoveOrder
from cards.model.tests_ordered import OrderableTest
from cds_service.hooks.card_json import UnwritableCardError, card_json, numbered_ids
from cds_service.wire.json_response import as_json
from fhir_mappers.medications.draft_orders import Drafts

CARD = Card(
    topic="GenotypeDose",
    indicator=Indicator.WARNING,
    summary="Azathioprine 200 mg/day: start lower",
    detail="**Why**",
    source=CardSource("CPIC", "https://example.org/cpic"),
    rule_ids=("genotype-dose",),
)
ORDER = {
    "resourceType": "MedicationRequest",
    "id": "aza",
    "status": "draft",
    "intent": "order",
    "extension": [{"url": "urn:site", "valueDecimal": Decimal("1.50")}],
    "dosageInstruction": [
        {
            "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
            "doseAndRate": [{"doseQuantity": {"value": Decimal("200"), "unit": "mg"}}],
        }
    ],
    "dispenseRequest": {"quantity": {"value": 30, "unit": "box"}},
}
DRAFTS = Drafts({"MedicationRequest/aza": ORDER}, "example", datetime(2026, 3, 9, tzinfo=UTC))
CHANGE = ChangeDose("MedicationRequest/aza", mg_per_day=100, doses_per_day=1, tablet_mg=50)
REMOVE = RemoveOrder("MedicationRequest/mmr", "the measles, mumps and rubella vaccine order")
TESTS = OrderTests((OrderableTest.TPMT, OrderableTest.NUDT15))


def with_suggestions(*suggestions, behavior="at-most-one"):
    return replace(CARD, suggestions=suggestions, selection_behavior=behavior)


def written(card):
    return card_json(card, DRAFTS, numbered_ids())


def test_a_plain_card_has_nothing_empty():
    assert written(CARD) == {
        "uuid": "card-1",
        "summary": "Azathioprine 200 mg/day: start lower",
        "detail": "**Why**",
        "indicator": "warning",
        "source": {
            "label": "CPIC",
            "url": "https://example.org/cpic",
            "topic": {"system": "urn:thiopurine-cds:topic", "code": "GenotypeDose"},
        },
    }


def test_reasons_and_links_are_written_whole():
    card = replace(
        CARD,
        override_reasons=(OverrideReason("patient-refuses", "urn:reasons", "The patient refuses"),),
        links=(Link("Guideline", "https://example.org"),),
    )

    found = written(card)

    assert found["overrideReasons"] == [
        {"code": "patient-refuses", "system": "urn:reasons", "display": "The patient refuses"}
    ]
    assert found["links"] == [{"label": "Guideline", "url": "https://example.org", "type": "absolute"}]


def test_ids_are_random_uuids():
    first, second = card_json(CARD, DRAFTS)["uuid"], card_json(CARD, DRAFTS)["uuid"]

    assert (UUID(first).version, first != second) == (4, True)


def test_an_update_is_the_whole_order_and_tells_what_else_it_changed():
    (suggestion,) = written(with_suggestions(Suggestion("Change to 100 mg", (CHANGE,), is_recommended=True)))[
        "suggestions"
    ]
    (action,) = suggestion.pop("actions")

    assert suggestion == {"label": "Change to 100 mg", "uuid": "suggestion-1", "isRecommended": True}
    assert action["type"] == "update"
    assert action["description"] == (
        "Change the dose to 100 mg a day; the quantity to dispense was removed: it was for the old dose"
    )
    assert action["resource"]["extension"] == ORDER["extension"]
    assert action["resource"]["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"]["value"] == 100
    assert b'"valueDecimal":1.50' in as_json(action)


def test_deletes_come_before_creates_and_those_before_updates():
    card = with_suggestions(Suggestion("All", (CHANGE, TESTS, REMOVE)))

    actions = written(card)["suggestions"][0]["actions"]

    assert [action["type"] for action in actions] == ["delete", "create", "create", "update"]
    assert actions[0] == {
        "type": "delete",
        "description": "Remove the measles, mumps and rubella vaccine order",
        "resourceId": "MedicationRequest/mmr",
    }


@pytest.mark.parametrize(
    "proposal",
    [
        replace(CHANGE, order_ref="MedicationRequest/other"),
        replace(CHANGE, doses_per_day=2),
        replace(REMOVE, order_ref="urn:uuid:1"),
    ],
)
def test_what_fhir_cannot_express_is_left_out(proposal):
    card = with_suggestions(Suggestion("No", (proposal,)), Suggestion("Yes", (TESTS,)), behavior="any")

    assert [one["label"] for one in written(card)["suggestions"]] == ["Yes"]


def test_without_a_suggestion_left_there_is_no_selection_behavior():
    card = with_suggestions(Suggestion("No", (replace(REMOVE, order_ref=""),)))

    assert json.loads(as_json(written(card))).keys() == {"uuid", "summary", "detail", "indicator", "source"}


RECOMMENDED = Suggestion("Order", (TESTS,), is_recommended=True)


@pytest.mark.parametrize(
    "card",
    [
        replace(CARD, summary=" "),
        replace(CARD, source=CardSource("", "")),
        with_suggestions(RECOMMENDED, behavior=None),
        with_suggestions(RECOMMENDED, RECOMMENDED),
    ],
)
def test_a_card_that_breaks_the_standard_is_refused(card):
    with pytest.raises(UnwritableCardError):
        written(card)


def test_a_summary_of_139_characters_fits():
    assert len(written(replace(CARD, summary="é" * 139))["summary"]) == 139


def test_a_summary_of_140_characters_is_shortened_and_never_loses_the_card():
    finding = "é" * (140 - len("; stop and discuss"))

    assert written(replace(CARD, summary=f"{finding}; stop and discuss"))["summary"] == (
        f"{'é' * 119} …; stop and discuss"
    )
