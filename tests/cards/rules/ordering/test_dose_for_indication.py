"""Is the ordered dose readable, and does it fit the patient's weight and the indication?"""

import pytest

from cards.card import Indicator
from cards.finding import Bound, DecisionKey, DecisionKind, DoseConstraint, Fact, Finding, Reasons
from cards.knowledge.indication_doses import DoseStatementKind
from cards.model.conditions import Indication, Problem, ProcedureKind
from cards.model.facts import FactKind
from cards.model.labs import Analyte
from cards.model.protocol import Group, Protocol
from cards.model.therapy import Drug, OrderIntent, TherapyState
from cards.rules.ordering.dose_for_indication import dose_does_not_fit
from tests.builders import (
    KNOWLEDGE,
    azathioprine,
    blocked_by,
    case,
    days_ago,
    finding,
    findings,
    is_silent,
    mercaptopurine,
    missing_from,
    on,
    problem,
    procedure,
    regimen,
    taking,
    thioguanine,
    took,
    truncated,
    unknown,
    weight,
    why,
)

AZA, MP = Drug.AZATHIOPRINE, Drug.MERCAPTOPURINE
CRITICAL, WARNING = Indicator.CRITICAL, Indicator.WARNING
CROHNS, RA, AIH = Indication.CROHNS, Indication.RHEUMATOID_ARTHRITIS, Indication.AUTOIMMUNE_HEPATITIS
TRANSPLANT, ITP, PSORIASIS = Indication.KIDNEY_TRANSPLANT, Indication.ITP, Indication.PSORIASIS
DRAFT = "MedicationRequest/azathioprine-draft"
NO_WEIGHT = {"without": (Analyte.BODY_WEIGHT,)}
VITALS, CONDITIONS = FactKind.VITALS, FactKind.CONDITIONS


def transplanted(days):
    return procedure(ProcedureKind.KIDNEY_TRANSPLANT, str(days_ago(days)))


def ask(*facts, **fields):
    return dose_does_not_fit(case(*facts, **fields))


def summary(*facts, **fields):
    return finding(ask(*facts, **fields)).summary


# --- the ceiling


def test_a_dose_above_the_ceiling_is_to_be_checked():
    assert finding(ask(azathioprine(220, for_=CROHNS), taking(AZA, 220))) == Finding(
        decision=DecisionKey(DecisionKind.DOSE, DRAFT),
        indicator=WARNING,
        summary="Azathioprine 220 mg/day (2.8 mg/kg): above the ceiling of 2.5 mg/kg/day for Crohn's disease; "
        "check or reduce",
        why=(
            Fact("Azathioprine 220 mg/day (2.8 mg/kg) ordered: 220 mg x 1", None, DRAFT),
            Fact("Weight 80 kg", on("2026-10-25"), "Observation/body_weight-2026-10-25"),
            Fact("Crohn's disease"),
        ),
        do=("Above the ceiling of 2.5 mg/kg/day for Crohn's disease, here 200 mg/day.",),
        citations=(
            KNOWLEDGE.indication_doses.dose_statements(
                AZA, CROHNS, DoseStatementKind.CEILING, Protocol(Group.IMMUNE)
            )[0].citation,
        ),
        reasons=Reasons.DOSE,
        constraints=(DoseConstraint(DRAFT, Bound.CEILING, None, 200.0),),
    )


