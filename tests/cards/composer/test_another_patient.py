"""One warning where another Patient was sent."""

from cards.card import Indicator
from cards.composer.another_patient import another_patient_card
from cards.finding import Reasons
from tests.builders import KNOWLEDGE


def test_it_warns_says_what_to_do_and_offers_nothing():
    card = another_patient_card(KNOWLEDGE)

    assert (card.topic, card.indicator, card.rule_ids) == (
        "AnotherPatient",
        Indicator.WARNING,
        ("another-patient",),
    )
    assert card.summary == (
        "Thiopurine: nothing was checked; the Patient sent is not the patient in the request's context"
    )
    assert "Make sure that this is the right patient's chart." in card.detail
    assert card.suggestions == ()
    assert card.override_reasons == KNOWLEDGE.override_reasons.override_reasons(Reasons.DATA)
