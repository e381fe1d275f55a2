"""Live vaccines and immunosuppression (clinical-rules.md, G01 and section 5)."""

import pytest

from cards.knowledge.sources import Grade
from cards.model.therapy import Drug
from tests.builders import KNOWLEDGE


@pytest.mark.parametrize(("drug", "limit"), [(Drug.AZATHIOPRINE, 3.0), (Drug.MERCAPTOPURINE, 1.5)])
def test_acips_low_level_is_per_day(drug, limit):
    assert KNOWLEDGE.live_vaccines.low_level_mg_per_kg(drug).value == limit


def test_acip_names_no_level_for_thioguanine():
    assert KNOWLEDGE.live_vaccines.low_level_mg_per_kg(Drug.THIOGUANINE) is None


def test_a_start_waits_four_weeks():
    days, citation = KNOWLEDGE.live_vaccines.days_before_starting()

    assert (days, citation.grade) == (28, Grade.SECONDARY)


def test_the_contraindication_has_its_source():
    assert KNOWLEDGE.live_vaccines.contraindicated().source.key == "rxreasoner"


@pytest.mark.parametrize(
    ("drug", "source", "grade"),
    [
        (Drug.AZATHIOPRINE, "smpc-imuran-precautions", Grade.REGULATOR),
        (Drug.MERCAPTOPURINE, "project", Grade.PROJECT),
        (Drug.THIOGUANINE, "smpc-lanvis-precautions", Grade.REGULATOR),
    ],
)
def test_after_the_end_each_thiopurine_waits_three_months(drug, source, grade):
    months, citation = KNOWLEDGE.live_vaccines.months_after_the_end(drug)

    assert (months, citation.source.key, citation.grade) == (3, source, grade)


def test_how_long_a_hold_warns_is_a_choice():
    assert KNOWLEDGE.live_vaccines.hold_in_the_background_days() == 90