@pytest.mark.parametrize(
    ("order", "kg", "indicator"),
    [
        (azathioprine(200, for_=CROHNS), 80, None),  # 2.5
        (azathioprine(203, for_=CROHNS), 80, None),  # 2.54 prints as 2.5
        (azathioprine(204, for_=CROHNS), 80, WARNING),  # 2.55 prints as 2.6
        (azathioprine(395, for_=CROHNS), 80, WARNING),  # 4.94 prints as 4.9
        (azathioprine(396, for_=CROHNS), 80, CRITICAL),  # 4.95 prints as 5: twice the ceiling
        (azathioprine(160, for_=AIH), 80, None),  # 2
        (azathioprine(164, for_=AIH), 80, WARNING),  # 2.05 prints as 2.1
        (azathioprine(240, for_=Indication.ATOPIC_DERMATITIS), 80, None),  # 3
        (azathioprine(200, for_=ITP), 50, None),  # flat: 200 mg
        (azathioprine(200.1, for_=ITP), 150, WARNING),
        (azathioprine(399.9, for_=ITP), 150, WARNING),
        (azathioprine(400, for_=ITP), 150, CRITICAL),
        (azathioprine(300, for_=PSORIASIS), 100, None),  # 3 mg/kg and 300 mg
        (azathioprine(300, for_=PSORIASIS), 90, WARNING),  # 3.3 mg/kg
        (azathioprine(301, for_=PSORIASIS), 150, WARNING),  # flat: 300 mg
        (mercaptopurine(120, for_=CROHNS), 80, None),  # 1.5
        (mercaptopurine(121, for_=CROHNS), 80, WARNING),  # 1.51
        (mercaptopurine(200, for_=Indication.LEUKEMIA), 80, None),  # 2.5
        (thioguanine(1000), 80, None),  # no limit per kg was read
    ],
)
def test_the_printed_dose_is_compared_with_the_ceiling_of_the_indication(order, kg, indicator):
    outcome = ask(order, weight(kg), taking(order.drug, order.regimen.mg_per_day))  # a renewal

    if indicator is None:
        assert is_silent(outcome)
    else:
        assert finding(outcome).indicator is indicator


def test_twice_the_ceiling_is_a_likely_slip():
    assert summary(azathioprine(1000, for_=CROHNS), taking(AZA, 1000)) == (
        "Azathioprine 1000 mg/day (12.5 mg/kg): above the ceiling of 2.5 mg/kg/day for Crohn's disease; "
        "likely slip, check the order"
    )


def test_a_flat_ceiling_has_no_mg_of_its_own():
    assert finding(ask(azathioprine(250, for_=ITP), taking(AZA, 250))).do == (
        "Above the ceiling of 200 mg/day for immune thrombocytopenia.",
    )


def test_a_flat_ceiling_needs_no_weight():
    assert summary(azathioprine(250, for_=ITP), taking(AZA, 250), **NO_WEIGHT) == (
        "Azathioprine 250 mg/day: above the ceiling of 200 mg/day for immune thrombocytopenia; check or reduce"
    )


@pytest.mark.parametrize(
    ("before", "mg", "fires"),
    [
        ((transplanted(28),), 400, False),  # 5 mg/kg, in the first four weeks
        ((transplanted(28),), 404, True),  # 5.05 prints as 5.1
        ((transplanted(28), taking(AZA, 400)), 400, False),
        ((transplanted(29),), 244, True),
        ((transplanted(29),), 240, False),
        ((), 244, True),  # a time that is not known widens nothing
        ((), 240, False),
        ((taking(AZA, 240),), 240, False),  # maintenance: 3 mg/kg
        ((taking(AZA, 244),), 244, True),  # 3.05 prints as 3.1
    ],
)
def test_a_transplant_starts_higher_than_it_goes_on(before, mg, fires):
    assert is_silent(ask(azathioprine(mg, for_=TRANSPLANT), *before)) is not fires


def test_long_after_a_transplantation_the_team_is_named_and_the_other_label_shown():
    found = finding(ask(azathioprine(300, for_=TRANSPLANT), transplanted(730)))

    assert found.summary == (
        "Azathioprine 300 mg/day (3.8 mg/kg): above the ceiling of 3 mg/kg/day for kidney transplantation; "
        "check or reduce"
    )
    assert why(found)[-1] == "Kidney transplantation: at most 730 days ago"
    assert found.do == (
        "Above the ceiling of 3 mg/kg/day for kidney transplantation, here 240 mg/day.",
        "Agree the dose with the transplant team.",
    )
    assert found.also == ("Imuran product information, Aspen (MIMS Malaysia): up to 4 mg/kg/day (grade A).",)
    assert found.constraints == (DoseConstraint(DRAFT, Bound.CEILING, None, 240.0),)


def test_a_transplantation_without_a_date_is_judged_by_the_lower_ceiling_and_no_dose_is_offered():
    found = finding(ask(azathioprine(300, for_=TRANSPLANT)))

    assert why(found)[-1] == "Kidney transplantation: date not on record"
    assert found.do[-1] == (
        "Record when the transplantation was: in the first 28 days the ceiling is 5 mg/kg/day, afterwards it is "
        "the one used here."
    )
    assert [one.bound for one in found.constraints] == [Bound.CEILING, Bound.WAIT]


