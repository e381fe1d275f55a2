"""Is a later step or a single day above the ceiling, and is the order meant to be taken daily?"""

from datetime import date

import pytest

from cards.card import Indicator
from cards.finding import DecisionKey, DecisionKind, Fact
from cards.model.conditions import Indication
from cards.model.facts import FactKind
from cards.model.genes import Phenotype
from cards.model.labs import Analyte
from cards.model.therapy import DoseStep, Drug
from cards.rules.ordering.dose_over_time import dose_over_time
from tests.builders import (
    azathioprine,
    blocked_by,
    case,
    finding,
    findings,
    is_silent,
    mercaptopurine,
    nudt15,
    on,
    ordered,
    regimen,
    taking,
    thioguanine,
    tpmt,
    unknown,
)

AZA = Drug.AZATHIOPRINE
CRITICAL, WARNING = Indicator.CRITICAL, Indicator.WARNING
CROHNS, TRANSPLANT = Indication.CROHNS, Indication.KIDNEY_TRANSPLANT
DRAFT = "MedicationRequest/azathioprine-draft"


def ask(*facts, **fields):
    return dose_over_time(case(*facts, **fields))


def stepped(mg, then, for_=CROHNS):
    step = DoseStep(date(2026, 12, 8), then, then, f"{then:g} mg, once a day")
    return azathioprine(mg, regimen=regimen(mg, steps=(step,)), for_=for_)


def on_days(days, largest, **fields):
    mean = largest * days / 7
    dose = regimen(mean, largest_mg_of_a_day=float(largest), days_a_week=float(days))
    return azathioprine(mean, regimen=dose, for_=fields.pop("for_", CROHNS), **fields)


# --- a later step


def test_a_later_step_above_the_ceiling_is_told_with_its_day():
    found = finding(ask(stepped(50, 300)))

    assert (found.decision, found.indicator) == (DecisionKey(DecisionKind.DOSE, DRAFT), WARNING)
    assert found.summary == (
        "Azathioprine 300 mg from 2026-12-08 (3.8 mg/kg): above the ceiling of 2.5 mg/kg/day for Crohn's disease; "
        "check or reduce"
    )
    assert found.why == (
        Fact("Later step from 2026-12-08: 300 mg, once a day"),
        Fact("Azathioprine 50 mg/day (0.6 mg/kg) ordered: 50 mg x 1", None, DRAFT),
        Fact("Weight 80 kg", on("2026-10-25"), "Observation/body_weight-2026-10-25"),
    )
    assert (found.constraints, found.proposals) == ((), ())


@pytest.mark.parametrize(
    ("then", "indicator"),
    [
        (203, None),  # 2.54 mg/kg prints as 2.5
        (204, WARNING),
        (395, WARNING),  # 4.9
        (396, CRITICAL),  # 4.95 prints as 5.0: twice
    ],
)
def test_a_step_is_judged_like_an_order(then, indicator):
    outcome = ask(stepped(50, then))

    assert is_silent(outcome) if indicator is None else finding(outcome).indicator is indicator


def test_a_later_step_is_judged_by_the_ceiling_that_lasts():
    assert is_silent(ask(azathioprine(300, for_=TRANSPLANT)))  # the first days: up to 5 mg/kg
    assert finding(ask(stepped(300, 300, TRANSPLANT))).summary.startswith(
        "Azathioprine 300 mg from 2026-12-08"
    )


def test_of_several_steps_the_highest_speaks():
    steps = tuple(
        DoseStep(date(2026, 12, day), mg, mg, f"{mg:g} mg") for day, mg in ((1, 250), (8, 300), (15, 210))
    )

    found = finding(ask(azathioprine(50, regimen=regimen(50, steps=steps), for_=CROHNS)))

    assert found.summary.startswith("Azathioprine 300 mg from 2026-12-08")


# --- one day


def test_one_dose_of_a_week_is_judged_as_a_day():
    found = findings(ask(on_days(1, 700)))

    assert [(one.indicator, one.summary) for one in found] == [
        (
            CRITICAL,
            "Azathioprine 700 mg on one day (8.8 mg/kg): above the ceiling of 2.5 mg/kg/day for Crohn's disease; "
            "likely slip, check the order",
        ),
        (WARNING, "Azathioprine 700 mg once a week (mean 100 mg/day): is daily meant? Check the order"),
    ]
    assert found[0].why[0] == Fact("Taken once a week, that much on one day")


def test_unequal_days_are_judged_too():
    dose = regimen(150, largest_mg_of_a_day=250.0)

    assert finding(ask(azathioprine(150, regimen=dose, for_=CROHNS))).why[0] == Fact(
        "Taken in unequal doses, that much on one day"
    )


