"""Does this genotype call for another drug, or for a lower dose than the one ordered?"""

from dataclasses import replace

import pytest

from cards.assessment.case import Case
from cards.card import Indicator
from cards.finding import Bound, DecisionKey, DecisionKind, DoseConstraint, Fact, Finding, Reasons
from cards.knowledge.default_policy import default_policy
from cards.knowledge.genotype_doses import IndicationClass
from cards.model.conditions import Indication, Problem, ProcedureKind
from cards.model.facts import FactKind
from cards.model.genes import Gene, Phenotype
from cards.model.labs import Analyte
from cards.model.therapy import Drug, OrderIntent, TherapyState
from cards.rules.ordering.genotype_dose import genotype_calls_for_change, indication_class
from tests.builders import (
    KNOWLEDGE,
    azathioprine,
    blocked_by,
    case,
    chart,
    days_ago,
    empty,
    finding,
    findings,
    is_silent,
    mercaptopurine,
    missing_from,
    nudt15,
    on,
    ordered,
    problem,
    procedure,
    regimen,
    result,
    taking,
    thioguanine,
    took,
    tpmt,
    tpmt_activity,
    truncated,
    unknown,
    weight,
    why,
)

AZA, MP, TG = Drug.AZATHIOPRINE, Drug.MERCAPTOPURINE, Drug.THIOGUANINE
NORMAL, INTERMEDIATE, POOR = Phenotype.NORMAL, Phenotype.INTERMEDIATE, Phenotype.POOR
POSSIBLE, INDETERMINATE = Phenotype.POSSIBLE_INTERMEDIATE, Phenotype.INDETERMINATE
CRITICAL, WARNING, INFO = Indicator.CRITICAL, Indicator.WARNING, Indicator.INFO
MALIGNANT, NONMALIGNANT = IndicationClass.MALIGNANT, IndicationClass.NONMALIGNANT
DRAFT = "MedicationRequest/azathioprine-draft"
LOW = tpmt("*1/*3A")
GENES = FactKind.GENES


def ask(*facts, **fields):
    return genotype_calls_for_change(case(*facts, **fields))


# --- an intermediate metabolizer who starts


def test_a_start_of_an_intermediate_metabolizer_has_cpics_range():
    assert finding(ask(azathioprine(200, for_=Indication.CROHNS), LOW)) == Finding(
        decision=DecisionKey(DecisionKind.DOSE, DRAFT),
        indicator=WARNING,
        summary="Azathioprine 200 mg/day (2.5 mg/kg): TPMT intermediate metabolizer, start at 48-128 mg/day",
        why=(
            Fact("TPMT *1/*3A: Intermediate Metabolizer", on("2026-10-01"), "Observation/TPMT"),
            Fact("NUDT15 *1/*1: Normal Metabolizer", on("2026-10-01"), "Observation/NUDT15"),
            Fact("Azathioprine 200 mg/day (2.5 mg/kg) ordered: 200 mg x 1", None, DRAFT),
            Fact("Weight 80 kg", on("2026-10-25"), "Observation/body_weight-2026-10-25"),
            Fact("This order is a new start"),
        ),
        do=(
            # 30-80 % of 2 mg/kg/day for 80 kg: 0.3 x 2 x 80 = 48, 0.8 x 2 x 80 = 128
            "Start at 30-80 % of the standard start (2 mg/kg/day, outside malignancy): "
            "0.6-1.6 mg/kg/day = 48-128 mg/day.",
            "Adjust by the degree of myelosuppression; wait 2-4 weeks for steady state before each further step.",
            "A genotype never replaces blood counts: keep the monitoring schedule.",
        ),
        also=(
            "DPWG, TPMT: start with 50% of the normal dose (grade B).",
            "FDA label: reduced dosages (grade A).",
            "British Society of Gastroenterology: 1 mg/kg/day in low TPMT activity (grade B).",
            "Clinical summary: 1-1.5 mg/kg/day in heterozygous TPMT deficiency (grade E).",
        ),
        citations=(KNOWLEDGE.genotype_doses.genotype_dose(AZA, INTERMEDIATE, NORMAL).citation,),
        reasons=Reasons.DOSE,
        constraints=(DoseConstraint(DRAFT, Bound.GENOTYPE, 0.6 * 80, 1.6 * 80),),
    )


@pytest.mark.parametrize(
    ("genes", "words", "low", "high"),
    [
        ((nudt15("*1/*3"),), "NUDT15 intermediate metabolizer", 48, 128),
        ((LOW, nudt15("*1/*3")), "TPMT and NUDT15 intermediate metabolizer", 32, 80),  # 20-50 %
        ((tpmt(POSSIBLE),), "TPMT possible intermediate metabolizer", 48, 128),
        (
            (LOW, nudt15(POSSIBLE)),
            "TPMT intermediate, NUDT15 possible intermediate metabolizer",
            32,
            80,
        ),
        ((LOW, nudt15(INDETERMINATE)), "TPMT intermediate metabolizer", 48, 128),
    ],
)
def test_both_genes_together_give_one_range(genes, words, low, high):
    found = finding(ask(azathioprine(200), *genes))

    assert found.summary == f"Azathioprine 200 mg/day (2.5 mg/kg): {words}, start at {low}-{high} mg/day"
    assert found.indicator is WARNING


