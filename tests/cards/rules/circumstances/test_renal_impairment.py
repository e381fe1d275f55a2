"""Are the kidneys so impaired that a thiopurine needs a lower dose or closer counts?"""

import pytest

from cards.card import Indicator
from cards.finding import Bound, DecisionKey, DecisionKind, DoseConstraint
from cards.knowledge.formulas import Formula
from cards.model.chart import Sex
from cards.model.conditions import Indication, Problem
from cards.model.facts import Availability, FactKind, Known
from cards.model.labs import Analyte
from cards.model.therapy import Drug, TherapyState
from cards.rules.circumstances.renal_impairment import impaired_kidneys
from tests.builders import (
    KNOWLEDGE,
    azathioprine,
    blocked_by,
    case,
    days_ago,
    finding,
    is_silent,
    mercaptopurine,
    missing_from,
    on,
    problem,
    result,
    taking,
    thioguanine,
    unknown,
    weight,
    why,
)

AZA, MP = Drug.AZATHIOPRINE, Drug.MERCAPTOPURINE
WARNING, INFO = Indicator.WARNING, Indicator.INFO
DRAFT = "MedicationRequest/azathioprine-draft"
CROHNS, TRANSPLANT = Indication.CROHNS, Indication.KIDNEY_TRANSPLANT
ACUTE = problem(Problem.ACUTE_KIDNEY_INJURY, recorded="2026-11-20")
DIALYSIS = problem(Problem.DIALYSIS)
DIFFERING = (
    "Sources differ, and the lower dose leads here: the clinical summary quotes controlled studies without more "
    "toxicity in renal insufficiency (grade E).",
    "Thioguanine nucleotides were 8 to 10 times higher or more in patients with severely impaired renal function "
    "(grade C).",
)


def no_number(drug="azathioprine"):
    """A lower dose is asked for, and no source gives it in mg."""
    return (DoseConstraint(f"MedicationRequest/{drug}-draft", Bound.RENAL),)


def egfr(value, taken="2026-11-20", **fields):
    return result(Analyte.EGFR, value, taken, unit="mL/min/{1.73_m2}", **fields)


def ask(*facts, **fields):
    return impaired_kidneys(case(*facts, **fields))


def test_a_start_with_an_egfr_of_24_gets_the_compendium_s_number():
    # 2 mg/kg standard x 0.75 = 1.5 mg/kg; x 80 kg = 120 mg
    found = finding(ask(azathioprine(200, for_=CROHNS), egfr(24)))

    assert found.decision == DecisionKey(DecisionKind.DOSE, DRAFT)
    assert found.indicator is WARNING
    assert found.summary == (
        "Azathioprine 200 mg/day (2.5 mg/kg): eGFR 24 mL/min/1.73 m2; choose a lower dose, at most 120 mg/day"
    )
    assert why(found)[0] == "Kidney function: eGFR 24 mL/min/1.73 m2"
    assert found.do == (
        "Compendia reduce the dose by 25 % at a creatinine clearance of 10-50 mL/min: of the standard start of "
        "2 mg/kg/day that leaves 1.5 mg/kg/day = 120 mg/day (grade D).",
        "The eGFR is not the creatinine clearance of that table.",
        "Choose a dose at the lower end of the usual range, with careful blood counts (grade E).",
        "The lower end for Crohn's disease: 1.5 mg/kg/day = 120 mg/day (grade C).",
    )
    assert found.also == DIFFERING
    assert found.constraints == (DoseConstraint(DRAFT, Bound.RENAL, None, 120.0),)


def test_below_10_the_dose_is_halved():
    found = finding(ask(azathioprine(200), egfr(9)))  # 2 x 0.5 = 1 mg/kg = 80 mg

    assert found.summary.endswith("at most 80 mg/day")
    assert found.do[0].startswith(
        "Compendia reduce the dose by 50 % at a creatinine clearance below 10 mL/min:"
    )


def test_haemodialysis_halves_the_dose_and_shows_the_view_that_does_not():
    found = finding(ask(azathioprine(200), DIALYSIS))

    assert (
        found.summary
        == "Azathioprine 200 mg/day (2.5 mg/kg): on dialysis; choose a lower dose, at most 80 mg/day"
    )
    assert found.do[0].endswith(
        "1 mg/kg/day = 80 mg/day (grade D). Haemodialysis: a supplement of 0.25 mg/kg."
    )
    assert found.also == (
        *DIFFERING,
        "The clinical summary leaves the dose unchanged in haemodialysis, against the compendia (grade E).",
    )


