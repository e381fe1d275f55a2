"""Limits of blood counts (clinical-rules.md, section 4; primary-sources.md, 1.32)."""

import pytest

from cards.knowledge.monitoring import Tier
from cards.model.labs import Analyte
from cards.model.protocol import Group, Protocol
from tests.builders import KNOWLEDGE

WBC, ANC, PLATELETS = Analyte.WBC, Analyte.ANC, Analyte.PLATELETS


def limits(tier, group):
    return KNOWLEDGE.monitoring.count_limits(tier, Protocol(group))


@pytest.mark.parametrize(
    ("group", "tier", "expected"),
    [
        (Group.IMMUNE, Tier.STOP, [(WBC, 3.0), (ANC, 1.0), (PLATELETS, 100)]),
        (Group.IMMUNE, Tier.WITHHOLD, [(WBC, 3.5), (ANC, 1.6), (PLATELETS, 140)]),
        (Group.TRANSPLANT, Tier.STOP, [(WBC, 3.0), (ANC, 1.0), (PLATELETS, 100)]),
        (Group.TRANSPLANT, Tier.WITHHOLD, [(WBC, 4.0), (ANC, 1.6), (PLATELETS, 140)]),
        (Group.LEUKAEMIA, Tier.STOP, []),  # its limits are a table of their own
        (Group.LEUKAEMIA, Tier.WITHHOLD, []),
    ],
)
def test_the_limits_are_those_of_the_reference(group, tier, expected):
    assert [(limit.analyte, limit.below) for limit in limits(tier, group)] == expected


@pytest.mark.parametrize(("group", "source"), [(Group.IMMUNE, "dermacompass"), (Group.TRANSPLANT, "edren")])
def test_the_transplant_handbook_speaks_of_transplantation_alone(group, source):
    assert limits(Tier.STOP, group)[0].citation.source.key == source


@pytest.mark.parametrize("group", [Group.IMMUNE, Group.TRANSPLANT])
@pytest.mark.parametrize("tier", Tier)
def test_every_limit_has_its_unit_and_tier(tier, group):
    assert {(limit.unit, limit.tier) for limit in limits(tier, group)} == {("10*9/L", tier)}


@pytest.mark.parametrize("group", [Group.IMMUNE, Group.TRANSPLANT])
def test_stopping_is_below_withholding(group):
    withhold = {limit.analyte: limit.below for limit in limits(Tier.WITHHOLD, group)}

    assert all(limit.below < withhold[limit.analyte] for limit in limits(Tier.STOP, group))