def test_above_the_other_labels_ceiling_too_it_is_not_shown():
    facts = azathioprine(420, for_=TRANSPLANT), transplanted(3)  # 5.3 mg/kg, of at most 5

    assert finding(ask(*facts)).also == ()


@pytest.mark.parametrize(
    ("problems", "kg", "mg", "fires"),
    [
        ((Problem.CROHNS, Problem.ATOPIC_DERMATITIS), 80, 200, False),  # 2.5 mg/kg of the two
        ((Problem.CROHNS, Problem.ATOPIC_DERMATITIS), 80, 204, True),
        ((Problem.ATOPIC_DERMATITIS, Problem.PSORIASIS), 120, 300, False),  # 300 mg of psoriasis, not 360
        ((Problem.ATOPIC_DERMATITIS, Problem.PSORIASIS), 120, 304, True),
        ((Problem.RHEUMATOID_ARTHRITIS, Problem.KIDNEY_TRANSPLANT), 80, 204, True),
    ],
)
def test_of_several_possible_reasons_the_strictest_ceiling_counts(problems, kg, mg, fires):
    facts = [problem(one) for one in problems]

    assert is_silent(ask(azathioprine(mg), *facts, weight(kg), taking(AZA, mg))) is not fires


@pytest.mark.parametrize("for_", [Indication.LUPUS_NEPHRITIS, Indication.OTHER])
def test_without_a_ceiling_of_its_own_the_highest_of_any_immune_mediated_disease_counts(for_):
    at_limit = ask(azathioprine(240, for_=for_), taking(AZA, 240))  # 3 mg/kg
    found = finding(ask(azathioprine(244, for_=for_), taking(AZA, 244)))

    assert is_silent(at_limit)
    assert found.summary == (
        "Azathioprine 244 mg/day (3.1 mg/kg): above the highest usual dose of 3 mg/kg/day in any immune-mediated "
        "disease; check or reduce"
    )
    assert found.constraints == ()


def test_an_indication_that_is_not_stated_is_judged_by_the_strictest_ceiling():
    at_limit = ask(azathioprine(160), taking(AZA, 160))  # 2 mg/kg
    found = finding(ask(azathioprine(164), taking(AZA, 164)))

    assert is_silent(at_limit)
    assert (found.indicator, found.summary) == (
        WARNING,
        "Azathioprine 164 mg/day (2.1 mg/kg): above 2 mg/kg/day, the strictest ceiling (indication not stated); "
        "check or reduce",
    )
    assert found.do == (
        "Above 2 mg/kg/day, the strictest ceiling (indication not stated), here 160 mg/day.",
        "The indication is not stated: the ceiling for autoimmune hepatitis, the strictest of the immune-mediated "
        "diseases, is used. State on the order what azathioprine is for.",
    )
    assert found.constraints == ()


@pytest.mark.parametrize(
    ("order", "indicator"),
    [
        (azathioprine(315), WARNING),  # 3.94 prints as 3.9
        (azathioprine(316), CRITICAL),  # 3.95 prints as 4: twice the strictest ceiling
        (azathioprine(475, for_=Indication.OTHER), WARNING),
        (azathioprine(476, for_=Indication.OTHER), CRITICAL),  # 6: twice the highest of any such disease
        (mercaptopurine(120), None),  # 1.5
        (mercaptopurine(121), WARNING),
        (mercaptopurine(239), WARNING),  # 2.99
        (mercaptopurine(240), CRITICAL),  # 3
        (mercaptopurine(239, for_=Indication.OTHER), WARNING),
        (mercaptopurine(240, for_=Indication.OTHER), CRITICAL),
    ],
)
def test_without_an_indication_a_slip_is_twice_the_strictest_ceiling(order, indicator):
    outcome = ask(order, taking(order.drug, order.regimen.mg_per_day))

    assert is_silent(outcome) if indicator is None else finding(outcome).indicator is indicator


