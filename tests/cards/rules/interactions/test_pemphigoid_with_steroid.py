"""Is a thiopurine combined with a systemic corticosteroid in bullous pemphigoid?"""

import pytest

from cards.card import Indicator
from cards.finding import DecisionKey, DecisionKind
from cards.model.conditions import ConditionState, Problem
from cards.model.facts import FactKind
from cards.model.therapy import Drug
from cards.rules.interactions.pemphigoid_with_steroid import steroid_in_pemphigoid
from tests.builders import (
    azathioprine,
    blocked_by,
    case,
    finding,
    is_silent,
    ordered,
    problem,
    taking,
    unknown,
    why,
)

AZA, STEROID = Drug.AZATHIOPRINE, Drug.SYSTEMIC_CORTICOSTEROID
PEMPHIGOID = problem(Problem.BULLOUS_PEMPHIGOID, recorded="2026-10-01")


def ask(*facts, **fields):
    return steroid_in_pemphigoid(case(*facts, **fields))


@pytest.mark.parametrize(
    "facts",
    [(azathioprine(100), taking(STEROID, 40)), (taking(AZA, 100), ordered(STEROID, 40))],
)
def test_warns_in_either_direction(facts):
    found = finding(ask(*facts, PEMPHIGOID))

    assert (found.decision.kind, found.decision.culprit) == (DecisionKind.INTERACTION, STEROID)
    assert found.indicator is Indicator.WARNING
    assert found.summary == (
        "Azathioprine with a systemic corticosteroid in bullous pemphigoid: more fatal infections, weigh the benefit"
    )
    assert why(found)[:2] == ("Bullous pemphigoid", "Aged 40")


def test_the_age_is_left_out_where_it_is_not_known():
    found = finding(ask(azathioprine(100), taking(STEROID, 40), PEMPHIGOID, born_on=None))

    assert not any(line.startswith("Aged") for line in why(found))


def test_a_combination_taken_on_is_a_quiet_line():
    found = finding(ask(taking(AZA, 100), taking(STEROID, 40), PEMPHIGOID))

    assert found.decision == DecisionKey(DecisionKind.ALSO, "MedicationRequest/azathioprine")
    assert found.do[0].startswith("Bullous pemphigoid: In bullous pemphigoid treated with corticosteroids")


def test_a_renewal_of_the_combination_is_silent():
    assert is_silent(ask(azathioprine(100), taking(AZA, 100), taking(STEROID, 40), PEMPHIGOID))


@pytest.mark.parametrize(
    "record",
    [
        problem(Problem.BULLOUS_PEMPHIGOID, state=ConditionState.RESOLVED),
        problem(Problem.BULLOUS_PEMPHIGOID, is_confirmed=False),
        problem(Problem.PSORIASIS),
    ],
)
def test_is_silent_without_active_pemphigoid(record):
    assert is_silent(ask(azathioprine(100), taking(STEROID, 40), record))


def test_what_is_missing_matters_only_beside_the_other_half():
    conditions, medications = unknown(FactKind.CONDITIONS), unknown(FactKind.MEDICATIONS)

    assert blocked_by(ask(azathioprine(100), taking(STEROID, 40), known=conditions)) == (FactKind.CONDITIONS,)
    assert blocked_by(ask(azathioprine(100), PEMPHIGOID, known=medications)) == (FactKind.MEDICATIONS,)
    assert is_silent(ask(azathioprine(100), known=conditions | medications))


def test_is_silent_without_a_thiopurine():
    assert is_silent(ask(ordered(STEROID, 40), PEMPHIGOID))