def test_an_untested_gene_is_named_beside_the_known_one():
    found = finding(ask(azathioprine(200), LOW, without=(Gene.NUDT15,)))

    assert "NUDT15: no result on record" in why(found)
    assert found.summary.endswith("start at 48-128 mg/day")


@pytest.mark.parametrize(
    ("mg", "kg", "is_below"),
    [
        (160, 80, False),  # 2 mg/kg, the standard start
        (119, 60, False),  # 1.983 prints as 2
        (117, 60, False),  # 1.95 prints as 2: halves go up
        (116, 60, True),  # 1.93 prints as 1.9
    ],
)
def test_the_printed_dose_is_compared_with_the_standard_start(mg, kg, is_below):
    found = finding(ask(azathioprine(mg), LOW, weight(kg)))

    assert (found.indicator, found.leads) == ((INFO, False) if is_below else (WARNING, True))


@pytest.mark.parametrize("mg", [100, 128, 131.9])  # 131.9/80 = 1.649 prints as 1.6
def test_a_start_within_the_range_is_a_quiet_line_in_the_plan(mg):
    found = finding(ask(azathioprine(mg), LOW))

    assert found.decision == DecisionKey(DecisionKind.PLAN, DRAFT)
    assert found.indicator is INFO
    assert found.constraints == (
        DoseConstraint(DRAFT, Bound.GENOTYPE, None, max(mg, 128), is_binding=False),  # the plan names no more
    )
    assert found.summary.endswith("TPMT intermediate metabolizer, already below the standard start")
    assert found.do == (
        "Gene advice: the standard start is 2 mg/kg/day and this order is below it, so a further reduction may not "
        "be needed; it is within 0.6-1.6 mg/kg/day = 48-128 mg/day.",
        "Wait 2-4 weeks for steady state before each step, and titrate by blood counts.",
        "A genotype never replaces blood counts: keep the monitoring schedule.",
    )


@pytest.mark.parametrize("mg", [132, 155.9])  # 1.65 prints as 1.7, 1.949 as 1.9
def test_an_order_between_the_range_and_the_standard_start_is_a_quiet_dose_card(mg):
    found = finding(ask(azathioprine(mg), LOW))

    assert found.decision == DecisionKey(DecisionKind.DOSE, DRAFT)
    assert (found.indicator, found.leads) == (INFO, False)
    assert found.constraints == (DoseConstraint(DRAFT, Bound.GENOTYPE, None, mg, is_binding=False),)
    assert found.summary.endswith(
        "TPMT intermediate metabolizer, above CPIC's start of 48-128 mg/day; titrate by blood counts"
    )
    assert found.do[0].endswith("it is above 0.6-1.6 mg/kg/day = 48-128 mg/day.")


# Cases of 75 kg: 20-50 % of 2 mg/kg/day is 30-75 mg.
@pytest.mark.parametrize(
    ("mg", "indicator"),
    [
        (150, WARNING),  # 2.0
        (140, WARNING),  # 1.87
        (100, WARNING),  # 1.33
        (79, WARNING),  # 1.053 prints as 1.1
        (78, INFO),  # 1.04 prints as 1.0, the top of the range
    ],
)
def test_with_both_genes_intermediate_every_dose_above_the_range_is_a_warning(mg, indicator):
    found = finding(ask(azathioprine(mg), weight(75), LOW, nudt15("*1/*3")))

    assert found.indicator is indicator
    if indicator is WARNING:
        assert found.summary.endswith("TPMT and NUDT15 intermediate metabolizer, start at 30-75 mg/day")
        assert found.constraints == (DoseConstraint(DRAFT, Bound.GENOTYPE, 0.4 * 75, 1.0 * 75),)


def test_with_both_genes_intermediate_mercaptopurine_has_its_own_range():
    found = finding(ask(mercaptopurine(100, for_=Indication.CROHNS), weight(72), LOW, nudt15("*1/*3")))

    # 1.39 mg/kg; 20-50 % of 1.5 mg/kg/day for 72 kg: 21.6-54 mg
    assert (found.indicator, found.summary.rpartition(", ")[2]) == (WARNING, "start at 22-54 mg/day")


