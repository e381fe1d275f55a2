import json

import pytest

from cards.card import Indicator
from cds_service.health.known_orders import known_orders
from tests.builders import KNOWLEDGE
from tests.stories import FOLDER, Story, response_to

ORDERS = [pytest.param(order, id=order.name) for order in known_orders(None)]


@pytest.mark.parametrize("order", ORDERS)
def test_a_known_order_is_a_story_as_the_fixtures_tell_it(order):
    story = Story(FOLDER / order.name)

    told = [(card["indicator"], card["summary"]) for card in response_to(story)["cards"]]

    assert json.loads(order.body) == json.loads(story.request_body())
    assert order.as_of == story.as_of
    assert [(card.indicator, card.summary) for card in order.cards] == told


@pytest.mark.parametrize("order", ORDERS)
def test_a_known_order_gets_its_cards(order):
    assert order.answered(KNOWLEDGE) == order.cards


def test_the_orders_show_cards_of_every_urgency_doses_and_silence():
    cards = [card for order in known_orders(None) for card in order.cards]

    assert {card.indicator for card in cards} == set(Indicator)
    assert any(label.startswith("Change to") for card in cards for label in card.suggestions)
    assert any(not order.cards for order in known_orders(None))
