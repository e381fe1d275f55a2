"""Has a creatinine risen within days, as in acute injury?"""

import pytest

from cards.assessment.creatinine_rise import creatinine_rise
from cards.model.labs import Analyte
from tests.builders import KNOWLEDGE, chart, result


def creatinine(value, taken="2026-11-20", **fields):
    return result(Analyte.CREATININE, value, taken, unit="mg/dL", **fields)


@pytest.mark.parametrize(
    ("before", "value", "rises"),
    [
        (creatinine(1.0, "2026-11-13"), 1.5, True),  # 1.5 times within 7 days
        (creatinine(1.0, "2026-11-13"), 1.49, False),
        (creatinine(1.0, "2026-11-12"), 1.5, False),  # 8 days
        (creatinine(1.0, "2026-11-18"), 1.3, True),  # 0.3 within 2 days
        (creatinine(1.0, "2026-11-18"), 1.29, False),
        (creatinine(1.0, "2026-11-17"), 1.3, False),  # 3 days
        (creatinine(1.0, None), 1.5, False),
        (creatinine(1.0, "2026-11"), 1.5, False),
        (creatinine(1.0, "2026-11-18", comparator=">"), 1.5, False),
        (creatinine(1.0, "2026-11-18", comparator="<"), 1.5, True),
    ],
)
def test_a_rise_within_days(before, value, rises):
    now = creatinine(value)
    found = creatinine_rise(now, chart(before, now), KNOWLEDGE.formulas)

    assert (found is not None) is rises


def test_the_lowest_of_the_days_is_compared():
    now, low = creatinine(1.6), creatinine(1.0, "2026-11-15")

    assert (
        creatinine_rise(
            now,
            chart(creatinine(1.4, "2026-11-14"), low, creatinine(1.5, "2026-11-19"), now),
            KNOWLEDGE.formulas,
        ).lowest
        == low
    )


def test_a_bound_from_above_is_no_rise():
    now = creatinine(3.0, comparator="<")

    assert creatinine_rise(now, chart(creatinine(1.0, "2026-11-19"), now), KNOWLEDGE.formulas) is None
    assert (
        creatinine_rise(creatinine(3.0, None), chart(creatinine(1.0, "2026-11-19")), KNOWLEDGE.formulas)
        is None
    )