@pytest.mark.parametrize(
    ("order", "fields", "summary"),
    [
        (
            azathioprine(None, dose_problem="as directed"),
            {},
            "Azathioprine: TPMT intermediate metabolizer, start at 30-80 % of the standard start",
        ),
        (
            azathioprine(200),
            {"without": (Analyte.BODY_WEIGHT,)},
            "Azathioprine 200 mg/day: TPMT intermediate metabolizer, start at 30-80 % of the standard start",
        ),
    ],
)
def test_without_dose_or_weight_there_is_the_percentage_and_no_invented_mg(order, fields, summary):
    found = finding(ask(order, LOW, **fields))

    assert (found.indicator, found.summary) == (WARNING, summary)
    assert found.constraints == (DoseConstraint(DRAFT, Bound.GENOTYPE),)


def test_a_weight_without_a_readable_dose_still_gives_the_range():
    found = finding(ask(azathioprine(None), LOW))

    assert found.do[0].endswith("0.6-1.6 mg/kg/day = 48-128 mg/day.")


def test_without_a_weight_the_range_stays_per_kg():
    found = finding(ask(azathioprine(200), LOW, without=(Analyte.BODY_WEIGHT,)))

    assert found.do[0].endswith("0.6-1.6 mg/kg/day.")


# --- what an order does to the therapy


WELL = (result(Analyte.WBC, 6.0, str(days_ago(10))),)


@pytest.mark.parametrize(
    ("before", "fires"),
    [
        ((), True),  # new start
        ((took(AZA, 100, "2025-01-01", ended_on=days_ago(30)),), True),  # restart
        ((took(AZA, 200, "2025-01-01", ended_on=days_ago(30)),), True),  # restart of what was tolerated
        ((took(AZA, 200, "2025-01-01", ended_on=days_ago(29)),), False),  # renewal
        ((taking(AZA, 200, state=TherapyState.HELD),), True),  # restart
        ((taking(AZA, 100),), True),  # escalation
        ((taking(AZA, None),), True),  # dose change unknown
        ((taking(AZA, 200),), False),  # renewal
        ((taking(AZA, 250),), False),  # reduction
        ((taking(AZA, 200, str(days_ago(55))),), True),  # not yet eight weeks
        ((taking(AZA, 200, str(days_ago(56))),), False),
        ((taking(AZA, 250, str(days_ago(55))),), True),  # reduction
    ],
)
def test_an_intermediate_metabolizer_fires_unless_the_dose_is_established(before, fires):
    assert is_silent(ask(azathioprine(200), LOW, *before, *WELL)) is not fires


@pytest.mark.parametrize(
    ("facts", "fields", "doubt"),
    [
        ((), {}, "No recent blood count at this dose"),
        (
            (*WELL, result(Analyte.WBC, 3.4, str(days_ago(40)))),
            {},
            "A count since then was, or may have been, under a withhold limit",
        ),
        (
            WELL,
            {"known": unknown(FactKind.COUNTS)},
            "Not seen, so that no dose counts as established: blood counts",
        ),
    ],
)
def test_a_renewal_that_is_not_surely_tolerated_speaks_and_says_why(facts, fields, doubt):
    found = finding(ask(azathioprine(200), LOW, taking(AZA, 200), *facts, **fields))

    assert found.indicator is WARNING
    assert found.summary.endswith("TPMT intermediate metabolizer, CPIC's start is 48-128 mg/day")
    assert why(found)[-2:] == ("This order is a renewal", doubt)


@pytest.mark.parametrize(("mg", "indicator"), [(128, None), (136, INFO), (160, WARNING)])
def test_a_renewal_in_the_first_weeks_speaks_by_its_dose(mg, indicator):
    outcome = ask(azathioprine(mg), LOW, taking(AZA, mg, str(days_ago(20))))

    assert (None if is_silent(outcome) else finding(outcome).indicator) is indicator


def test_an_increase_that_stays_within_the_range_is_silent():
    assert is_silent(ask(azathioprine(128), LOW, taking(AZA, 50)))


def test_in_leukaemia_a_renewal_stays_silent():
    order = mercaptopurine(100, for_=Indication.LEUKEMIA)

    assert is_silent(ask(order, LOW, taking(MP, 100, for_=Indication.LEUKEMIA)))
    assert is_silent(ask(LOW, taking(MP, 100, str(days_ago(5)), for_=Indication.LEUKEMIA)))
    assert not is_silent(ask(order, LOW, taking(MP, 50, for_=Indication.LEUKEMIA)))


# --- a dose that is being taken


