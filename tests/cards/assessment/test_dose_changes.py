"""When, and from what, was the dose changed to the one taken now?"""

import pytest

from cards.assessment.courses import course_of
from cards.assessment.dose_changes import last_dose_change
from cards.knowledge.default_policy import default_policy
from cards.model.therapy import Drug, TherapyState
from tests.builders import chart, on, taking

AZA = Drug.AZATHIOPRINE


def change(*records):
    return last_dose_change(course_of(chart(*records), AZA, default_policy()))


def dose(mg, since, **fields):
    return taking(AZA, mg, since, ref=f"MedicationRequest/{since}", **fields)


def test_an_increase():
    found = change(dose(100, "2026-03-01"), dose(150, "2026-10-01"), dose(150, "2026-11-01"))

    assert (found.on, found.before_mg, found.after_mg) == (on("2026-10-01"), 100, 150)
    assert found.before.record_ref == "MedicationRequest/2026-03-01"
    assert found.is_increase


def test_a_cut():
    found = change(dose(150, "2026-03-01"), dose(100, "2026-10-01"))

    assert (found.before_mg, found.after_mg, found.is_increase) == (150, 100, False)


@pytest.mark.parametrize(
    "records",
    [
        (dose(100, "2026-03-01"), dose(100, "2026-10-01")),  # the same dose
        (dose(100, "2026-03-01"),),  # nothing before
        (dose(None, "2026-03-01"),),  # a dose that cannot be read
        (dose(None, "2026-03-01"), dose(100, "2026-10-01")),
        (taking(AZA, 100, since=None),),  # no date
        (
            dose(150, "2024-03-01", state=TherapyState.PAST, ended_on=on("2024-06-01")),
            dose(100, "2026-10-01"),
        ),  # another stretch of therapy
    ],
)
def test_no_change(records):
    assert change(*records) is None