@pytest.mark.parametrize(
    ("mg", "indicator"),
    [
        (121, WARNING),
        (120, INFO),  # 80 kg x 1.5 mg/kg = 120 mg: no more than is left
        (100, INFO),
    ],
)
def test_an_order_that_complies_is_a_line_of_the_plan(mg, indicator):
    found = finding(ask(azathioprine(mg), egfr(24)))

    assert found.indicator is indicator


def test_a_weight_without_a_date_shows_no_order_to_comply():
    found = finding(ask(azathioprine(100), egfr(24), weight(80, None)))

    assert found.indicator is WARNING
    assert found.summary.endswith("choose a lower dose, at most 1.5 mg/kg/day")


def test_the_line_of_a_dose_that_complies_says_why():
    found = finding(ask(azathioprine(100), egfr(24)))

    assert (found.decision, found.leads, found.constraints) == (
        DecisionKey(DecisionKind.PLAN, DRAFT),
        False,
        (),
    )
    assert found.do[0].startswith("Kidneys: Compendia reduce the dose by 25 %")


def test_without_a_weight_there_are_numbers_per_kg_and_no_constraint():
    found = finding(ask(azathioprine(200), egfr(24), without=[Analyte.BODY_WEIGHT]))

    assert found.summary == (
        "Azathioprine 200 mg/day: eGFR 24 mL/min/1.73 m2; choose a lower dose, at most 1.5 mg/kg/day"
    )
    assert found.constraints == no_number()


def test_an_unreadable_dose_is_warned_about():
    assert finding(ask(azathioprine(None), egfr(24))).indicator is WARNING


def test_the_lower_end_without_a_weight_stays_per_kg():
    found = finding(ask(azathioprine(200, for_=CROHNS), egfr(24), without=[Analyte.BODY_WEIGHT]))

    assert found.do[-1] == "The lower end for Crohn's disease: 1.5 mg/kg/day (grade C)."


def test_the_lower_end_is_left_out_above_the_reduced_start():
    found = finding(ask(azathioprine(200, for_=CROHNS), egfr(9)))  # 1 mg/kg; the range starts at 1.5

    assert not any("lower end for" in line for line in found.do)


def test_the_lower_end_in_mg_is_told_as_it_is():
    found = finding(ask(azathioprine(200, for_=Indication.ITP), egfr(24)))

    assert found.do[-1] == "The lower end for immune thrombocytopenia: 50 mg/day (grade E)."


def test_in_transplantation_no_mg_is_given():
    found = finding(ask(azathioprine(240, for_=TRANSPLANT), ACUTE))

    assert found.summary == (
        "Azathioprine 240 mg/day (3 mg/kg): acute kidney injury or oliguria; choose a lower dose"
    )
    assert found.do[0].startswith(
        "Oliguria, above all with tubular necrosis after transplantation, may delay"
    )
    assert found.do[-1] == "In transplantation the dose is the transplant team's: no mg is given here."
    assert found.constraints == no_number()


def test_in_transplantation_an_egfr_gives_no_number_either():
    assert finding(ask(azathioprine(240, for_=TRANSPLANT), egfr(24))).constraints == no_number()


def test_in_acute_injury_an_egfr_is_no_clearance():
    assert finding(ask(azathioprine(200), ACUTE, egfr(24))).constraints == no_number()


def test_a_stage_without_an_egfr_gives_no_number():
    found = finding(ask(azathioprine(200), problem(Problem.SEVERE_KIDNEY_DISEASE)))

    assert found.summary.endswith("chronic kidney disease stage 4 or 5; choose a lower dose")
    assert found.constraints == no_number()


def test_mercaptopurine_has_no_number_of_its_own():
    found = finding(ask(mercaptopurine(100), DIALYSIS))

    assert found.constraints == no_number("mercaptopurine")
    assert "Reduce the dose to avoid accumulation; no specific numbers are available (grade D)." in found.do
    assert (
        "Mercaptopurine is removed by haemodialysis and a supplement is usually required (grade D)."
        in found.also
    )


def test_thioguanine_has_no_standard_start_per_kg_and_no_number():
    assert finding(ask(thioguanine(40), egfr(24))).constraints == no_number("thioguanine")