def test_mercaptopurine_after_a_transplantation_has_no_ceiling_of_transplantation():
    found = finding(ask(mercaptopurine(130, for_=TRANSPLANT)))

    assert found.summary.startswith(
        "Mercaptopurine 130 mg/day (1.63 mg/kg): above the highest usual dose of 1.5"
    )
    assert found.do[1:] == ("Agree the dose with the transplant team.",)


def test_ceilings_are_for_adults():
    found = finding(
        ask(azathioprine(100, for_=CROHNS), weight(30), taking(AZA, 100), born_on=on("2016-01-01"))
    )

    assert found.do[1] == "Ceilings by indication are for adults; this patient is a child."


# --- the start


@pytest.mark.parametrize(
    ("kg", "mg", "fires"),
    [
        (80, 83, False),  # 1.04 prints as 1
        (80, 84, True),  # 1.05 prints as 1.1
        (100, 100, False),
        (120, 100, False),  # 0.8
        (120, 101, True),  # over 100 mg, though 0.8 mg/kg
    ],
)
def test_rheumatoid_arthritis_starts_at_one_mg_per_kg_and_a_hundred_mg(kg, mg, fires):
    assert is_silent(ask(azathioprine(mg, for_=RA), weight(kg))) is not fires


@pytest.mark.parametrize(("kg", "limit"), [(80, 80.0), (120, 100.0)])
def test_a_start_that_is_too_high_has_its_limit(kg, limit):
    found = finding(ask(azathioprine(150, for_=RA), weight(kg)))

    assert found.indicator is WARNING
    assert found.summary.endswith(
        "start for rheumatoid arthritis is at most 1 mg/kg/day and 100 mg/day; start lower"
    )
    assert found.do == (
        "The usual start for rheumatoid arthritis is at most 1 mg/kg/day and 100 mg/day: "
        f"here {limit:g} mg/day.",
    )
    assert found.constraints == (DoseConstraint(DRAFT, Bound.START, None, limit),)


def test_without_a_weight_the_flat_limit_of_the_start_holds():
    found = finding(ask(azathioprine(150, for_=RA), **NO_WEIGHT))

    assert found.summary == (
        "Azathioprine 150 mg/day: start for rheumatoid arthritis is at most 100 mg/day; start lower"
    )


@pytest.mark.parametrize(
    ("facts", "fires"),
    [
        ((took(AZA, 150, "2025-01-01", ended_on=days_ago(60)),), True),  # a restart
        ((taking(AZA, 150),), False),
        ((problem(Problem.CROHNS),), True),
    ],
)
def test_a_start_is_new_or_again(facts, fires):
    assert is_silent(ask(azathioprine(150, for_=RA), *facts)) is not fires


@pytest.mark.parametrize(
    "order",
    [
        azathioprine(160, for_=AIH),  # 50 mg is the summary's alone: a line of the plan
        azathioprine(240, for_=TRANSPLANT),
        azathioprine(160, for_=(RA, AIH)),  # not sure which
        azathioprine(160),
    ],
)
def test_no_start_limit_without_a_source_or_a_single_reason(order):
    assert is_silent(ask(order))


def test_a_start_above_the_ceiling_is_both():
    found = findings(ask(azathioprine(250, for_=RA)))

    assert [one.constraints[0].bound for one in found] == [Bound.CEILING, Bound.START]


# --- the step


@pytest.mark.parametrize(
    ("for_", "days", "fires"),
    [
        (CROHNS, 28, False),
        (CROHNS, 27, True),
        (RA, 42, False),  # the first step: 6 weeks
        (RA, 41, True),
        ((), 27, True),
        (TRANSPLANT, 1, False),
    ],
)
def test_an_increase_waits_for_its_interval(for_, days, fires):
    outcome = ask(azathioprine(75, for_=for_), taking(AZA, 50, str(days_ago(days))))

    assert is_silent(outcome) is not fires


def step_to(mg):
    """No more than so much today; never a reason to change an order."""
    ref = "MedicationRequest/azathioprine-draft"
    return DoseConstraint(ref, Bound.STEP, None, mg, is_binding=False)


def test_a_large_increase_may_go_up_by_the_usual_step():
    found = finding(ask(azathioprine(150, for_=RA), taking(AZA, 50, "2026-01-01")))

    assert found.constraints == (step_to(90),)  # 50 mg + 0.5 mg/kg x 80 kg


