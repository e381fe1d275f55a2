"""Another drug of the patient: ordered in this request, or taken already?"""

import pytest

from cards.model.therapy import Drug, OrderIntent, TherapyState
from cards.rules.interactions.other_drug import class_name, is_continued, other_drug
from tests.builders import azathioprine, case, ordered, taking, took

AZA, WARFARIN = Drug.AZATHIOPRINE, Drug.WARFARIN


def other(*facts):
    return other_drug(WARFARIN, case(*facts))


def test_none_without_an_order_or_a_therapy():
    assert other() is None
    assert other(took(WARFARIN)) is None
    assert other(taking(WARFARIN), ordered(WARFARIN, intent=OrderIntent.END)) is None


def test_ended_and_ordered_again_is_there():
    assert other(
        taking(WARFARIN),
        ordered(WARFARIN, intent=OrderIntent.END),
        ordered(WARFARIN, ref="MedicationRequest/2"),
    )


@pytest.mark.parametrize(
    ("facts", "is_new"), [([ordered(WARFARIN)], True), ([ordered(WARFARIN), taking(WARFARIN)], False)]
)
def test_it_is_new_where_it_was_not_taken_before(facts, is_new):
    assert other(*facts).is_new is is_new


def test_it_is_told_with_its_state_its_start_and_its_name():
    record = taking(WARFARIN, since=None, state=TherapyState.POSSIBLY_TAKEN, text="warfarin 5 mg" + "x" * 90)

    assert other(record).fact().text == "Warfarin possibly still taken: warfarin 5 mg" + "x" * 47


def test_what_is_continued():
    renewed = case(azathioprine(100), taking(AZA, 100)).ordered[0]
    started = case(azathioprine(100)).ordered[0]
    (taken,) = case(taking(AZA, 100)).taken

    assert [is_continued(one) for one in (renewed, started, taken)] == [True, False, True]


@pytest.mark.parametrize(
    ("drug", "name"),
    [(Drug.TNF_INHIBITOR, "TNF inhibitor"), (Drug.ACE_INHIBITOR, "ACE inhibitor"), (WARFARIN, "warfarin")],
)
def test_a_class_is_named_without_its_article(drug, name):
    assert class_name(drug) == name
