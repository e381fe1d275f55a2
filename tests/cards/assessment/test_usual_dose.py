"""How much of a thiopurine would be usual, where an interaction asks for a fraction of that?"""

import pytest

from cards.assessment.usual_dose import is_usual_dose_dated, usual_dose, usual_dose_facts, usual_dose_source
from cards.model.conditions import Indication
from cards.model.labs import Analyte
from tests.builders import azathioprine, case, mercaptopurine, result, weight

CROHNS, LEUKEMIA = Indication.CROHNS, Indication.LEUKEMIA
HEIGHT = result(Analyte.BODY_HEIGHT, 180)  # 80 kg: 2 m2


def asked(*facts):
    found = case(*facts)
    return found.exposures[0], found


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ((azathioprine(160, for_=CROHNS),), (160, "the ordered dose")),
        ((azathioprine(300, for_=CROHNS),), (200, "the upper end of the usual range, 2.5 mg/kg/day")),
        ((azathioprine(50, for_=CROHNS),), (160, "the standard 2 mg/kg/day")),
        ((azathioprine(50),), (160, "the standard 2 mg/kg/day")),
        ((mercaptopurine(50, for_=LEUKEMIA), HEIGHT), (150, "the reference in leukaemia of 75 mg/m2/day")),
        ((azathioprine(None),), None),
        ((azathioprine(50), weight(None)), None),
    ],
)
def test_the_usual_dose_and_where_it_comes_from(facts, expected):
    assert usual_dose(*asked(*facts)) == expected


def test_only_a_dose_by_the_body_surface_shows_that_surface():
    by_surface, by_weight = asked(mercaptopurine(50, for_=LEUKEMIA), HEIGHT), asked(azathioprine(50), HEIGHT)

    assert [one.text for one in usual_dose_facts(*by_surface)] == [
        "Body surface 2 m2 (computed, Mosteller: height 180 cm and the weight)"
    ]
    assert [one.source.key for one in usual_dose_source(*by_surface)] == ["mosteller-1987"]
    assert usual_dose_facts(*by_weight) == usual_dose_source(*by_weight) == ()


@pytest.mark.parametrize(
    ("facts", "is_dated"),
    [
        ((azathioprine(50),), True),
        ((azathioprine(50), weight(80, None)), False),
        ((mercaptopurine(50, for_=LEUKEMIA), HEIGHT), True),
        ((mercaptopurine(50, for_=LEUKEMIA), HEIGHT, weight(80, None)), False),
        ((mercaptopurine(50, for_=LEUKEMIA), result(Analyte.BODY_HEIGHT, 180, None)), False),
    ],
)
def test_it_is_dated_if_all_that_it_rests_on_is(facts, is_dated):
    assert is_usual_dose_dated(*asked(*facts)) is is_dated