def test_an_early_increase_says_since_when():
    found = finding(ask(azathioprine(75, for_=RA), taking(AZA, 50, "2026-11-01")))

    assert found.summary == (
        "Azathioprine 75 mg/day (0.9 mg/kg): increase from 50 mg/day after 23 days, wait 6 weeks"
    )
    assert found.do == (
        "The present dose was started 2026-11-01; wait 6 weeks before an increase (increments after 6-8 weeks).",
    )
    assert Fact("Dose so far 50 mg/day", on("2026-11-01"), "MedicationRequest/azathioprine") in found.why
    assert found.constraints == (step_to(50),)


def test_later_steps_of_rheumatoid_arthritis_wait_four_weeks():
    first = taking(AZA, 50, "2026-08-01", ended_on=on("2026-10-26"), ref="MedicationRequest/1")

    assert is_silent(ask(azathioprine(100, for_=RA), first, taking(AZA, 75, "2026-10-27")))  # 28 days
    assert "wait 4 weeks" in summary(azathioprine(100, for_=RA), first, taking(AZA, 75, "2026-10-28"))


def test_a_dose_prescribed_again_is_as_old_as_its_first_prescription():
    first = taking(AZA, 50, "2026-06-01", ref="MedicationRequest/1")

    assert is_silent(ask(azathioprine(75, for_=CROHNS), first, taking(AZA, 50, "2026-11-20")))


@pytest.mark.parametrize(
    ("since", "fires"),
    [
        ("2026-11", True),  # 23 days at the most
        ("2026-10", False),  # may be 54 days
        ("2026", False),
        (None, False),
    ],
)
def test_a_vague_date_counts_only_where_it_is_surely_too_early(since, fires):
    assert is_silent(ask(azathioprine(75, for_=CROHNS), taking(AZA, 50, since))) is not fires


def test_a_vague_date_is_printed_as_one():
    assert summary(azathioprine(75, for_=CROHNS), taking(AZA, 50, "2026-11")).endswith(
        "after at most 23 days, wait 4 weeks"
    )


@pytest.mark.parametrize(
    ("before", "after", "fires"),
    [
        (50, 90, False),  # 0.6 to 1.1 mg/kg: 0.5
        (50, 100, True),  # 0.6 to 1.3: 0.7
    ],
)
def test_a_step_of_rheumatoid_arthritis_is_half_a_mg_per_kg(before, after, fires):
    assert is_silent(ask(azathioprine(after, for_=RA), taking(AZA, before))) is not fires


def test_a_large_step_says_how_large():
    found = finding(ask(azathioprine(150, for_=RA), taking(AZA, 50)))

    assert found.summary == (
        "Azathioprine 150 mg/day (1.9 mg/kg): increase from 50 mg/day is 1.3 mg/kg, the usual step is 0.5 mg/kg"
    )


def test_a_step_both_early_and_large_has_both_lines():
    found = finding(ask(azathioprine(150, for_=RA), taking(AZA, 50, "2026-11-01")))

    assert len(found.do) == len(found.citations) == 2


def test_without_a_weight_a_step_is_not_measured():
    found = finding(ask(azathioprine(150, for_=RA), taking(AZA, 50), **NO_WEIGHT))

    assert found.summary == "Azathioprine 150 mg/day: no usable weight on record, mg/kg not checked"


@pytest.mark.parametrize("before", [50, 75, None])
def test_a_renewal_a_reduction_and_an_unknown_change_are_no_step(before):
    state = taking(AZA, before, "2026-11-20")

    assert is_silent(ask(azathioprine(50, for_=RA), state))


# --- unreadable, weightless


def test_a_dose_that_cannot_be_read_is_said():
    found = finding(ask(azathioprine(None, dose_problem='"as directed"', for_=CROHNS)))

    assert (found.indicator, found.leads) == (WARNING, False)
    assert found.summary == (
        "Azathioprine: the ordered dose could not be read; check it against weight and indication"
    )
    assert why(found)[0] == 'Azathioprine ordered, dose not readable: "as directed"'
    assert found.citations == (KNOWLEDGE.cite("project", "never guess a dose"),)
    assert found.reasons is Reasons.DATA


