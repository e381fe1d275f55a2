"""Which transaminases are so high that hepatitis B must be thought of?"""

import pytest

from cards.assessment.transaminases import raised_transaminases
from cards.knowledge.default_policy import default_policy
from cards.knowledge.hepatitis_b import AltMeasure
from cards.model.labs import Analyte
from cards.model.therapy import Drug
from tests.builders import KNOWLEDGE, chart, result, taking

ON_DRUG = taking(Drug.AZATHIOPRINE, 100, "2026-01-01")


def alt(value, taken="2026-11-20", high=40.0, **fields):
    return result(Analyte.ALT, value, taken, reference_high=high, **fields)


def raised(*facts):
    return [one.value for one in raised_transaminases(chart(ON_DRUG, *facts), default_policy(), KNOWLEDGE)]


@pytest.mark.parametrize(
    ("facts", "speaks"),
    [
        ((alt(80),), False),  # 2 x 40
        ((alt(80.1),), True),
        ((alt(101, high=None),), True),  # the sources' own limit
        ((alt(100, high=None),), False),
        ((alt(48, "2025-12-01"), alt(90)), True),
        ((alt(25, "2025-12-01"), alt(50)), False),  # 2 x 25
        ((alt(25, "2025-12-01"), alt(50.1)), True),
        ((alt(15, "2025-12-01"), alt(40)), False),  # within the laboratory's range
        ((alt(15, "2025-12-01"), alt(40.1)), True),
        ((alt(15, "2025-12-01", comparator=">"), alt(40.1)), False),  # before it anything above 15
        ((alt(90, "2025-12-01"), alt(90)), True),  # as high before: the hepatitis may be active
        ((alt(300, "2026-08-01"),), False),  # 115 days ago
        ((alt(200, comparator="<"),), False),
    ],
)
def test_above_twice_the_upper_limit_or_twice_the_value_before(facts, speaks):
    assert bool(raised(*facts)) is speaks


def test_alt_and_ast_are_both_told():
    assert raised(alt(90), result(Analyte.AST, 95, reference_high=40)) == [90, 95]


def test_the_table():
    assert {measure: KNOWLEDGE.hepatitis_b.alt_times(measure) for measure in AltMeasure} == {
        AltMeasure.TIMES_UPPER: 2,
        AltMeasure.TIMES_BEFORE: 2,
    }
