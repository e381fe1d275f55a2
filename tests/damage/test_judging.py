"""The judge of the damage test: what counts as told, and what as lost in silence."""

import pytest

from tests.damage.judging import Outcome, judged, said
from tests.damage.ways.way import Statement, Way

TOLD, SAME, OTHER = Statement.TOLD, Statement.SAME, Statement.OTHER
COUNT = "Observation"
LOW = {"indicator": "critical", "summary": "Azathioprine: WBC 0.4"}
OVERDUE = {"indicator": "warning", "summary": "Azathioprine: blood count overdue"}
GAP = {"indicator": "info", "summary": "Azathioprine: blood counts: a date is missing"}
PLAN = {"indicator": "info", "summary": "Starting azathioprine: plan"}


def answer(*cards):
    return said({"cards": [{"source": {}} | card for card in cards]})


def outcome(hurt, *, whole=(LOW,), gone=(OVERDUE,), statement=TOLD, reason="date"):
    way = Way("a way", statement, lambda record, _: record, reason)
    return judged(way, statement, COUNT, answer(*whole), answer(*hurt), answer(*gone))


def test_an_unchanged_answer_is_the_same_where_the_record_decides_something():
    assert outcome((LOW,)).outcome is Outcome.SAME
    assert outcome((LOW,), gone=(LOW,)).outcome is Outcome.NO_MATTER


def test_a_line_tells_that_names_the_kind_and_the_reason():
    assert outcome((GAP,)).outcome is Outcome.TOLD
    assert outcome((GAP,), reason="unit").outcome is Outcome.LOST


@pytest.mark.parametrize("there", ["whole", "gone"])
def test_a_line_that_would_be_there_anyway_does_not_tell(there):
    others = {"whole": (LOW,), "gone": (OVERDUE,)}

    found = outcome((OVERDUE, GAP), **others | {there: (*others[there], GAP)})

    assert found.outcome is Outcome.LOST


def test_an_answer_as_without_the_record_is_a_loss():
    assert outcome((OVERDUE,)).outcome is Outcome.LOST
    assert outcome(()).outcome is Outcome.LOST


def test_another_card_as_urgent_is_no_loss_unless_nothing_differs_from_the_answer_without_the_record():
    other = {"indicator": "critical", "summary": "Azathioprine: a count is low"}

    assert outcome((other,), gone=()).outcome is Outcome.OTHER
    assert outcome((other,), gone=(other,)).outcome is Outcome.LOST
    assert outcome((PLAN,), whole=(PLAN, LOW), gone=(PLAN,)).outcome is Outcome.LOST


def test_a_milder_answer_is_a_loss_even_where_the_record_did_not_decide():
    assert outcome((PLAN,), gone=(LOW,)).outcome is Outcome.LOST


def test_another_answer_that_is_no_milder_is_neither():
    found = outcome((LOW, PLAN))

    assert (found.outcome, found.is_as_stated) == (Outcome.OTHER, False)


def test_another_meaning_may_change_the_answer():
    assert outcome((), statement=OTHER).is_as_stated


def test_what_is_stated_to_be_the_same_and_is_told_is_not_as_stated():
    found = outcome((GAP,), statement=SAME)

    assert (found.outcome, found.is_as_stated) == (Outcome.TOLD, False)


def test_a_refusal_tells():
    way = Way("a way", TOLD, lambda record, _: record)

    assert judged(way, TOLD, COUNT, answer(LOW), said({"error": "400"}), answer()).outcome is Outcome.TOLD


def test_the_card_of_gaps_does_not_make_an_answer_urgent():
    """The record that was told of in the whole answer is used in the other: nothing is lost."""
    gap = GAP | {"indicator": "warning", "source": {"topic": {"code": "CouldNotBeChecked"}}}

    assert outcome((PLAN, OVERDUE), whole=(PLAN, gap), gone=(PLAN,)).outcome is Outcome.OTHER
