"""Is jaundice on record while a thiopurine is taken or ordered?"""

import pytest

from cards.card import Indicator
from cards.finding import DecisionKey, DecisionKind
from cards.model.conditions import Indication, Problem
from cards.model.facts import FactKind
from cards.model.therapy import Drug
from cards.rules.toxicity.jaundice import jaundice_with_thiopurine
from tests.builders import (
    azathioprine,
    blocked_by,
    case,
    days_ago,
    finding,
    findings,
    is_silent,
    mercaptopurine,
    problem,
    taking,
    unknown,
    why,
)

TAKEN = taking(Drug.AZATHIOPRINE, 100, "2026-01-01", for_=Indication.CROHNS)


def jaundice(days=3, **fields):
    onset = {} if days is None else {"onset": str(days_ago(days))}
    return problem(Problem.JAUNDICE, **onset, **fields)


def ask(*facts, **fields):
    return jaundice_with_thiopurine(case(*facts, **fields))


def test_a_jaundice_on_the_drug_asks_to_stop():
    found = finding(ask(TAKEN, jaundice()))

    assert found.decision == DecisionKey(DecisionKind.LIVER, "MedicationRequest/azathioprine")
    assert found.indicator is Indicator.WARNING
    assert found.summary == "Azathioprine: jaundice on record; stop and discuss"
    assert why(found)[0] == "Jaundice"
    assert found.do == (
        "Stop azathioprine at once if the jaundice is current, and measure ALT, bilirubin and alkaline phosphatase "
        "today; discuss with the treating specialist.",
    )


def test_in_leukaemia_the_oncology_team_is_called_and_nothing_said_of_stopping():
    found = finding(ask(mercaptopurine(65, for_=Indication.LEUKEMIA), jaundice()))

    assert found.summary == "Mercaptopurine: jaundice on record; call the oncology team today"
    assert not any(word in line for line in found.do for word in ("Stop", "stop", "educe"))


def test_before_the_first_dose_its_cause_is_asked_for():
    found = finding(ask(azathioprine(100, for_=Indication.KIDNEY_TRANSPLANT), jaundice()))

    assert found.summary == "Azathioprine: jaundice on record; find the cause before the first dose"
    assert found.do[0].endswith("discuss with the transplant team.")


@pytest.mark.parametrize(
    "record", [jaundice(None), jaundice(is_confirmed=False)], ids=["no day", "not confirmed"]
)
def test_a_jaundice_in_doubt_is_to_be_checked(record):
    assert (
        finding(ask(TAKEN, record)).summary == "Azathioprine: jaundice on record; check whether it is current"
    )


@pytest.mark.parametrize(("days", "fires"), [(30, True), (31, False)])
def test_an_old_jaundice_is_over(days, fires):
    assert is_silent(ask(TAKEN, jaundice(days))) is not fires


def test_each_thiopurine_has_its_finding_and_none_is_silent():
    assert len(findings(ask(TAKEN, mercaptopurine(50, for_=Indication.CROHNS), jaundice()))) == 2
    assert is_silent(ask(jaundice()))


def test_unknown_problems_are_no_all_clear():
    assert blocked_by(ask(TAKEN, known=unknown(FactKind.CONDITIONS))) == (FactKind.CONDITIONS,)
