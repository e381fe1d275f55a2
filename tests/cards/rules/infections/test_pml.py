"""Is progressive multifocal leukoencephalopathy on record in a patient on a thiopurine?"""

import pytest

from cards.card import Indicator
from cards.finding import Bound, DoseConstraint, Fact
from cards.model.conditions import ConditionState, Indication, Problem
from cards.model.facts import FactKind
from cards.model.therapy import Drug
from cards.rules.infections.pml import leukoencephalopathy_on_thiopurine
from tests.builders import (
    azathioprine,
    blocked_by,
    case,
    finding,
    is_silent,
    on,
    problem,
    taking,
    unknown,
    why,
)

TAKEN = taking(Drug.AZATHIOPRINE, 100)


def ask(*facts, **fields):
    return leukoencephalopathy_on_thiopurine(case(*facts, **fields))


def test_warns_on_the_drug():
    found = finding(ask(TAKEN, problem(Problem.PML, onset="2026-10-01")))

    assert (found.indicator, found.summary, found.constraints) == (
        Indicator.WARNING,
        "Azathioprine: progressive multifocal leukoencephalopathy (PML) on record; consider less immunosuppression",
        (),
    )
    assert found.why[0] == Fact(
        "Progressive multifocal leukoencephalopathy on the problem list", on("2026-10-01"), "Condition/pml"
    )
    assert found.do == (
        "Consider reducing the immunosuppression in a patient who develops PML, and a consultation with a "
        "neurologist.",
    )


def test_an_order_gets_no_dose():
    found = finding(ask(azathioprine(), problem(Problem.PML)))

    assert found.constraints == (DoseConstraint("MedicationRequest/azathioprine-draft", Bound.STOP),)


def test_the_graft_is_weighed_in_transplantation():
    found = finding(
        ask(taking(Drug.AZATHIOPRINE, 100, for_=Indication.KIDNEY_TRANSPLANT), problem(Problem.PML))
    )

    assert found.do[1] == "In a transplant recipient weigh the risk to the graft."


def test_a_past_or_suspected_one_is_said_to_be_so():
    past = problem(Problem.PML, state=ConditionState.HISTORY, is_confirmed=False)

    assert why(finding(ask(TAKEN, past)))[0] == (
        "Progressive multifocal leukoencephalopathy on the problem list, history of, not confirmed"
    )


@pytest.mark.parametrize("facts", [(), (TAKEN,), (problem(Problem.PML),)])
def test_is_silent_without_both(facts):
    assert is_silent(ask(*facts))


def test_cannot_tell_without_the_problem_list():
    assert blocked_by(ask(TAKEN, known=unknown(FactKind.CONDITIONS))) == (FactKind.CONDITIONS,)
