"""Dose per square metre."""

from datetime import date

import pytest

from cards.assessment.surface_dose import (
    SurfaceDose,
    highest_day_mg,
    span_by_surface,
    surface_dose,
    surface_facts,
)
from cards.finding import Fact
from cards.model.labs import Analyte
from cards.model.therapy import DoseStep
from tests.builders import KNOWLEDGE, case, mercaptopurine, on, regimen, result, weight

HEIGHT = result(Analyte.BODY_HEIGHT, 122)
SMALL = weight(23)


def dose(*facts):
    asked = case(*facts, born_on=on("2019-03-15"))
    return surface_dose(asked.exposures[0], asked.chart, asked.weight, KNOWLEDGE.formulas)


def test_the_dose_is_divided_by_the_surface():
    found = dose(mercaptopurine(65), SMALL, HEIGHT)  # sqrt(122 x 23 / 3600) = 0.88

    assert found == SurfaceDose(65, 0.88)
    assert found.words == "65 mg/day = 73.9 mg/m2 (0.88 m2)"


@pytest.mark.parametrize(
    "facts",
    [
        (mercaptopurine(65), SMALL),
        (mercaptopurine(None), SMALL, HEIGHT),
        (mercaptopurine(65), weight(900), HEIGHT),
    ],
)
def test_nothing_without_dose_weight_or_height(facts):
    assert dose(*facts) is None


def test_the_day_with_the_most_counts():
    weekly = mercaptopurine(regimen=regimen(65, 1 / 7))

    assert round(highest_day_mg(case(weekly).exposures[0])) == 455
    assert dose(weekly, SMALL, HEIGHT).words.startswith("455 mg in one day")
    assert highest_day_mg(case(mercaptopurine(regimen=regimen(65, 2))).exposures[0]) == 65
    assert highest_day_mg(case(mercaptopurine(regimen=regimen(50, 0.5, mg_per_dose=None))).exposures[0]) == 50


def test_the_surface_is_said_to_be_computed():
    asked = case(SMALL, HEIGHT, born_on=on("2019-03-15"))

    assert surface_facts(asked.chart, asked.weight, KNOWLEDGE.formulas) == (
        Fact(
            "Body surface 0.88 m2 (computed, Mosteller: height 122 cm and the weight)",
            HEIGHT.taken_on,
            HEIGHT.record_ref,
        ),
    )
    assert surface_facts(case(SMALL).chart, asked.weight, KNOWLEDGE.formulas) == ()


def test_a_range_is_said_in_mg_for_a_known_surface():
    asked = case(SMALL, HEIGHT, born_on=on("2019-03-15"))

    # 22.5 x 0.88 = 19.8, 60 x 0.88 = 52.8
    assert span_by_surface(22.5, 60, asked.chart, asked.weight, KNOWLEDGE.formulas) == (
        "22.5-60 mg/m2/day = 20-53 mg/day for 0.88 m2"
    )
    assert span_by_surface(22.5, 60, asked.chart, None, KNOWLEDGE.formulas) == "22.5-60 mg/m2/day"


@pytest.mark.parametrize("value", [None, 0])
def test_a_newer_height_without_a_number_does_not_hide_the_one_before(value):
    empty = result(Analyte.BODY_HEIGHT, value, "2026-11-25")

    assert dose(mercaptopurine(65), SMALL, HEIGHT, empty) == SurfaceDose(65, 0.88)


def test_a_height_of_a_day_to_come_is_not_used():
    assert dose(
        mercaptopurine(65), SMALL, HEIGHT, result(Analyte.BODY_HEIGHT, 180, "2027-01-05")
    ) == SurfaceDose(65, 0.88)


def test_the_largest_day_of_a_later_step_counts():
    later = DoseStep(date(2026, 12, 15), 75.0, 150.0, "150 mg every other day")
    order = mercaptopurine(50, regimen=regimen(50, largest_mg_of_a_day=75.0, steps=(later,)))

    assert highest_day_mg(case(order).exposures[0]) == 150.0