def test_in_the_first_weeks_a_dose_being_taken_is_judged():
    taken = taking(AZA, 150, str(days_ago(20)))

    assert finding(ask(taken, LOW, weight(75))) == Finding(
        decision=DecisionKey(DecisionKind.DOSE, "MedicationRequest/azathioprine"),
        indicator=WARNING,
        summary="Azathioprine 150 mg/day (2 mg/kg) being taken: TPMT intermediate metabolizer; "
        "check the blood count, CPIC's start is 45-120 mg/day",
        why=(
            Fact("TPMT *1/*3A: Intermediate Metabolizer", on("2026-10-01"), "Observation/TPMT"),
            Fact("NUDT15 *1/*1: Normal Metabolizer", on("2026-10-01"), "Observation/NUDT15"),
            Fact(
                "Azathioprine 150 mg/day (2 mg/kg) being taken: 150 mg x 1",
                None,
                "MedicationRequest/azathioprine",
            ),
            Fact("Weight 75 kg", on("2026-10-25"), "Observation/body_weight-2026-10-25"),
            Fact("Taken since", days_ago(20)),
        ),
        do=(
            "The drug is being taken, and in the first 8 weeks this dose is not known to be tolerated: check the "
            "blood count now, and discuss a lower dose.",
            "CPIC starts at 30-80 % of the standard start (2 mg/kg/day, outside malignancy): "
            "0.6-1.6 mg/kg/day = 45-120 mg/day.",
            "Adjust by the degree of myelosuppression; wait 2-4 weeks for steady state before each further step.",
            "A genotype never replaces blood counts: keep the monitoring schedule.",
        ),
        also=(
            "DPWG, TPMT: start with 50% of the normal dose (grade B).",
            "FDA label: reduced dosages (grade A).",
            "British Society of Gastroenterology: 1 mg/kg/day in low TPMT activity (grade B).",
            "Clinical summary: 1-1.5 mg/kg/day in heterozygous TPMT deficiency (grade E).",
        ),
        citations=(KNOWLEDGE.genotype_doses.genotype_dose(AZA, INTERMEDIATE, NORMAL).citation,),
        reasons=Reasons.DOSE,
    )


@pytest.mark.parametrize(
    ("days", "mg", "genes", "fires"),
    [
        (55, 160, (LOW,), True),
        (56, 160, (LOW,), False),
        (0, 160, (LOW,), True),
        (20, 155, (LOW,), False),  # 1.94 prints as 1.9: an order, not a chart, is told
        (20, 84, (LOW, nudt15("*1/*3")), True),  # 1.05 prints as 1.1
        (20, 83, (LOW, nudt15("*1/*3")), False),  # 1.04 prints as 1.0
        (20, None, (LOW,), True),  # a dose that nobody can read
    ],
)
def test_a_dose_being_taken_speaks_in_the_first_weeks_at_the_limits(days, mg, genes, fires):
    assert is_silent(ask(taking(AZA, mg, str(days_ago(days))), *genes)) is not fires


def test_a_therapy_without_a_start_may_be_in_its_first_weeks():
    found = finding(ask(taking(AZA, 200, None), LOW))

    assert why(found)[-1] == "No record says since when it is taken"


def test_a_dose_that_is_possibly_taken_is_told_as_such():
    taken = taking(AZA, 160, str(days_ago(20)), state=TherapyState.POSSIBLY_TAKEN)

    assert finding(ask(taken, LOW)).summary == (
        "Azathioprine 160 mg/day (2 mg/kg) possibly still taken: TPMT intermediate metabolizer; "
        "check the blood count, CPIC's start is 48-128 mg/day"
    )


def test_after_a_gap_the_weeks_count_again():
    before = took(AZA, 200, "2025-01-01", ended_on=days_ago(90), ref="MedicationRequest/1")

    assert not is_silent(ask(before, taking(AZA, 200, str(days_ago(20))), LOW, *WELL))


def test_in_transplantation_a_dose_being_taken_names_the_team():
    taken = taking(AZA, 160, str(days_ago(20)), for_=Indication.KIDNEY_TRANSPLANT)

    found = finding(ask(taken, LOW))

    assert found.summary == (
        "Azathioprine 160 mg/day (2 mg/kg) being taken: TPMT intermediate metabolizer, 30-80 % of the usual start; "
        "agree with the transplant team"
    )
    assert found.constraints == ()
    assert is_silent(ask(replace(taken, regimen=regimen(155)), LOW))  # 1.9


def test_an_unknown_episode_may_be_a_start():
    assert not is_silent(ask(azathioprine(200), LOW, known=unknown(FactKind.MEDICATIONS)))


def test_the_episode_is_told():
    found = finding(ask(azathioprine(200), LOW, taking(AZA, 100)))

    assert why(found)[-1] == "This order is a dose increase"


@pytest.mark.parametrize(
    "facts",
    [
        (LOW,),
        (azathioprine(200),),
        (taking(AZA, 200), LOW),  # beyond the first weeks
        (azathioprine(200, is_selected=False), LOW),
        (azathioprine(200, intent=OrderIntent.END), taking(AZA), tpmt("*3A/*3A")),
        (azathioprine(200), nudt15(INDETERMINATE)),
    ],
)
def test_is_silent_where_nothing_changes(facts):
    assert is_silent(ask(*facts))


