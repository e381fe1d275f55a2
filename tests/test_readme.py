"""What the README shows is what comes back."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cds_service.evaluation import evaluated
from cds_service.hooks.card_json import numbered_ids

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
REQUEST = json.loads((ROOT / "fixtures/requests/order-sign.json").read_text())
AS_OF = datetime(2026, 11, 20, tzinfo=UTC)


def cards_for(request):
    return evaluated(json.dumps(request).encode(), AS_OF, numbered_ids())["cards"]


CARDS = cards_for(REQUEST)


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card["source"]["topic"]["code"])
def test_the_readme_shows_every_card(card):
    assert f"    {card['indicator']:<10}{card['summary']}\n" in README


def test_the_readme_shows_the_whole_dose_card():
    (dose,) = [card for card in CARDS if card["source"]["topic"]["code"] == "GenotypeDose"]

    quoted = "\n".join(f"> {line}".rstrip() for line in dose["detail"].splitlines())

    assert quoted in README


def test_no_dose_is_offered_with_allopurinol():
    suggestions = [one for card in CARDS for one in card.get("suggestions", [])]

    assert [action["type"] for one in suggestions for action in one["actions"]] == ["delete"]


def test_one_dose_is_offered_without_allopurinol():
    without = REQUEST | {"prefetch": REQUEST["prefetch"] | {"medications": None}}

    actions = [
        action
        for card in cards_for(without)
        for one in card.get("suggestions", [])
        for action in one["actions"]
        if action["type"] == "update"
    ]

    (change,) = actions
    dose = change["resource"]["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"]
    assert (dose["unit"], 48 <= dose["value"] <= 128, dose["value"] % 25) == ("mg", True, 0)
