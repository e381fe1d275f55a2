"""How does a dose compare with the standard start on which CPIC's percentages apply?"""

import pytest

from cards.assessment.standard_start import percent_of_standard
from cards.knowledge.genotype_doses import IndicationClass
from cards.model.labs import Analyte
from tests.builders import KNOWLEDGE, azathioprine, case, mercaptopurine, result, thioguanine, weight

MALIGNANT, NONMALIGNANT = IndicationClass.MALIGNANT, IndicationClass.NONMALIGNANT
HEIGHT = result(Analyte.BODY_HEIGHT, 180)


def percent(order, kind, *facts, **fields):
    asked = case(order, *facts, **fields)
    return percent_of_standard(asked.exposures[0], kind, asked.chart, asked.weight, KNOWLEDGE)


@pytest.mark.parametrize(
    ("order", "kind", "expected"),
    [
        (azathioprine(160), NONMALIGNANT, 100),  # 2 mg/kg/day for 80 kg
        (azathioprine(24), NONMALIGNANT, 15),
        (azathioprine(24.7), NONMALIGNANT, 15),  # 15.4
        (azathioprine(24.8), NONMALIGNANT, 16),  # 15.5: halves go up
        (mercaptopurine(18), NONMALIGNANT, 15),  # 1.5 mg/kg/day
        (mercaptopurine(15), MALIGNANT, 10),  # 75 mg/m2/day for 2.0 m2
        (mercaptopurine(15), None, 13),  # the higher of 12.5 and 10
        (thioguanine(80), MALIGNANT, 100),  # 40 mg/m2/day
    ],
)
def test_the_share_is_in_whole_percent(order, kind, expected):
    assert percent(order, kind, HEIGHT) == expected


def test_without_height_there_is_none_per_square_metre():
    assert percent(mercaptopurine(15), MALIGNANT) is None
    assert percent(mercaptopurine(15), None) is None
    assert percent(mercaptopurine(15), NONMALIGNANT) == 13


@pytest.mark.parametrize(
    ("drug", "kind", "facts"),
    [
        (azathioprine(24), NONMALIGNANT, (weight(80, None),)),
        (mercaptopurine(15), MALIGNANT, (weight(80, None), HEIGHT)),
        (mercaptopurine(15), MALIGNANT, (result(Analyte.BODY_HEIGHT, 180, None),)),
    ],
)
def test_a_measure_without_a_date_shows_no_dose_to_be_small(drug, kind, facts):
    assert percent(drug, kind, *facts) is None


def test_without_dose_weight_or_a_standard_there_is_none():
    assert percent(azathioprine(None), NONMALIGNANT) is None
    assert percent(azathioprine(100), NONMALIGNANT, weight(None)) is None
    assert percent(thioguanine(20), NONMALIGNANT, HEIGHT) is None
