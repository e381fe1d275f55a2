"""Does this genotype call for another drug, or for a lower dose than the one ordered?"""

import pytest

from cards.card import Indicator
from cards.finding import Bound, DoseConstraint, Fact, Finding, Reasons
from cards.knowledge.genotype_doses import IndicationClass, genotype_dose
from cards.model.conditions import Indication, Problem, ProcedureKind
from cards.model.facts import FactKind
from cards.model.genes import Gene, Phenotype
from cards.model.labs import Analyte
from cards.model.therapy import Drug, OrderIntent, TherapyState
from cards.rules.genotype_dose import genotype_calls_for_change, indication_class
from tests.builders import (
    azathioprine,
    blocked_by,
    case,
    days_ago,
    empty,
    finding,
    is_silent,
    mercaptopurine,
    missing_from,
    nudt15,
    on,
    problem,
    procedure,
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
        decision=f"dose:{DRAFT}",
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
        citations=(genotype_dose(AZA, INTERMEDIATE, NORMAL).citation,),
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


@pytest.mark.parametrize(("mg", "where"), [(128, "within"), (100, "within"), (136, "above")])  # 136/80 = 1.7
def test_below_the_standard_start_there_is_a_quiet_line_in_the_plan(mg, where):
    found = finding(ask(azathioprine(mg), LOW))

    assert found.decision == f"plan:{DRAFT}"
    assert (found.indicator, found.constraints) == (INFO, ())
    assert found.summary.endswith("TPMT intermediate metabolizer, already below the standard start")
    assert found.do[0] == (
        "Gene advice: the standard start is 2 mg/kg/day and this order is below it, so a further reduction may not "
        f"be needed; it is {where} 0.6-1.6 mg/kg/day = 48-128 mg/day."
    )
    assert found.do[-1] == "A genotype never replaces blood counts: keep the monitoring schedule."


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


@pytest.mark.parametrize(
    ("before", "fires"),
    [
        ((), True),  # new start
        ((took(AZA, 100, "2025-01-01", ended_on=days_ago(30)),), True),  # restart
        ((took(AZA, 200, "2025-01-01", ended_on=days_ago(29)),), False),  # renewal
        ((taking(AZA, 200, state=TherapyState.HELD),), True),  # restart
        ((taking(AZA, 100),), True),  # escalation
        ((taking(AZA, None),), True),  # dose change unknown
        ((taking(AZA, 200),), False),  # renewal
        ((taking(AZA, 250),), False),  # reduction
    ],
)
def test_an_intermediate_metabolizer_fires_for_a_start_or_an_increase(before, fires):
    assert is_silent(ask(azathioprine(200), LOW, *before)) is not fires


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
        (taking(AZA, 200), LOW),  # tolerated
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
        (mercaptopurine(for_=Indication.CROHNS), (), NONMALIGNANT),
        (mercaptopurine(), (problem(Problem.LEUKEMIA), problem(Problem.CROHNS)), None),
        (thioguanine(), (), MALIGNANT),
        (thioguanine(for_=Indication.LEUKEMIA), (), MALIGNANT),
        (thioguanine(for_=Indication.CROHNS), (), NONMALIGNANT),
    ],
)
def test_malignant_or_not_follows_from_the_reason(order, facts, expected):
    assert indication_class(case(order, *facts).exposures[0]) is expected


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


def test_mercaptopurine_for_an_unknown_reason_shows_both_ranges_and_no_mg():
    found = finding(ask(mercaptopurine(125), LOW))

    assert [line.partition("): ")[0].rpartition(", ")[2] for line in found.do[:2]] == [
        "outside malignancy",
        "in malignancy",
    ]
    assert found.constraints[0].high_mg_per_day is None


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


@pytest.mark.parametrize(
    ("facts", "fields"),
    [
        ((azathioprine(25),), {}),
        ((azathioprine(None),), {}),
        ((azathioprine(200),), {"without": (Analyte.BODY_WEIGHT,)}),
        ((azathioprine(200), taking(AZA, 200)), {}),  # renewal
        ((azathioprine(100), taking(AZA, 200)), {}),  # reduction
    ],
)
def test_a_poor_metabolizer_always_speaks(facts, fields):
    assert finding(ask(*facts, tpmt("*3A/*3A"), **fields)).indicator is CRITICAL


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
