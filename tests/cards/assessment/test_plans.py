"""Is a drug planned?"""

import pytest

from cards.assessment.plans import plan_of, plan_words
from cards.model.therapy import Drug, OrderIntent, TherapyState
from tests.builders import azathioprine, case, days_ago, on, taking

AZA = Drug.AZATHIOPRINE


def planned(ref="MedicationRequest/plan", **fields):
    return taking(AZA, 100, None, state=TherapyState.PLANNED, ref=ref, **fields)


def test_the_earliest_plan_counts_and_one_without_a_day_last():
    later, undated = planned(planned_for=on("2026-12-24")), planned("MedicationRequest/undated")
    first = planned("MedicationRequest/first", planned_for=on("2026-12-05"))

    assert plan_of(AZA, case(undated, later, first)) == first
    assert (plan_words(first), plan_words(undated)) == ("planned for 2026-12-05", "planned, no day stated")


@pytest.mark.parametrize(
    "facts",
    [
        (),
        (taking(AZA, 100),),
        (planned(ended_on=days_ago(1)),),  # has run out
        (planned(), azathioprine(ref="MedicationRequest/plan")),  # signed here
        (planned(), azathioprine(intent=OrderIntent.END)),
    ],
)
def test_nothing_is_planned(facts):
    assert plan_of(AZA, case(*facts)) is None