def test_one_unreadable_draft_of_two_is_unreadable():
    outcome = ask(azathioprine(50, ref="a/1"), azathioprine(None, ref="a/2"))

    assert finding(outcome).summary.startswith("Azathioprine: the ordered dose could not be read")


def test_a_weight_without_a_date_shows_no_dose_to_be_low_enough():
    found = finding(ask(azathioprine(100, for_=CROHNS), weight(80, None)))

    assert found.indicator is WARNING
    assert found.summary == "Azathioprine 100 mg/day (1.3 mg/kg): the weight has no date; weigh again"
    assert why(found)[-1] == "Weight 80 kg, no date recorded"
    assert "above the ceiling" in finding(ask(azathioprine(300, for_=CROHNS), weight(80, None))).summary


def test_no_weight_is_said_and_an_old_one_named():
    missing_weight = finding(ask(azathioprine(100, for_=CROHNS), **NO_WEIGHT))
    old = finding(ask(azathioprine(100, for_=CROHNS), weight(80, "2023-01-01")))
    typed_wrong = finding(ask(azathioprine(100, for_=CROHNS), weight(800, reported="800 kg")))

    assert missing_weight.summary == (
        "Azathioprine 100 mg/day: no usable weight on record, mg/kg not checked"
    )
    assert not missing_weight.leads
    assert "Newest weight on record 80 kg: too old or not plausible" in why(old)
    assert "Newest weight on record 800 kg: too old or not plausible" in why(typed_wrong)


def test_an_old_weight_without_a_number_is_named_too():
    assert "Newest weight on record without a number: too old or not plausible" in why(
        finding(ask(azathioprine(100, for_=CROHNS), weight(None)))
    )


def test_a_range_counts_by_its_upper_end():
    order = azathioprine(regimen=regimen(250, low_mg_per_day=100), for_=CROHNS)

    assert "250 mg/day" in summary(order, taking(AZA, 250))


# --- silence and gaps


@pytest.mark.parametrize(
    "facts",
    [
        (),
        (taking(AZA, 1000, for_=CROHNS),),
        (azathioprine(1000, for_=CROHNS, is_selected=False),),
        (azathioprine(1000, for_=CROHNS, intent=OrderIntent.END),),
        (azathioprine(100, for_=CROHNS),),
        (azathioprine(50, for_=CROHNS), taking(AZA, 25, state=TherapyState.HELD)),
    ],
)
def test_is_silent_where_nothing_is_wrong_or_ordered(facts):
    assert is_silent(ask(*facts))


@pytest.mark.parametrize("known", [unknown(VITALS), truncated(VITALS)])
def test_cannot_tell_without_the_weights(known):
    order = azathioprine(100, for_=CROHNS)

    assert blocked_by(ask(order, known=known, **NO_WEIGHT)) == (VITALS,)
    assert is_silent(ask(order, known=known))
    assert missing_from(ask(azathioprine(250, for_=ITP), taking(AZA, 250), known=known, **NO_WEIGHT)) == (
        VITALS,
    )
    assert missing_from(ask(azathioprine(None), known=known, **NO_WEIGHT)) == ()


def test_cannot_tell_without_the_problem_list_what_it_is_for():
    known = unknown(CONDITIONS)

    assert blocked_by(ask(azathioprine(100), known=known)) == (CONDITIONS,)
    assert is_silent(ask(azathioprine(100, for_=CROHNS), known=known))


def test_each_drug_is_judged_on_its_own():
    found = findings(ask(azathioprine(1000, for_=CROHNS), mercaptopurine(1000, for_=CROHNS)))

    assert [one.decision for one in found] == [
        DecisionKey(DecisionKind.DOSE, DRAFT),
        DecisionKey(DecisionKind.DOSE, "MedicationRequest/mercaptopurine-draft"),
    ]


def test_both_strengths_of_one_drug_are_judged_together():
    found = finding(
        ask(azathioprine(150, for_=CROHNS), azathioprine(100, for_=CROHNS, ref="a/2"), taking(AZA, 250))
    )

    assert found.summary.startswith("Azathioprine 250 mg/day (3.1 mg/kg)")
