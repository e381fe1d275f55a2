"""On a card for a child the weight and its date always stand."""

from cards.model.facts import FactKind
from cards.model.labs import Analyte
from tests.builders import azathioprine, cards, on, unknown, weight

CHILD = on("2016-05-05")
NO_SEROLOGY = (azathioprine(50), weight(28, "2026-11-01", ref="Observation/kg"))
LINE = "- Weight 28 kg (2026-11-01, Observation/kg)\n"


def baseline(*facts, **fields):
    return next(one for one in cards(*facts, **fields) if one.rule_ids == ("baseline-tests",))


def test_a_card_for_a_child_states_the_weight_that_decides_nothing_on_it():
    assert baseline(*NO_SEROLOGY, born_on=CHILD).detail.count(LINE) == 1


def test_a_card_for_an_adult_does_not():
    assert LINE not in baseline(*NO_SEROLOGY).detail


def test_the_plan_states_it_once():
    plan = cards(*NO_SEROLOGY, born_on=CHILD)[-1]

    assert (plan.rule_ids[0], plan.detail.count(LINE)) == ("start-plan", 1)


def test_without_a_weight_only_a_card_about_the_dose_says_so():
    found = baseline(azathioprine(50), without=[Analyte.BODY_WEIGHT], born_on=CHILD)

    assert "eight" not in found.detail


def test_what_could_not_be_checked_is_about_records():
    found = cards(*NO_SEROLOGY, born_on=CHILD, known=unknown(FactKind.MEDICATIONS))
    unchecked = next(one for one in found if one.rule_ids == ("could-not-be-checked",))

    assert "eight" not in unchecked.detail