@pytest.mark.parametrize(("value", "indicator"), [(29.9, WARNING), (30, INFO), (59.9, INFO)])
def test_the_limits_at_a_start(value, indicator):
    assert finding(ask(azathioprine(200), egfr(value))).indicator is indicator


def test_is_silent_from_60():
    assert is_silent(ask(azathioprine(200), egfr(60)))


def test_an_increase_is_warned_about_without_a_number():
    found = finding(ask(azathioprine(200), taking(AZA, 150), egfr(24)))

    assert (found.indicator, found.constraints) == (WARNING, no_number())


def test_a_renewal_with_kidneys_known_to_be_impaired_is_silent():
    assert is_silent(ask(azathioprine(150), taking(AZA, 150), egfr(25, str(days_ago(200))), egfr(24)))


def test_a_reduction_in_acute_injury_is_silent():
    assert is_silent(ask(azathioprine(100), taking(AZA, 150), ACUTE))


@pytest.mark.parametrize("orders", [(), (azathioprine(150),)])
def test_kidneys_that_fail_on_the_drug_are_a_warning_once(orders):
    found = finding(ask(*orders, taking(AZA, 150), egfr(70, str(days_ago(200))), egfr(24)))

    assert found.indicator is WARNING
    assert found.summary == (
        "Azathioprine 150 mg/day (1.9 mg/kg): eGFR 24 mL/min/1.73 m2; check the dose and the blood counts"
    )


def test_acute_injury_on_the_drug_is_a_warning():
    assert finding(ask(taking(AZA, 150), ACUTE)).indicator is WARNING


@pytest.mark.parametrize("known", [egfr(45), DIALYSIS, problem(Problem.CHRONIC_KIDNEY_DISEASE)])
def test_what_is_known_of_the_kidneys_is_a_quiet_line_when_the_chart_is_viewed(known):
    found = finding(ask(taking(AZA, 150), known))

    assert (found.decision, found.indicator, found.leads) == (
        DecisionKey(DecisionKind.ALSO, "MedicationRequest/azathioprine"),
        INFO,
        False,
    )


def test_a_restart_with_reduced_kidneys_has_no_plan_to_stand_in():
    held = taking(AZA, 150, ended_on=days_ago(60), state=TherapyState.PAST)

    assert is_silent(ask(azathioprine(150), held, egfr(45)))


@pytest.mark.parametrize("kind", [FactKind.KIDNEY, FactKind.CONDITIONS])
def test_a_start_without_kidney_facts_cannot_be_checked(kind):
    assert blocked_by(ask(azathioprine(200), known=unknown(kind))) == (kind,)


def test_what_is_missing_is_told_beside_what_fires():
    assert missing_from(ask(azathioprine(200), egfr(24), known=unknown(FactKind.CONDITIONS))) == (
        FactKind.CONDITIONS,
    )


@pytest.mark.parametrize(
    ("born_on", "creatinine", "unknown_kind", "blocked"),
    [
        (None, 1.6, FactKind.PATIENT, (FactKind.PATIENT,)),
        (on("2017-05-02"), 1.2, FactKind.VITALS, (FactKind.VITALS,)),
        (on("1970-05-02"), 0.8, FactKind.VITALS, ()),  # an adult needs no height
        (None, 1.6, FactKind.VITALS, ()),  # that the birth date is not recorded is told with the gaps
    ],
)
def test_a_creatinine_without_what_an_egfr_needs_is_told(born_on, creatinine, unknown_kind, blocked):
    tested = result(Analyte.CREATININE, creatinine, "2026-11-20")

    asked = ask(azathioprine(200), tested, born_on=born_on, known=unknown(unknown_kind))

    assert tuple(one.kind for one in getattr(asked, "missing", ())) == blocked


def test_a_creatinine_beside_a_newer_egfr_needs_no_age():
    tested = result(Analyte.CREATININE, 1.2, "2026-11-20")

    assert is_silent(ask(azathioprine(200), tested, egfr(80), born_on=None, known=unknown(FactKind.PATIENT)))


def test_a_therapy_taken_on_says_that_recent_kidney_tests_may_be_missing():
    asked = ask(taking(AZA, 150), known=unknown(FactKind.KIDNEY))

    assert blocked_by(asked) == (FactKind.KIDNEY,)
    assert is_silent(ask(taking(AZA, 150)))  # none there is no gap
    assert is_silent(ask(taking(AZA, 150), known=unknown(FactKind.CONDITIONS)))