def test_both_drafts_of_one_drug_are_judged_together():
    found = finding(
        ask(azathioprine(100, ref="MedicationRequest/1"), azathioprine(75, ref="MedicationRequest/2"), LOW)
    )

    assert found.summary.startswith("Azathioprine 175 mg/day (2.2 mg/kg)")  # 2.1875


# --- mercaptopurine, thioguanine, transplantation


@pytest.mark.parametrize(
    ("order", "facts", "expected"),
    [
        (azathioprine(), (), NONMALIGNANT),
        (azathioprine(for_=Indication.LEUKEMIA), (), NONMALIGNANT),
        (mercaptopurine(), (), None),
        (mercaptopurine(for_=Indication.LEUKEMIA), (), MALIGNANT),
        (mercaptopurine(for_=Indication.LYMPHOBLASTIC_LYMPHOMA), (), MALIGNANT),
        (mercaptopurine(for_=Indication.ACUTE_PROMYELOCYTIC_LEUKEMIA), (), MALIGNANT),
        (mercaptopurine(), (problem(Problem.LYMPHOBLASTIC_LYMPHOMA),), MALIGNANT),
        (mercaptopurine(for_=Indication.ACUTE_MYELOID_LEUKEMIA), (problem(Problem.CROHNS),), None),
        (mercaptopurine(for_=Indication.CROHNS), (), NONMALIGNANT),
        (mercaptopurine(), (problem(Problem.LEUKEMIA), problem(Problem.CROHNS)), None),
        (thioguanine(), (), MALIGNANT),
        (thioguanine(for_=Indication.LEUKEMIA), (), MALIGNANT),
        (thioguanine(for_=Indication.CROHNS), (), NONMALIGNANT),
    ],
)
def test_malignant_or_not_follows_from_the_reason(order, facts, expected):
    asked = case(order, *facts)

    assert indication_class(asked.exposures[0], asked) is expected


def test_mercaptopurine_outside_malignancy_is_per_kg():
    found = finding(ask(mercaptopurine(125, for_=Indication.CROHNS), LOW))

    # 30-80 % of 1.5 mg/kg/day for 80 kg: 36-96 mg
    assert found.summary == (
        "Mercaptopurine 125 mg/day (1.56 mg/kg): TPMT intermediate metabolizer, start at 36-96 mg/day"
    )
    assert found.do[0] == (
        "Start at 30-80 % of the standard start (1.5 mg/kg/day, outside malignancy): "
        "0.45-1.2 mg/kg/day = 36-96 mg/day."
    )


def test_mercaptopurine_in_malignancy_is_per_square_metre():
    found = finding(ask(mercaptopurine(100, for_=Indication.LEUKEMIA), LOW))

    assert found.summary == (
        "Mercaptopurine 100 mg/day (1.25 mg/kg): TPMT intermediate metabolizer, start at 30-80 % of the standard start"
    )
    assert found.do[0] == (
        "Start at 30-80 % of the standard start (75 mg/m2/day, in malignancy): 22.5-60 mg/m2/day."
    )
    assert found.also[1] == (
        "DPWG, TPMT: in leukaemia, may start with the normal dose and then decrease if toxicity (grade B)."
    )
    assert found.constraints == (DoseConstraint("MedicationRequest/mercaptopurine-draft", Bound.GENOTYPE),)


TALL = result(Analyte.BODY_HEIGHT, 180)  # 80 kg: 2 m2


def test_in_malignancy_the_range_is_said_in_mg_for_the_body_surface():
    found = finding(ask(mercaptopurine(150, for_=Indication.LEUKEMIA), LOW, TALL))

    assert found.do[0] == (
        "Start at 30-80 % of the standard start (75 mg/m2/day, in malignancy): "
        "22.5-60 mg/m2/day = 45-120 mg/day for 2 m2; this dose is 75 mg/m2."
    )
    assert "Body surface 2 m2 (computed, Mosteller: height 180 cm and the weight)" in why(found)
    assert found.citations[-1].source.key == "mosteller-1987"
    assert found.constraints == (DoseConstraint("MedicationRequest/mercaptopurine-draft", Bound.GENOTYPE),)


@pytest.mark.parametrize(
    ("mg", "measures", "indicator"),
    [
        (120, (TALL,), Indicator.INFO),  # 60 mg/m2, the top of the range
        (121, (TALL,), Indicator.WARNING),
        (120, (), Indicator.WARNING),  # no body surface
        (120, (result(Analyte.BODY_HEIGHT, 180, None),), Indicator.WARNING),
        (75, (TALL, weight(75, "2026-09-01"), weight(165)), Indicator.WARNING),
    ],
)
def test_in_malignancy_a_start_within_the_range_is_told_quietly(mg, measures, indicator):
    found = finding(ask(mercaptopurine(mg, for_=Indication.LEUKEMIA), LOW, *measures))

    assert found.indicator is indicator
    assert found.summary.endswith(", already below the standard start") is (indicator is Indicator.INFO)
    assert found.leads is (indicator is Indicator.WARNING)


