"""Live vaccines and immunosuppression (clinical-rules.md, G01 and section 5)."""

import pytest

from cards.knowledge.live_vaccines import contraindicated, days_before_starting, low_level_mg_per_kg
from cards.knowledge.sources import Grade
from cards.model.therapy import Drug


@pytest.mark.parametrize(("drug", "limit"), [(Drug.AZATHIOPRINE, 3.0), (Drug.MERCAPTOPURINE, 1.5)])
def test_acips_low_level_is_per_day(drug, limit):
    assert low_level_mg_per_kg(drug).value == limit


def test_acip_names_no_level_for_thioguanine():
    assert low_level_mg_per_kg(Drug.THIOGUANINE) is None


def test_a_start_waits_four_weeks():
    days, citation = days_before_starting()

    assert (days, citation.grade) == (28, Grade.SECONDARY)


def test_the_contraindication_has_its_source():
    assert contraindicated().source.key == "rxreasoner"