@pytest.mark.parametrize(("days", "blocked"), [(365, [FactKind.KIDNEY]), (366, [])])
def test_of_a_therapy_taken_on_a_cut_page_is_enough_that_reaches_back_as_far_as_a_result_counts(
    days, blocked
):
    page = {FactKind.KIDNEY: Known(Availability.TRUNCATED, complete_since=days_ago(days))}

    asked = ask(taking(AZA, 150), known=page)

    assert [one.kind for one in getattr(asked, "missing", ())] == blocked


def test_is_silent_without_a_thiopurine():
    assert is_silent(ask(egfr(10)))


def creatinine(value, taken="2026-11-20"):
    return result(Analyte.CREATININE, value, taken, unit="mg/dL")


WOMAN_OF_62 = {"born_on": on("1964-03-15"), "sex": Sex.FEMALE}


def test_a_start_without_an_egfr_is_judged_by_the_creatinine():
    found = finding(ask(azathioprine(200, for_=CROHNS), creatinine(3.4), **WOMAN_OF_62))

    assert found.indicator is WARNING
    assert found.summary == (
        "Azathioprine 200 mg/day (2.5 mg/kg): computed eGFR 14.7 mL/min/1.73 m2; choose a lower dose, "
        "at most 120 mg/day"
    )
    assert why(found)[0] == (
        "Creatinine 3.4 mg/dL: eGFR 14.7 mL/min/1.73 m2, computed by CKD-EPI 2021, age 62, female"
    )
    assert found.do[1] == (
        "The eGFR is computed from creatinine and is not the creatinine clearance of that table."
    )
    assert KNOWLEDGE.formulas.citation_of(Formula.CKD_EPI) in found.citations
    assert found.constraints == (DoseConstraint(DRAFT, Bound.RENAL, None, 120.0),)


def test_a_childs_start_is_judged_by_the_egfr_of_its_height():
    child = {"born_on": on("2016-05-05")}
    small = (creatinine(2.0), result(Analyte.BODY_HEIGHT, 110, "2026-11-01"), weight(20))

    found = finding(ask(azathioprine(50, for_=CROHNS), *small, **child))

    assert found.summary == (
        "Azathioprine 50 mg/day (2.5 mg/kg): computed eGFR 22.7 mL/min/1.73 m2; choose a lower dose, "
        "at most 30 mg/day"
    )
    assert why(found)[0] == (
        "Creatinine 2 mg/dL: eGFR 22.7 mL/min/1.73 m2, computed by bedside Schwartz, height 110 cm on 2026-11-01"
    )
    assert KNOWLEDGE.formulas.citation_of(Formula.SCHWARTZ) in found.citations


def test_a_computed_egfr_that_falls_on_therapy_warns_at_chart_opening():
    found = finding(ask(taking(AZA, 150), creatinine(0.9, "2026-08-22"), creatinine(2.6), **WOMAN_OF_62))

    assert found.indicator is WARNING
    assert found.summary == (
        "Azathioprine 150 mg/day (1.9 mg/kg): computed eGFR 20.2 mL/min/1.73 m2; check the dose and the blood counts"
    )


def test_a_creatinine_rising_within_days_warns_on_therapy_and_gives_no_number():
    rising = (creatinine(0.9, "2026-11-15"), creatinine(2.6))

    found = finding(ask(taking(AZA, 150), *rising))

    assert found.summary == (
        "Azathioprine 150 mg/day (1.9 mg/kg): creatinine risen from 0.9 to 2.6 mg/dL within days; "
        "check the dose and the blood counts"
    )
    assert finding(ask(azathioprine(150), *rising)).constraints == (DoseConstraint(DRAFT, Bound.RENAL),)


def test_in_pregnancy_a_start_is_judged_by_the_creatinine_itself():
    pregnant = problem(Problem.PREGNANCY, recorded="2026-10-01")

    found = finding(ask(azathioprine(150), creatinine(3.4), pregnant, **WOMAN_OF_62))

    assert found.summary == (
        "Azathioprine 150 mg/day (1.9 mg/kg): creatinine 3.4 mg/dL in pregnancy; choose a lower dose"
    )
    assert found.constraints == (DoseConstraint(DRAFT, Bound.RENAL),)


@pytest.mark.parametrize("value", [0.8, 1.0])
def test_a_normal_creatinine_is_silent(value):
    assert is_silent(ask(azathioprine(150), creatinine(value), **WOMAN_OF_62))
