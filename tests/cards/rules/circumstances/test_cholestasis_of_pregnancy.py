"""Does a patient on a thiopurine have intrahepatic cholestasis of pregnancy?"""

import pytest

from cards.card import Indicator
from cards.finding import Bound, DoseConstraint
from cards.model.chart import Sex
from cards.model.conditions import Problem
from cards.model.facts import FactKind
from cards.model.labs import Analyte
from cards.model.therapy import Drug
from cards.rules.circumstances.cholestasis_of_pregnancy import thiopurine_in_cholestasis_of_pregnancy
from tests.builders import (
    azathioprine,
    blocked_by,
    case,
    days_ago,
    finding,
    is_silent,
    problem,
    result,
    taking,
    unknown,
    why,
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


# --- bile acids

PREGNANT = problem(Problem.PREGNANCY, recorded="2026-09-15")


def bile_acids(value, taken="2026-11-20", high=10.0):
    return result(Analyte.BILE_ACIDS, value, taken, unit="umol/L", reference_high=high)


def test_raised_bile_acids_in_pregnancy_ask_to_confirm_it():
    found = finding(ask(taking(AZA, 125), PREGNANT, bile_acids(52)))

    assert found.indicator is Indicator.WARNING
    assert found.summary == (
        "Azathioprine in pregnancy, bile acids 52 umol/L: intrahepatic cholestasis of pregnancy? Confirm or exclude it"
    )
    assert why(found)[:2] == ("Bile acids 52 umol/L", "Pregnancy on the problem list")
    assert found.do[0].startswith("Confirm it first")
    assert found.constraints == ()


@pytest.mark.parametrize(
    "facts",
    [
        (PREGNANT, bile_acids(10)),  # at the limit
        (PREGNANT, bile_acids(52, high=None)),  # nobody says what is normal
        (PREGNANT, bile_acids(52), bile_acids(8, "2026-11-22")),  # normal again
        (PREGNANT, bile_acids(52, str(days_ago(91)))),
        (bile_acids(52),),  # not pregnant
    ],
)
def test_bile_acids_that_say_nothing_of_it_are_silent(facts):
    assert is_silent(ask(taking(AZA, 125), *facts))


def test_the_diagnosis_comes_before_the_laboratory():
    assert finding(ask(taking(AZA, 125), ICP, PREGNANT, bile_acids(52))).indicator is Indicator.CRITICAL


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Intrahepatic Cholestasis of pregnancy", ""),
        ("Liver disorder in pregnancy", ", recorded as: Liver disorder in pregnancy"),
    ],
)
def test_an_older_code_shows_what_was_recorded(text, shown):
    record = problem(CHOLESTASIS, recorded="2026-11-20", text=text)

    assert why(finding(ask(taking(AZA, 125), record)))[0] == f"Intrahepatic cholestasis of pregnancy{shown}"
