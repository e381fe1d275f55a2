"""Does a patient on a thiopurine have intrahepatic cholestasis of pregnancy?"""

import pytest

from cards.card import Indicator
from cards.finding import Bound, DoseConstraint
from cards.model.chart import Sex
from cards.model.conditions import Problem
from cards.model.facts import FactKind
from cards.model.therapy import Drug
from cards.rules.cholestasis_of_pregnancy import thiopurine_in_cholestasis_of_pregnancy
from tests.builders import (
    azathioprine,
    blocked_by,
    case,
    days_ago,
    finding,
    is_silent,
    problem,
    taking,
    unknown,
)

AZA, CHOLESTASIS = Drug.AZATHIOPRINE, Problem.CHOLESTASIS_OF_PREGNANCY
DRAFT = "MedicationRequest/azathioprine-draft"
ICP = problem(CHOLESTASIS, recorded="2026-11-20")


def ask(*facts, **fields):
    return thiopurine_in_cholestasis_of_pregnancy(case(*facts, **fields))


def test_a_therapy_is_to_be_discontinued():
    found = finding(ask(taking(AZA, 125), ICP))

    assert found.indicator is Indicator.CRITICAL
    assert found.summary == "Azathioprine: intrahepatic cholestasis of pregnancy on record; discontinue it"
    assert found.do[0] == (
        "Discontinue azathioprine: symptoms and bile acid levels improved after azathioprine was stopped (grade A)."
    )
    assert found.also == (
        "The MHRA asks for a decision case by case: withdrawal or a lower dose may improve it, and it may not "
        "respond to ursodeoxycholic acid (grade A).",
    )
    assert found.constraints == ()


def test_an_order_is_not_to_be_given():
    found = finding(ask(azathioprine(125), ICP))

    assert found.summary.endswith("do not give")
    assert found.constraints == (DoseConstraint(DRAFT, Bound.STOP),)


@pytest.mark.parametrize(
    "record", [problem(CHOLESTASIS), problem(CHOLESTASIS, recorded="2026-11-20", is_confirmed=False)]
)
def test_an_undated_or_unconfirmed_record_asks_to_check(record):
    found = finding(ask(azathioprine(125), record))

    assert (found.indicator, found.constraints) == (Indicator.WARNING, ())
    assert found.summary.endswith("check whether it is current")
    assert found.do[0].startswith("Confirm it first")


@pytest.mark.parametrize(("days", "speaks"), [(300, True), (301, False)])
def test_it_is_over_with_the_pregnancy(days, speaks):
    assert is_silent(ask(taking(AZA, 125), problem(CHOLESTASIS, recorded=str(days_ago(days))))) is not speaks


def test_without_conditions_it_cannot_be_checked():
    known = unknown(FactKind.CONDITIONS)

    assert blocked_by(ask(taking(AZA, 125), sex=Sex.FEMALE, known=known)) == (FactKind.CONDITIONS,)
    assert is_silent(ask(taking(AZA, 125), sex=Sex.MALE, known=known))


def test_is_silent_without_it_or_without_a_thiopurine():
    assert is_silent(ask(taking(AZA, 125), sex=Sex.FEMALE))
    assert is_silent(ask(ICP))
