"""Which lines name a dose that the rest of the answer does not allow?"""

import pytest

from cards.card import Indicator
from cards.composer.dose_lines import within
from cards.finding import Bound, DoseConstraint, DoseLine, Finding, Reasons

ORDER = "MedicationRequest/1"


def limit(bound, high=None, *, is_binding=True, order=ORDER):
    return DoseConstraint(order, bound, None, high, is_binding)


def shown(line, *constraints):
    finding = Finding(
        "plan:1",
        Indicator.INFO,
        "a plan",
        (),
        ("before", line.text, "after"),
        (),
        Reasons.PLAN,
        dose_lines=(line,),
    )
    return within(finding, constraints).do[1:-1]


RANGE = DoseLine("Usual range: 120-200 mg/day.", ORDER, 200.0)
START = DoseLine("Usual start: 80 mg/day.", ORDER, 80.0, is_start=True)
STEP = DoseLine("Step: 40 mg/day.", ORDER, None, is_increase=True)
UNWEIGHED = DoseLine("Ceiling: 2.5 mg/kg/day.", ORDER, None)


@pytest.mark.parametrize(
    ("line", "constraint", "is_shown"),
    [
        (RANGE, limit(Bound.GENOTYPE, 128), False),
        (RANGE, limit(Bound.GENOTYPE, 128, is_binding=False), False),
        (RANGE, limit(Bound.CEILING, 200), True),
        (RANGE, limit(Bound.CEILING, 199.6), True),  # prints as 200
        (RANGE, limit(Bound.CEILING, 199.4), False),
        (RANGE, limit(Bound.RENAL, 80), False),
        (RANGE, limit(Bound.RENAL), False),  # a lower dose, and no number
        (RANGE, limit(Bound.STOP), False),
        (RANGE, limit(Bound.WAIT), True),
        (RANGE, limit(Bound.START, 80), True),  # a limit of today's step says nothing of later doses
        (RANGE, limit(Bound.START, 50, is_binding=False), True),
        (RANGE, limit(Bound.GENOTYPE, 128, order="MedicationRequest/2"), True),
        (START, limit(Bound.START, 80), True),
        (START, limit(Bound.START, 79), False),
        (START, limit(Bound.START, 79, is_binding=False), True),
        (START, limit(Bound.XANTHINE_OXIDASE, 53), False),
        (UNWEIGHED, limit(Bound.CEILING, 500), False),
        (STEP, limit(Bound.CEILING, 200), True),
        (STEP, limit(Bound.XANTHINE_OXIDASE, 53), False),  # do not titrate up
        (STEP, limit(Bound.RENAL), False),
    ],
)
def test_a_dose_is_named_only_where_every_other_finding_leaves_room_for_it(line, constraint, is_shown):
    assert shown(line, constraint) == ((line.text,) if is_shown else ())


def test_a_line_may_have_another_form_without_the_dose():
    line = DoseLine("standard start 160 mg/day", ORDER, 160.0, otherwise="no reduction for the genes")

    assert shown(line, limit(Bound.RENAL, 80)) == ("no reduction for the genes",)
    assert shown(line) == ("standard start 160 mg/day",)
