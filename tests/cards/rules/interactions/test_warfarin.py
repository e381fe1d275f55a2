"""Does a thiopurine start, stop or change its dose while warfarin is taken, or the other way round?"""

import pytest

from cards.card import Indicator
from cards.finding import DecisionKey, DecisionKind
from cards.model.facts import FactKind
from cards.model.therapy import Drug, OrderIntent
from cards.rules.interactions.warfarin import changes_with_warfarin
from tests.builders import (
    azathioprine,
    blocked_by,
    case,
    finding,
    is_silent,
    mercaptopurine,
    missing_from,
    ordered,
    taking,
    thioguanine,
    took,
    unknown,
    why,
)

AZA, MP, WARFARIN = Drug.AZATHIOPRINE, Drug.MERCAPTOPURINE, Drug.WARFARIN
WARNING, INFO = Indicator.WARNING, Indicator.INFO
MEDICATIONS = FactKind.MEDICATIONS
INR = "check the INR"


def ask(*facts, **fields):
    return changes_with_warfarin(case(*facts, **fields))


def ended(drug, **fields):
    return ordered(drug, intent=OrderIntent.END, **fields)


@pytest.mark.parametrize(
    ("facts", "indicator", "summary"),
    [
        (
            (azathioprine(100), taking(WARFARIN, 5)),
            WARNING,
            f"Azathioprine started on warfarin, which it may weaken: {INR}",
        ),
        (
            (azathioprine(150), taking(AZA, 100), taking(WARFARIN, 5)),
            WARNING,
            f"Azathioprine changed in dose on warfarin, which it may weaken: {INR}",
        ),
        (
            (azathioprine(50), taking(AZA, 100), taking(WARFARIN, 5)),
            WARNING,
            f"Azathioprine changed in dose on warfarin, which it may weaken: {INR}",
        ),
        (
            (ordered(WARFARIN, 5), taking(AZA, 100)),
            WARNING,
            f"Azathioprine may weaken warfarin, ordered now: {INR}",
        ),
        (
            (ordered(WARFARIN, 6), taking(WARFARIN, 5), taking(AZA, 100)),
            INFO,
            f"Azathioprine may weaken warfarin, now at another dose: {INR}",
        ),
        (
            (ended(AZA), taking(AZA, 100), taking(WARFARIN, 5)),
            WARNING,
            f"Azathioprine stopped on warfarin, whose effect may rise: {INR}",
        ),
    ],
)
def test_asks_for_the_inr_when_either_drug_changes(facts, indicator, summary):
    found = finding(ask(*facts))

    assert (found.indicator, found.summary) == (indicator, summary)


def test_a_start_says_what_the_label_says():
    found = finding(ask(azathioprine(100), taking(WARFARIN, 5)))

    assert found.decision == DecisionKey(
        DecisionKind.INTERACTION, "MedicationRequest/azathioprine-draft", "warfarin"
    )
    assert why(found)[0] == "Warfarin current since 2020-01-01"
    assert found.do == (
        "Azathioprine may inhibit the anticoagulant effect of warfarin: check the INR after the change and adjust "
        "warfarin to it (grade A).",
    )


def test_a_stop_says_that_it_is_an_inference():
    found = finding(ask(ended(AZA), taking(AZA, 100), taking(WARFARIN, 5)))

    assert found.decision == DecisionKey(
        DecisionKind.INTERACTION, "MedicationRequest/azathioprine-draft", "warfarin"
    )
    assert why(found)[-1] == "Azathioprine being stopped"
    assert "This is an inference from the label" in found.do[0]


def test_mercaptopurine_has_its_own_source():
    assert finding(ask(mercaptopurine(50), taking(WARFARIN, 5))).do[0].endswith("(grade D).")


def test_both_taken_on_are_a_quiet_line():
    found = finding(ask(taking(AZA, 100), taking(WARFARIN, 5)))

    assert (found.decision, found.indicator) == (
        DecisionKey(DecisionKind.ALSO, "MedicationRequest/azathioprine"),
        INFO,
    )
    assert found.do == (
        "Warfarin: Check the INR whenever azathioprine is started, stopped or changed in dose (grade A).",
    )


@pytest.mark.parametrize(
    "facts",
    [
        (azathioprine(100), taking(AZA, 100), taking(WARFARIN, 5)),  # a renewal
        (ordered(WARFARIN, 5), taking(WARFARIN, 5), taking(AZA, 100)),  # a renewal of warfarin
        (ended(WARFARIN), taking(WARFARIN, 5), taking(AZA, 100)),  # its end concerns nobody
        (ended(AZA), taking(WARFARIN, 5)),  # was not taken
        (ended(AZA), took(AZA, 100), taking(WARFARIN, 5)),
        (thioguanine(40), taking(WARFARIN, 5)),
        (azathioprine(100),),
        (azathioprine(100), took(WARFARIN, 5)),
        (ordered(WARFARIN, 5),),
    ],
)
def test_is_silent_where_nothing_changes(facts):
    assert is_silent(ask(*facts))


def test_a_switch_between_thiopurines_is_the_start_of_one():
    found = finding(ask(ended(AZA), mercaptopurine(50), taking(AZA, 100), taking(WARFARIN, 5)))

    assert found.summary == f"Mercaptopurine started on warfarin, which it may weaken: {INR}"


def test_a_stop_of_what_may_not_have_been_taken_is_told_where_the_list_is_unknown():
    stop = ended(AZA)

    assert blocked_by(ask(stop, known=unknown(MEDICATIONS))) == (MEDICATIONS,)
    assert is_silent(ask(stop))
    assert is_silent(ask(ordered(WARFARIN), known=unknown(MEDICATIONS)))  # the card of all rules tells it


def test_an_unknown_medication_list_is_told():
    known = unknown(MEDICATIONS)

    assert blocked_by(ask(azathioprine(100), known=known)) == (MEDICATIONS,)
    assert missing_from(ask(azathioprine(100), ordered(WARFARIN, 5), known=known)) == (MEDICATIONS,)