def test_a_start_within_the_range_in_malignancy_says_the_range_for_the_body_surface():
    found = finding(ask(mercaptopurine(100, for_=Indication.LEUKEMIA), LOW, TALL))

    assert found.decision.kind is DecisionKind.PLAN
    assert found.do[0].endswith("22.5-60 mg/m2/day = 45-120 mg/day for 2 m2; this dose is 50 mg/m2.")
    assert "Body surface 2 m2 (computed, Mosteller: height 180 cm and the weight)" in why(found)


def test_in_malignancy_a_doubtful_weight_gives_no_range_in_mg():
    found = finding(
        ask(mercaptopurine(150, for_=Indication.LEUKEMIA), LOW, TALL, weight(75, "2026-09-01"), weight(165))
    )

    assert found.do[0].endswith("in malignancy): 22.5-60 mg/m2/day.")
    assert not [line for line in why(found) if line.startswith("Body surface")]


def test_a_weight_without_a_date_does_not_show_a_dose_to_be_low_enough():
    assert finding(ask(azathioprine(100), LOW)).indicator is INFO  # 1.25 mg/kg
    assert finding(ask(azathioprine(100), LOW, weight(80, None))).indicator is WARNING


def test_mercaptopurine_for_an_unknown_reason_shows_both_ranges_and_no_mg():
    found = finding(ask(mercaptopurine(125), LOW))

    assert [line.partition("): ")[0].rpartition(", ")[2] for line in found.do[:2]] == [
        "outside malignancy",
        "in malignancy",
    ]
    assert found.constraints[0].high_mg_per_day is None


@pytest.mark.parametrize(("mg", "indicator"), [(120, WARNING), (119, INFO), (96, INFO)])
def test_for_an_unknown_reason_the_stricter_range_judges(mg, indicator):
    found = finding(ask(mercaptopurine(mg), LOW))  # 1.5, 1.49 and 1.2 mg/kg

    assert found.indicator is indicator


def test_thioguanine_in_malignancy_is_per_square_metre():
    found = finding(ask(thioguanine(80), LOW))

    assert found.do[0] == (
        "Start at 30-80 % of the standard start (40 mg/m2/day, in malignancy): 12-32 mg/m2/day."
    )


def test_thioguanine_outside_malignancy_has_no_range_of_cpics():
    found = finding(ask(thioguanine(20, for_=Indication.CROHNS), LOW))

    assert found.do[0] == (
        "CPIC advises 30-80 % of the standard start of thioguanine, and states one only in malignancy: "
        "agree the dose for Crohn's disease with a specialist."
    )
    assert found.also[0] == "DPWG, TPMT: start with 75% of the normal dose (grade B)."


def test_in_transplantation_the_percentage_has_no_mg():
    found = finding(ask(azathioprine(300, for_=Indication.KIDNEY_TRANSPLANT), LOW))

    assert found.indicator is WARNING
    assert found.summary == (
        "Azathioprine 300 mg/day (3.8 mg/kg): TPMT intermediate metabolizer, 30-80 % of the usual start; "
        "agree with the transplant team"
    )
    assert found.constraints == (DoseConstraint(DRAFT, Bound.STOP),)
    assert "mg/day" not in " ".join(found.do)


# --- poor metabolizers


@pytest.mark.parametrize(
    ("genes", "words"),
    [
        ((tpmt("*3A/*3A"),), "TPMT poor metabolizer"),
        ((nudt15("*3/*3"),), "NUDT15 poor metabolizer"),
        ((tpmt("*3A/*3A"), nudt15("*3/*3")), "TPMT and NUDT15 poor metabolizer"),
        ((tpmt("*3A/*3A"), nudt15("*1/*3")), "TPMT poor metabolizer"),
    ],
)
def test_a_poor_metabolizer_of_either_gene_is_critical(genes, words):
    found = finding(ask(azathioprine(200), *genes))

    assert found.indicator is CRITICAL
    assert found.summary == f"Azathioprine: {words}; consider a drug that is not a thiopurine"
    assert found.constraints == (DoseConstraint(DRAFT, Bound.STOP),)


def test_azathioprine_offers_a_poor_metabolizer_no_range_as_a_way_out():
    found = finding(ask(azathioprine(200), tpmt("*3A/*3A")))

    assert found.do == (
        "Life-threatening marrow suppression is expected at usual doses of azathioprine. Consider an alternative "
        "immunosuppressant that is not a thiopurine.",
        "A genotype never replaces blood counts: keep the monitoring schedule.",
    )
    assert found.also == (
        "DPWG, for specialists only, TPMT: alternative, or 10% of the normal dose (grade B).",
        "FDA label: consider alternative therapy (grade A).",
    )


POOR_TPMT = tpmt("*3A/*3A")


