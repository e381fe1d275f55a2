"""Is the dose of thioguanine per square metre above the highest that its label names?"""

import pytest

from cards.card import Indicator
from cards.model.conditions import Indication
from cards.model.facts import FactKind
from cards.model.labs import Analyte
from cards.model.therapy import Drug
from cards.rules.ordering.thioguanine_dose import thioguanine_above_its_label
from tests.builders import (
    azathioprine,
    blocked_by,
    case,
    finding,
    is_silent,
    regimen,
    result,
    taking,
    thioguanine,
    unknown,
    why,
)

AML, CROHNS = Indication.ACUTE_MYELOID_LEUKEMIA, Indication.CROHNS
HEIGHT = result(Analyte.BODY_HEIGHT, 180)  # 80 kg: 2 m2
NO_WEIGHT = {"without": (Analyte.BODY_WEIGHT,)}


def ask(*facts, **fields):
    return thioguanine_above_its_label(case(*facts, **fields))


@pytest.mark.parametrize("for_", [AML, CROHNS, ()])
@pytest.mark.parametrize(
    ("mg", "indicator"),
    [
        (160, None),
        (400, None),  # 200 mg/m2
        (400.2, Indicator.WARNING),  # 200.1
        (799.8, Indicator.WARNING),  # 399.9
        (800, Indicator.CRITICAL),  # 400: twice
    ],
)
def test_the_dose_is_judged_by_its_label_whatever_it_is_for(mg, indicator, for_):
    outcome = ask(thioguanine(mg, for_=for_), HEIGHT)

    assert is_silent(outcome) if indicator is None else finding(outcome).indicator is indicator


def test_a_slip_is_said_with_the_surface_and_the_team():
    found = finding(ask(thioguanine(800, for_=AML), HEIGHT))

    assert found.summary == (
        "Thioguanine 800 mg/day = 400 mg/m2 (2 m2): above 200 mg/m2/day; likely slip, check the order"
    )
    assert why(found)[-1].startswith("Body surface 2 m2")
    assert found.do == (
        "The label names up to 200 mg/m2/day, in short cycles before maintenance: check the order against "
        "the protocol with the oncology team.",
    )
    assert found.constraints == ()


def test_a_dose_on_the_chart_is_judged_without_an_order_and_not_beside_one():
    taken = taking(Drug.THIOGUANINE, 800, for_=AML)

    assert finding(ask(taken, HEIGHT)).indicator is Indicator.CRITICAL
    assert is_silent(ask(taken, HEIGHT, azathioprine(100, for_=CROHNS)))


def test_an_order_without_a_height_is_told_and_a_therapy_is_not():
    found = finding(ask(thioguanine(40, for_=AML)))

    assert (found.indicator, found.leads) == (Indicator.INFO, False)
    assert found.summary == "Thioguanine 40 mg/day (0.5 mg/kg): no height on record, mg/m2 not checked"
    assert is_silent(ask(taking(Drug.THIOGUANINE, 40, for_=AML)))


def test_without_a_weight_nothing_is_compared():
    order = thioguanine(40, for_=AML)

    assert is_silent(ask(order, HEIGHT, **NO_WEIGHT))
    assert blocked_by(ask(order, known=unknown(FactKind.VITALS), **NO_WEIGHT)) == (FactKind.VITALS,)


@pytest.mark.parametrize("facts", [(), (azathioprine(4000),), (thioguanine(None),)])
def test_other_drugs_and_doses_that_cannot_be_read_are_silent(facts):
    assert is_silent(ask(*facts, HEIGHT))


def test_the_largest_day_counts():
    order = thioguanine(None, regimen=regimen(100, largest_mg_of_a_day=800.0), for_=AML)

    assert finding(ask(order, HEIGHT)).indicator is Indicator.CRITICAL
