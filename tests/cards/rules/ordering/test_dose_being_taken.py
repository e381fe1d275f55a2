"""Is the dose that is being taken above the ceiling?"""

import pytest

from cards.card import Indicator
from cards.finding import DecisionKey, DecisionKind, Fact, Finding, Reasons
from cards.knowledge.indication_doses import DoseStatementKind
from cards.model.conditions import Indication, ProcedureKind
from cards.model.facts import FactKind
from cards.model.labs import Analyte
from cards.model.protocol import Group, Protocol
from cards.model.therapy import DoseStep, Drug, TherapyState
from cards.rules.ordering.dose_being_taken import taken_dose_too_high
from tests.builders import (
    KNOWLEDGE,
    azathioprine,
    blocked_by,
    case,
    days_ago,
    finding,
    is_silent,
    on,
    procedure,
    regimen,
    tablets,
    taking,
    took,
    unknown,
    weight,
)

AZA, MP = Drug.AZATHIOPRINE, Drug.MERCAPTOPURINE
CRITICAL, WARNING = Indicator.CRITICAL, Indicator.WARNING
CROHNS, LEUKEMIA, TRANSPLANT = Indication.CROHNS, Indication.LEUKEMIA, Indication.KIDNEY_TRANSPLANT
TAKEN = "MedicationRequest/azathioprine"
NO_WEIGHT = {"without": (Analyte.BODY_WEIGHT,)}


def transplanted(days):
    return procedure(ProcedureKind.KIDNEY_TRANSPLANT, str(days_ago(days)))


def ask(*facts, **fields):
    return taken_dose_too_high(case(*facts, **fields))


def test_ten_times_the_dose_on_the_chart_is_critical():
    assert finding(ask(taking(AZA, 1500, for_=CROHNS))) == Finding(
        decision=DecisionKey(DecisionKind.DOSE, TAKEN),
        indicator=CRITICAL,
        summary="Azathioprine 1500 mg/day (18.8 mg/kg) being taken: above the ceiling of 2.5 mg/kg/day for Crohn's "
        "disease; check what is really taken",
        why=(
            Fact("Azathioprine 1500 mg/day (18.8 mg/kg) being taken: 1500 mg x 1", None, TAKEN),
            Fact("Weight 80 kg", on("2026-10-25"), "Observation/body_weight-2026-10-25"),
            Fact("Crohn's disease"),
        ),
        do=(
            "Ask what is really taken, and check the blood count and liver tests.",
            "If it is this dose: reduce it to at most 200 mg/day, or record why it is higher.",
        ),
        citations=(
            KNOWLEDGE.indication_doses.dose_statements(
                AZA, CROHNS, DoseStatementKind.CEILING, Protocol(Group.IMMUNE)
            )[0].citation,
        ),
        reasons=Reasons.DOSE,
    )


@pytest.mark.parametrize(
    ("mg", "indicator"),
    [
        (203, None),  # 2.54 mg/kg prints as 2.5
        (204, WARNING),  # 2.55 prints as 2.6
        (395, WARNING),  # 4.9
        (396, CRITICAL),  # 4.95 prints as 5.0: twice
    ],
)
def test_a_dose_is_judged_on_both_sides_of_its_limits(mg, indicator):
    outcome = ask(taking(AZA, mg, for_=CROHNS))

    assert is_silent(outcome) if indicator is None else finding(outcome).indicator is indicator


def test_a_dose_that_is_only_possibly_taken_is_a_warning():
    assert (
        finding(ask(taking(AZA, 1500, for_=CROHNS, state=TherapyState.POSSIBLY_TAKEN))).indicator is WARNING
    )


def test_a_dispensed_dose_without_an_order_counts():
    found = finding(ask(taking(AZA, 1500, "2026-11-01", for_=CROHNS, ref="MedicationDispense/1")))

    assert (found.indicator, found.decision) == (
        CRITICAL,
        DecisionKey(DecisionKind.DOSE, "MedicationDispense/1"),
    )