@pytest.mark.parametrize(
    ("facts", "fields"),
    [
        ((azathioprine(10),), {}),  # a start, however small
        ((azathioprine(10), taking(AZA, 10, state=TherapyState.HELD)), {}),  # a restart
        ((azathioprine(None),), {}),
        ((azathioprine(None), taking(AZA, 10)), {}),
        ((azathioprine(10), taking(AZA, 10)), {"without": (Analyte.BODY_WEIGHT,)}),
        ((azathioprine(200), taking(AZA, 200)), {}),  # renewal
        ((azathioprine(100), taking(AZA, 200)), {}),  # reduction
        ((azathioprine(25), taking(AZA, 25), *WELL), {}),  # 25/160 = 15.6 %, however long tolerated
        ((taking(AZA, 25), *WELL), {}),
    ],
)
def test_a_poor_metabolizer_is_critical_at_a_start_and_above_a_small_share(facts, fields):
    assert finding(ask(*facts, POOR_TPMT, **fields)).indicator is CRITICAL


@pytest.mark.parametrize(("verb", "order"), [("", (azathioprine(24),)), (" being taken", ())])
@pytest.mark.parametrize(
    ("facts", "indicator", "words"),
    [
        ((), WARNING, "not established; check the blood count now"),
        (WELL, INFO, "established; keep up the blood counts"),
    ],
)
def test_a_small_share_that_goes_on_is_a_warning_until_it_is_established(
    verb, order, facts, indicator, words
):
    found = finding(ask(*order, taking(AZA, 24), POOR_TPMT, *facts))  # 24/160 = 15 %

    assert found.indicator is indicator
    assert found.summary == (
        f"Azathioprine{verb}: TPMT poor metabolizer, 15 % of the standard start, {words}"
    )
    assert ("No recent blood count at this dose" in why(found)) is (indicator is WARNING)
    asks_now = "The drug is being taken: check the blood count now and discuss with the treating specialist."
    assert (asks_now in found.do) is (not order and indicator is WARNING)
    assert [one.bound for one in found.constraints] == [Bound.STOP] * len(order)


def test_a_site_may_draw_the_small_share_lower():
    policy = replace(default_policy(), poor_metabolizer_percent=10)
    asked = Case(chart(taking(AZA, 24), POOR_TPMT, *WELL), policy, KNOWLEDGE)

    assert finding(genotype_calls_for_change(asked)).indicator is CRITICAL


def test_in_leukaemia_a_tenth_that_goes_on_is_no_longer_critical():
    tall = result(Analyte.BODY_HEIGHT, 180)  # 2.0 m2: 75 mg/m2 is 150 mg
    taken = taking(MP, 15, for_=Indication.LEUKEMIA)

    found = finding(ask(taken, tall, POOR_TPMT))

    assert found.indicator is WARNING
    assert "Body surface 2 m2 (computed, Mosteller: height 180 cm and the weight)" in why(found)
    assert found.citations[-1].source.key == "mosteller-1987"
    assert finding(ask(taken, POOR_TPMT)).indicator is CRITICAL  # no height


def test_a_poor_metabolizer_on_the_drug_is_checked_now():
    found = finding(ask(taking(AZA, 150), tpmt("*3A/*3A")))

    assert found.summary == (
        "Azathioprine being taken: TPMT poor metabolizer; consider a drug that is not a thiopurine"
    )
    assert found.do[1] == (
        "The drug is being taken: check the blood count now and discuss with the treating specialist."
    )
    assert found.constraints == ()


def test_in_malignancy_a_poor_metabolizer_starts_at_a_tenth():
    found = finding(ask(mercaptopurine(100, for_=Indication.LEUKEMIA), nudt15("*3/*3")))

    assert found.indicator is CRITICAL
    assert found.summary == (
        "Mercaptopurine: NUDT15 poor metabolizer; one tenth of the dose, three days a week"
    )
    assert found.do[0] == (
        "In malignancy: start with drastically reduced doses, 10 % of the usual dose on 3 days a week (for example "
        "10 mg/m2/day on 3 days/week); adjust by the degree of myelosuppression and allow 4-6 weeks to steady state."
    )


def test_for_an_unknown_reason_both_ways_are_told():
    found = finding(ask(mercaptopurine(100), tpmt("*3A/*3A")))

    assert found.summary == (
        "Mercaptopurine: TPMT poor metabolizer; another drug, or in malignancy one tenth of the dose, "
        "three days a week"
    )
    assert [line.partition(":")[0] for line in found.do] == [
        "In malignancy",
        "Otherwise",
        "A genotype never replaces blood counts",
    ]


@pytest.mark.parametrize(
    "order", [mercaptopurine(50, for_=Indication.CROHNS), thioguanine(20, for_=Indication.CROHNS)]
)
def test_outside_malignancy_no_thiopurine_is_advised_to_a_poor_metabolizer(order):
    found = finding(ask(order, tpmt("*3A/*3A")))

    assert found.summary.endswith("consider a drug that is not a thiopurine")
    assert found.do[0].startswith("Life-threatening marrow suppression")


