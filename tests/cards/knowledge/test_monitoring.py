"""Limits of blood counts (clinical-rules.md, section 4)."""

import pytest

from cards.knowledge.monitoring import Tier
from cards.model.labs import Analyte
from tests.builders import KNOWLEDGE


@pytest.mark.parametrize(
    ("tier", "expected"),
    [
        (Tier.STOP, [(Analyte.WBC, 3.0), (Analyte.ANC, 1.0), (Analyte.PLATELETS, 100)]),
        (Tier.WITHHOLD, [(Analyte.WBC, 3.5), (Analyte.ANC, 1.6), (Analyte.PLATELETS, 140)]),
    ],
)
def test_the_limits_are_those_of_the_reference(tier, expected):
    assert [(limit.analyte, limit.below) for limit in KNOWLEDGE.monitoring.count_limits(tier)] == expected


@pytest.mark.parametrize("tier", Tier)
def test_every_limit_has_its_unit_and_tier(tier):
    assert {(limit.unit, limit.tier) for limit in KNOWLEDGE.monitoring.count_limits(tier)} == {
        ("10*9/L", tier)
    }


def test_stopping_is_below_withholding():
    withhold = {limit.analyte: limit.below for limit in KNOWLEDGE.monitoring.count_limits(Tier.WITHHOLD)}

    assert all(
        limit.below < withhold[limit.analyte] for limit in KNOWLEDGE.monitoring.count_limits(Tier.STOP)
    )
