"""How long ago was the last kidney transplantation?"""

from dataclasses import replace

import pytest

from cards.assessment.transplants import days_since_transplant
from cards.knowledge.default_policy import default_policy
from cards.model.conditions import ConditionState, Problem, ProcedureKind
from tests.builders import chart, days_ago, problem, procedure

KIDNEY, STEM_CELLS = ProcedureKind.KIDNEY_TRANSPLANT, ProcedureKind.STEM_CELL_TRANSPLANT


def ago(days):
    return str(days_ago(days))


def done(days, **fields):
    return procedure(KIDNEY, ago(days), **fields)


def listed(**fields):
    return problem(Problem.KIDNEY_TRANSPLANT, **fields)


def complication(**fields):
    both = frozenset({Problem.KIDNEY_TRANSPLANT, Problem.KIDNEY_GRAFT_COMPLICATION})
    return replace(listed(**fields), problems=both)


@pytest.mark.parametrize(
    ("facts", "days"),
    [
        ((), None),
        ((done(3),), 3),
        ((done(700), done(10)), 10),  # the second graft
        ((done(0),), 0),
        ((done(-1),), None),  # not yet done
        ((done(3, is_planned=True),), None),
        ((procedure(KIDNEY, None),), None),
        ((procedure(STEM_CELLS, ago(3)),), None),
        ((procedure(KIDNEY, "2026-11"),), 23),  # in November: at most since the first day of it
        ((listed(onset=ago(9)),), 9),
        ((listed(onset=ago(900)), listed(onset=ago(9))), 900),  # a rejection of the same graft
        ((listed(onset=ago(9)), done(800)), 800),  # what was done leads
        ((complication(onset=ago(9)),), None),  # a rejection is not the day of the graft
        ((complication(onset=ago(28)),), None),
        ((complication(onset=ago(29)),), 29),  # which was before it
        ((complication(onset=ago(900)), listed(onset=ago(9))), 900),  # it may be of the same graft
        ((complication(onset=ago(3)), listed(onset=ago(9))), 9),
        ((listed(onset=ago(9), state=ConditionState.RESOLVED),), None),
        ((listed(),), None),
        (
            (listed(recorded=ago(28)),),
            None,
        ),  # recorded four weeks ago: it may have been done that day or before
        ((listed(recorded=ago(29)),), 29),  # the first weeks are over
        ((problem(Problem.CROHNS, onset=ago(9)),), None),
    ],
)
def test_the_days_that_may_have_passed(facts, days):
    assert days_since_transplant(chart(*facts), default_policy()) == days