def test_thioguanine_in_malignancy_has_no_printed_example():
    found = finding(ask(thioguanine(40), tpmt("*3A/*3A")))

    assert "(for example" not in found.do[0]


# --- doubts about the result


def test_conflicting_results_are_shown_and_the_lower_leads():
    found = finding(
        ask(
            azathioprine(200),
            tpmt("*1/*1", ref="Observation/1", reported="2026-10-02"),
            tpmt("*1/*3A", ref="Observation/2"),
        )
    )

    assert "TPMT *1/*1: Normal Metabolizer" in why(found)
    assert "TPMT results disagree; the lower function leads here." in why(found)


def test_an_unphased_call_is_told():
    found = finding(ask(azathioprine(200), tpmt("*1/*3A", is_phased=None)))

    assert any("may be *3B/*3C, a Poor Metabolizer" in text for text in why(found))


def test_a_donors_genotype_is_told():
    found = finding(ask(azathioprine(200), LOW, procedure(ProcedureKind.STEM_CELL_TRANSPLANT, "2026-01-01")))

    assert any("is the donor's" in text for text in why(found))


# --- what is missing


@pytest.mark.parametrize("known", [unknown(GENES), truncated(GENES)])
def test_cannot_tell_while_a_gene_is_unknown_and_results_were_not_seen(known):
    assert blocked_by(ask(azathioprine(200), known=known, without=tuple(Gene))) == (GENES,)
    assert blocked_by(ask(azathioprine(200), known=known, without=(Gene.NUDT15,))) == (GENES,)
    assert blocked_by(ask(taking(AZA), known=known, without=tuple(Gene))) == (GENES,)


def test_says_what_was_not_seen_beside_what_was():
    assert missing_from(ask(azathioprine(200), LOW, known=unknown(GENES))) == (GENES,)
    assert is_silent(ask(azathioprine(200), known=unknown(GENES)))  # both results are there


def test_genes_known_to_be_untested_are_another_rules_question():
    assert is_silent(ask(azathioprine(200), known=empty(GENES), without=tuple(Gene)))


def test_an_activity_needs_the_transfusions():
    known = unknown(FactKind.PROCEDURES)

    assert missing_from(ask(azathioprine(200), tpmt_activity(50), known=known)) == (FactKind.PROCEDURES,)
    assert missing_from(ask(azathioprine(200), LOW, known=known)) == ()
    assert blocked_by(ask(azathioprine(200), tpmt_activity(100), known=known)) == (FactKind.PROCEDURES,)
    assert is_silent(ask(azathioprine(200), known=known))


# --- beside a xanthine oxidase inhibitor


@pytest.mark.parametrize(
    "inhibitor",
    [taking(Drug.ALLOPURINOL, 300), ordered(Drug.ALLOPURINOL, 300), taking(Drug.FEBUXOSTAT, 40)],
)
def test_beside_an_inhibitor_no_start_is_named(inhibitor):
    found = finding(ask(azathioprine(160), tpmt("*1/*3A"), inhibitor))

    assert found.indicator is Indicator.WARNING
    assert found.summary == (
        "Azathioprine 160 mg/day (2 mg/kg): TPMT intermediate metabolizer; CPIC's start is for use without an inhibitor"
    )
    assert found.do[0] == (
        "CPIC's ranges are for use without a xanthine oxidase inhibitor: beside one no source gives a number."
    )
    assert not any("128" in line for line in found.do)


@pytest.mark.parametrize("mg", [100, 150])
def test_beside_an_inhibitor_no_dose_is_called_low_enough(mg):
    assert is_silent(ask(azathioprine(mg), tpmt("*1/*3A"), taking(Drug.ALLOPURINOL, 300)))
    assert findings(ask(azathioprine(mg), tpmt("*1/*3A")))


@pytest.mark.parametrize(
    ("order", "inhibitor"),
    [
        (azathioprine(160), taking(Drug.ALLOPURINOL, 300, state=TherapyState.HELD)),
        (azathioprine(160), taking(Drug.ALLOPURINOL, 300, state=TherapyState.PAST)),
        (mercaptopurine(120), took(Drug.FEBUXOSTAT, 40)),
    ],
)
def test_an_inhibitor_that_is_not_taken_leaves_the_range(order, inhibitor):
    assert "for use without" not in finding(ask(order, tpmt("*1/*3A"), inhibitor)).summary


def test_a_dose_taken_beside_an_inhibitor_has_its_count_checked():
    found = finding(ask(taking(AZA, 160, since="2026-11-10"), tpmt("*1/*3A"), taking(Drug.ALLOPURINOL, 300)))

    assert found.summary == (
        "Azathioprine 160 mg/day (2 mg/kg) being taken: TPMT intermediate metabolizer; check the blood count"
    )
