"""Is the dose of mercaptopurine in leukaemia so far from the reference that it may be a slip?"""

import pytest

from cards.card import Indicator
from cards.finding import DecisionKey, DecisionKind
from cards.model.conditions import Indication, Problem
from cards.model.facts import FactKind
from cards.model.labs import Analyte
from cards.model.therapy import Drug
from cards.rules.ordering.leukaemia_dose import dose_far_from_reference
from tests.builders import (
    azathioprine,
    blocked_by,
    cards,
    case,
    finding,
    is_silent,
    mercaptopurine,
    nudt15,
    ordered,
    problem,
    regimen,
    result,
    taking,
    unknown,
    weight,
    why,
)

WARNING, CRITICAL, INFO = Indicator.WARNING, Indicator.CRITICAL, Indicator.INFO
HEIGHT = result(Analyte.BODY_HEIGHT, 180)  # 80 kg: 2 m2
ALL = problem(Problem.LEUKEMIA, recorded="2026-08-01")


def order(mg):
    return mercaptopurine(mg, for_=Indication.LEUKEMIA)


def ask(*facts, **fields):
    return dose_far_from_reference(case(*facts, **fields))


@pytest.mark.parametrize(
    ("mg", "expected"),
    [
        (15, WARNING),  # 7.5 mg/m2: a tenth
        (15.2, None),  # 7.6
        (50, None),
        (150, None),  # 75
        (225, None),  # 112.5: 1.5 times
        (225.2, WARNING),  # 112.6
        (299.8, WARNING),  # 149.9
        (300, CRITICAL),  # 150: twice
        (1500, CRITICAL),
    ],
)
def test_the_dose_is_judged_against_the_reference(mg, expected):
    outcome = ask(order(mg), HEIGHT)

    if expected is None:
        assert is_silent(outcome)
    else:
        assert finding(outcome).indicator is expected


def test_a_slip_is_said_with_the_surface_and_offers_no_dose():
    found = finding(ask(order(300), HEIGHT))

    assert found.decision == DecisionKey(DecisionKind.DOSE, "MedicationRequest/mercaptopurine-draft")
    assert found.summary == (
        "Mercaptopurine 300 mg/day = 150 mg/m2 (2 m2): at least 2 times the reference of 75 mg/m2 in leukaemia; "
        "likely slip, check the order"
    )
    assert why(found)[-1] == "Body surface 2 m2 (computed, Mosteller: height 180 cm and the weight)"
    assert found.do == (
        "Check the order against the patient's protocol with the oncology team; by phase of treatment "
        "25-75 mg/m2/day is given.",
    )
    assert found.constraints == ()


def test_a_warning_and_a_tenth_are_said():
    assert finding(ask(order(240), HEIGHT)).summary == (
        "Mercaptopurine 240 mg/day = 120 mg/m2 (2 m2): more than 1.5 times the reference of 75 mg/m2 in leukaemia; "
        "check the order"
    )
    assert finding(ask(order(10), HEIGHT)).summary == (
        "Mercaptopurine 10 mg/day = 5 mg/m2 (2 m2): a tenth of the reference of 75 mg/m2 in leukaemia or less; "
        "check the order"
    )


@pytest.mark.parametrize(
    "why_low",
    [nudt15("*3/*3"), taking(Drug.ALLOPURINOL, 100), ordered(Drug.FEBUXOSTAT, 80)],
)
def test_a_tenth_is_right_in_a_poor_metabolizer_and_beside_an_inhibitor(why_low):
    assert is_silent(ask(order(10), HEIGHT, why_low))


def test_a_dose_once_a_week_is_judged_by_its_day():
    weekly = mercaptopurine(regimen=regimen(100, 1 / 7), for_=Indication.LEUKEMIA)  # 700 mg: 350 mg/m2

    assert finding(ask(weekly, HEIGHT)).indicator is CRITICAL


def test_a_dose_being_taken_is_judged_on_a_chart_without_orders():
    assert finding(ask(taking(Drug.MERCAPTOPURINE, 300), ALL, HEIGHT)).indicator is CRITICAL
    assert is_silent(ask(taking(Drug.MERCAPTOPURINE, 300), ALL, HEIGHT, ordered(Drug.METHOTREXATE, 3)))


@pytest.mark.parametrize(
    ("mg", "expected"),
    [
        (200, None),  # 2.5 mg/kg
        (201, INFO),  # 2.51
        (399, INFO),  # 4.99
        (400, CRITICAL),  # 5: twice the upper end of the start
    ],
)
def test_without_a_height_the_start_per_kg_is_told(mg, expected):
    outcome = ask(order(mg))

    if expected is None:
        assert is_silent(outcome)
    else:
        assert finding(outcome).indicator is expected


@pytest.mark.parametrize(("mg", "speaks"), [(399, False), (400, True)])
def test_of_a_dose_being_taken_without_a_height_only_a_slip_is_told(mg, speaks):
    assert is_silent(ask(taking(Drug.MERCAPTOPURINE, mg), ALL)) is not speaks


def test_a_dose_being_taken_without_a_weight_is_not_asked_about():
    assert is_silent(ask(taking(Drug.MERCAPTOPURINE, 65), ALL, weight(900)))


def test_what_is_said_without_a_height():
    assert finding(ask(order(240))).summary == (
        "Mercaptopurine 240 mg/day (3 mg/kg) in leukaemia: the usual start is 1.5-2.5 mg/kg/day; "
        "no height on record, mg/m2 not checked"
    )
    assert finding(ask(order(400))).summary == (
        "Mercaptopurine 400 mg/day (5 mg/kg) in leukaemia: the usual start is 1.5-2.5 mg/kg/day; "
        "likely slip, check the order"
    )


def test_a_weight_without_a_date_shows_no_dose_to_be_low_enough():
    undated = weight(80, None)

    assert (
        finding(ask(order(65), HEIGHT, undated)).summary
        == "Mercaptopurine: the weight has no date, weigh again"
    )
    assert "likely slip" in finding(ask(order(300), HEIGHT, undated)).summary
    assert is_silent(ask(taking(Drug.MERCAPTOPURINE, 65, for_=Indication.LEUKEMIA), HEIGHT, undated))


def test_without_a_weight_nothing_is_checked_and_it_is_said():
    found = finding(ask(order(65), HEIGHT, weight(900)))

    assert found.indicator is WARNING
    assert found.summary == "Mercaptopurine: no usable weight on record, mg/m2 not checked"


def test_a_weight_that_was_not_sent_is_missed():
    asked = {"without": (Analyte.BODY_WEIGHT,), "known": unknown(FactKind.VITALS)}

    assert blocked_by(ask(order(65), **asked)) == (FactKind.VITALS,)


@pytest.mark.parametrize(
    "facts",
    [
        (mercaptopurine(300), HEIGHT),  # not known to be for leukaemia
        (azathioprine(300, for_=Indication.LEUKEMIA), HEIGHT),
        (order(None), HEIGHT),
        (ALL, HEIGHT),
    ],
)
def test_is_silent_outside_leukaemia_and_without_a_dose(facts):
    assert is_silent(ask(*facts))


def test_no_card_of_an_order_in_leukaemia_offers_another_dose():
    shown = cards(order(165), HEIGHT, ALL)  # 82.5 mg/m2, 2.06 mg/kg

    assert [
        suggestion.label for card in shown for suggestion in card.suggestions if "Change" in suggestion.label
    ] == []
    assert not any("ceiling" in card.summary for card in shown)