@pytest.mark.parametrize(("largest", "indicator"), [(203, None), (204, WARNING)])
def test_a_day_at_the_ceiling_is_silent(largest, indicator):
    dose = regimen(100, largest_mg_of_a_day=float(largest))
    outcome = ask(azathioprine(100, regimen=dose, for_=CROHNS))

    assert is_silent(outcome) if indicator is None else finding(outcome).indicator is indicator


# --- is daily meant?


@pytest.mark.parametrize(
    ("days", "words"), [(1, "once a week"), (3, "on 3 days a week"), (5, "on 5 days a week")]
)
def test_days_without_a_dose_are_asked_about(days, words):
    found = finding(ask(on_days(days, 70)))

    assert found.indicator is WARNING
    assert f"70 mg {words} (mean " in found.summary
    assert found.do == (
        "Azathioprine is usually taken daily. If fewer days are meant, say on the order why; a poor metabolizer "
        "takes it on 3 days a week.",
    )


def test_alternate_days_within_the_ceiling_are_silent():
    assert is_silent(ask(on_days(3.5, 200)))  # 2.5 mg/kg on its days


def test_alternate_days_above_the_ceiling_are_asked_about_as_well():
    assert [one.summary.partition(" (")[0] for one in findings(ask(on_days(3.5, 240)))] == [
        "Azathioprine 240 mg on one day",
        "Azathioprine 240 mg every other day",
    ]


@pytest.mark.parametrize(
    ("days", "genes", "silent"),
    [
        (3, (tpmt("*3A/*3A"),), True),
        (3, (nudt15(Phenotype.POOR),), True),
        (2, (tpmt("*3A/*3A"),), False),
        (3, (tpmt("*1/*3A"),), False),
    ],
)
def test_three_days_a_week_are_for_poor_metabolizers(days, genes, silent):
    assert is_silent(ask(on_days(days, 50), *genes)) is silent


@pytest.mark.parametrize(("before", "silent"), [(3.0, True), (None, False), (5.0, False)])
def test_a_renewal_on_the_same_days_is_silent(before, silent):
    taken = taking(AZA, None, regimen=regimen(30, days_a_week=before))

    assert is_silent(ask(on_days(3, 70), taken)) is silent


def test_an_increase_on_the_same_days_is_asked_about():
    assert not is_silent(ask(on_days(3, 140), taking(AZA, None, regimen=regimen(30, days_a_week=3.0))))


def test_a_rhythm_without_a_largest_day_shows_its_mean():
    dose = regimen(50, days_a_week=5.0)

    assert finding(ask(azathioprine(50, regimen=dose, for_=CROHNS))).summary == (
        "Azathioprine 50 mg on 5 days a week (mean 50 mg/day): is daily meant? Check the order"
    )


# --- silence


def test_is_silent_about_plain_orders_and_without_one():
    assert is_silent(ask(azathioprine(1000, for_=CROHNS)))  # the mean is another rule's question
    assert is_silent(ask(azathioprine(None), mercaptopurine(50), thioguanine(40)))
    assert is_silent(ask(taking(AZA, 1000)))


def test_a_missing_weight_is_told_only_where_days_differ():
    known = {"known": unknown(FactKind.VITALS), "without": (Analyte.BODY_WEIGHT,)}

    assert blocked_by(ask(stepped(50, 300), **known)) == (FactKind.VITALS,)
    assert is_silent(ask(azathioprine(50), **known))
    assert is_silent(ask(stepped(50, 300), without=(Analyte.BODY_WEIGHT,)))


def test_leukaemia_has_no_ceiling_per_kilogram():
    dose = regimen(100, largest_mg_of_a_day=500.0)

    assert is_silent(ask(ordered(Drug.MERCAPTOPURINE, regimen=dose, for_=Indication.LEUKEMIA)))


# --- an order that cannot be read beside one that can


UNREADABLE = azathioprine(None, dose_problem="as directed", ref="MedicationRequest/2")


def test_an_order_above_the_ceiling_is_told_although_another_one_cannot_be_read():
    found = finding(ask(azathioprine(500, for_=CROHNS), UNREADABLE))

    assert found.indicator is CRITICAL
    assert found.summary == (
        "Azathioprine, at least 500 mg/day (6.3 mg/kg): above the ceiling of 2.5 mg/kg/day for Crohn's disease; "
        "likely slip, check the order"
    )
    assert Fact("Another order of it has no readable dose: as directed") in found.why
    assert found.constraints == ()


def test_a_later_step_is_told_although_another_order_cannot_be_read():
    assert "300 mg" in finding(ask(stepped(50, 300), UNREADABLE)).summary


@pytest.mark.parametrize("facts", [(azathioprine(100, for_=CROHNS), UNREADABLE), (UNREADABLE,)])
def test_is_silent_where_what_can_be_read_is_within_the_ceiling(facts):
    assert is_silent(ask(*facts))