def test_without_an_indication_the_strictest_ceiling_is_the_limit():
    found = finding(ask(taking(AZA, 250)))

    assert found.summary == (
        "Azathioprine 250 mg/day (3.1 mg/kg) being taken: above 2 mg/kg/day, the strictest ceiling; "
        "check what is really taken"
    )
    assert found.do[1:] == (
        "If it is this dose: reduce it to what the disease needs, or record why it is higher.",
        "The indication is not stated: the ceiling for autoimmune hepatitis, the strictest of the immune-mediated "
        "diseases, is used. State on the order what azathioprine is for.",
    )
    assert is_silent(ask(taking(AZA, 160)))  # 2 mg/kg


def test_the_higher_ceiling_of_the_first_weeks_needs_a_recent_transplantation():
    taken = taking(AZA, 300, for_=TRANSPLANT)  # 3.8 mg/kg: 3 lasts, 5 at first

    assert finding(ask(taken)).indicator is WARNING
    assert finding(ask(taken, transplanted(29))).indicator is WARNING
    assert is_silent(ask(taken, transplanted(28)))


def test_a_large_single_day_counts():
    dose = regimen(100, largest_mg_of_a_day=700.0)

    assert finding(ask(taking(AZA, None, regimen=dose, for_=CROHNS))).summary.startswith(
        "Azathioprine 700 mg on one day (8.8 mg/kg) being taken: above"
    )


def test_of_two_open_orders_the_larger_is_judged_and_not_the_sum():
    big = taking(AZA, 150, "2026-11-10", product=tablets(50), for_=CROHNS, ref="MedicationRequest/1")
    small = taking(AZA, 75, "2026-11-20", product=tablets(25), for_=CROHNS, ref="MedicationRequest/2")

    assert is_silent(ask(big, small))  # 150 mg of at most 200; together 225


def test_a_child_has_no_adult_ceiling():
    found = finding(ask(taking(AZA, 300, for_=CROHNS), weight(40), born_on=on("2016-01-01")))

    assert found.do[-1] == "Ceilings by indication are for adults; this patient is a child."


@pytest.mark.parametrize(
    "facts",
    [
        (taking(MP, 1000, for_=LEUKEMIA),),  # adjusted to its counts
        (taking(AZA, None),),
        (taking(AZA, 1500, state=TherapyState.HELD),),
        (took(AZA, 1500),),
        (azathioprine(1500, for_=CROHNS), taking(AZA, 1500)),  # the order's own question
        (),
    ],
)
def test_is_silent_about_what_is_not_taken_or_has_no_ceiling(facts):
    assert is_silent(ask(*facts))


def test_an_unknown_weight_is_told_and_a_missing_one_is_silent():
    taken = taking(AZA, 1500, for_=CROHNS)

    assert blocked_by(ask(taken, known=unknown(FactKind.VITALS), **NO_WEIGHT)) == (FactKind.VITALS,)
    assert is_silent(ask(taken, **NO_WEIGHT))


def to_come(mg_per_day, *steps):
    later = tuple(DoseStep(on(day).first, mg, mg, f"{mg} mg x 1") for day, mg in steps)
    return taking(AZA, for_=CROHNS, regimen=regimen(mg_per_day, steps=later))


@pytest.mark.parametrize(
    ("mg", "indicator", "summary"),
    [
        (200, None, None),
        (
            250,
            WARNING,
            "Azathioprine 250 mg/day (3.1 mg/kg) from 2026-12-02: above the ceiling of 2.5 mg/kg/day for Crohn's "
            "disease; check the order before then",
        ),
        (
            400,
            CRITICAL,
            "Azathioprine 400 mg/day (5 mg/kg) from 2026-12-02: above the ceiling of 2.5 mg/kg/day for Crohn's "
            "disease; check the order before then",
        ),
    ],
)
def test_a_later_step_of_the_order_is_judged_before_it_begins(mg, indicator, summary):
    outcome = ask(to_come(100, ("2026-11-28", 150), ("2026-12-02", mg)))

    if indicator is None:
        assert is_silent(outcome)
        return
    found = finding(outcome)
    assert (found.indicator, found.summary) == (indicator, summary)
    assert found.why[0] == Fact(f"Later step from 2026-12-02: {mg} mg x 1")
    assert found.do == (
        "If that step is meant: reduce it to at most 200 mg/day, or record why it is higher.",
    )


def test_what_is_taken_today_leads_over_a_later_step():
    found = finding(ask(to_come(300, ("2026-12-02", 400))))

    assert found.summary.startswith("Azathioprine 300 mg/day (3.8 mg/kg) being taken")
