"""Is a thiopurine started before TPMT and NUDT15 are known?"""

import pytest

from cards.card import Indicator
from cards.finding import Fact, Finding, Reasons
from cards.knowledge.sources import cite
from cards.model.conditions import ConditionState, Problem
from cards.model.facts import FactKind, Unread
from cards.model.genes import Gene, Phenotype
from cards.model.proposals import OrderTests
from cards.model.tests_ordered import OrderableTest
from cards.model.therapy import Drug, OrderIntent, TherapyState
from cards.rules.untested_genes import genes_unknown_at_start
from tests.builders import (
    azathioprine,
    blocked_by,
    case,
    days_ago,
    empty,
    finding,
    findings,
    is_silent,
    mercaptopurine,
    missing_from,
    nudt15,
    on,
    on_order,
    problem,
    taking,
    took,
    tpmt,
    tpmt_activity,
    truncated,
    unknown,
    why,
)

AZA = Drug.AZATHIOPRINE
BOTH = (Gene.TPMT, Gene.NUDT15)
GENES = FactKind.GENES
DRAFT = "MedicationRequest/azathioprine-draft"
TPMT_TEST, NUDT15_TEST, ACTIVITY = OrderableTest.TPMT, OrderableTest.NUDT15, OrderableTest.TPMT_ACTIVITY
INDETERMINATE = Phenotype.INDETERMINATE
DEFICIENCY = problem(Problem.TPMT_DEFICIENCY)


def ask(*facts, without=BOTH, **fields):
    return genes_unknown_at_start(case(*facts, without=without, **fields))


def test_a_new_start_before_both_genes_are_known_asks_for_both():
    assert finding(ask(azathioprine(100), known=empty(GENES))) == Finding(
        decision=f"baseline:{DRAFT}",
        indicator=Indicator.WARNING,
        summary="Azathioprine: TPMT and NUDT15 not known; consider testing before the first dose",
        why=(
            Fact("TPMT: no result on record"),
            Fact("NUDT15: no result on record"),
            Fact("Azathioprine 100 mg/day (1.3 mg/kg) ordered: 100 mg x 1", None, DRAFT),
            Fact("Weight 80 kg", on("2026-10-25"), "Observation/body_weight-2026-10-25"),
            Fact("This order is a new start"),
        ),
        do=(
            "Consider testing TPMT and NUDT15 before the first dose: patients without activity can die of marrow "
            "failure at usual doses.",
            "If treatment cannot wait: start low, and check blood counts weekly until the results are there.",
        ),
        also=(
            "NHS Specialist Pharmacy Service: TPMT is a required baseline test (grade B).",
            "FDA label: consider testing both genes after severe myelosuppression (grade A).",
            "AGA 2017: suggests TPMT testing, low certainty (grade B).",
        ),
        citations=(
            cite("dpwg-2025", "genotyping TPMT and NUDT15 essential before starting"),
            cite("sps-azathioprine", "baseline tests"),
        ),
        reasons=Reasons.TEST,
        proposals=(OrderTests((TPMT_TEST, NUDT15_TEST)),),
    )


def test_one_untested_gene_is_asked_for_alone():
    found = finding(ask(azathioprine(), without=(Gene.NUDT15,)))

    assert found.summary == "Azathioprine: NUDT15 not known; consider testing before the first dose"
    assert found.proposals == (OrderTests((NUDT15_TEST,)),)
    assert found.also == ("FDA label: consider testing both genes after severe myelosuppression (grade A).",)


def test_each_drug_that_starts_is_named():
    assert [one.summary.partition(":")[0] for one in findings(ask(azathioprine(), mercaptopurine()))] == [
        "Azathioprine",
        "Mercaptopurine",
    ]


@pytest.mark.parametrize("other", [tpmt("*1/*3A"), tpmt(Phenotype.POSSIBLE_INTERMEDIATE)])
def test_beside_a_reduced_gene_it_is_a_line_of_the_dose_card(other):
    found = finding(ask(azathioprine(), other, without=(Gene.NUDT15,)))

    assert (found.decision, found.leads) == (f"dose:{DRAFT}", False)


@pytest.mark.parametrize(
    ("results", "summary", "tests"),
    [
        (
            (tpmt(INDETERMINATE), nudt15(INDETERMINATE)),
            "Azathioprine: TPMT and NUDT15 not conclusive; consider testing before the first dose",
            (ACTIVITY, NUDT15_TEST),
        ),
        (
            (tpmt(INDETERMINATE),),
            "Azathioprine: TPMT and NUDT15 not known; consider testing before the first dose",
            (ACTIVITY, NUDT15_TEST),
        ),
        (
            (tpmt_activity(30, unit=None), nudt15("*1/*1")),
            "Azathioprine: TPMT not conclusive; consider testing before the first dose",
            (TPMT_TEST,),
        ),
        (
            (tpmt_activity(None, unit=None, mark="L"), nudt15("*1/*1")),
            "Azathioprine: TPMT activity below normal, not classified; genotype before the first dose",
            (TPMT_TEST,),
        ),
        (
            (
                tpmt("*1/*1", ref="Observation/genotype"),
                tpmt_activity(None, unit=None, mark="L"),
                nudt15("*1/*1"),
            ),
            "Azathioprine: TPMT results disagree, activity below normal; clarify before the first dose",
            (TPMT_TEST,),
        ),
    ],
)
def test_a_result_that_does_not_tell_asks_for_what_would(results, summary, tests):
    found = finding(ask(azathioprine(), *results))

    assert found.summary == summary
    assert found.proposals == (OrderTests(tests),)


def test_an_indeterminate_result_says_what_cpic_suggests():
    both = finding(ask(azathioprine(), tpmt(INDETERMINATE), without=(Gene.NUDT15,)))
    only = finding(ask(azathioprine(), tpmt("*1/*1"), nudt15(INDETERMINATE)))

    assert both.do[1] == (
        "The TPMT genotype is indeterminate: CPIC suggests measuring TPMT activity in red cells, and close "
        "monitoring while either gene is unknown."
    )
    assert only.do[1] == "The NUDT15 genotype is indeterminate: CPIC asks for close monitoring of toxicity."


def test_what_a_result_fails_to_tell_is_shown():
    found = finding(ask(azathioprine(), tpmt_activity(30, unit=None), nudt15("*1/*1")))

    assert why(found)[:2] == (
        "TPMT activity 30: not interpretable",
        "The activity has no unit: the number alone means nothing.",
    )


def test_a_deficiency_on_the_problem_list_is_told():
    found = finding(ask(azathioprine(), DEFICIENCY))

    assert found.summary == (
        "Azathioprine: TPMT deficiency on the problem list, no clear result; test before the first dose"
    )
    assert "TPMT deficiency is on the problem list" in why(found)


def test_a_resolved_deficiency_or_a_known_tpmt_is_no_hint():
    history = problem(Problem.TPMT_DEFICIENCY, state=ConditionState.HISTORY)

    assert "problem list" not in finding(ask(azathioprine(), history)).summary
    assert finding(ask(azathioprine(), tpmt("*1/*1"), DEFICIENCY, without=(Gene.NUDT15,))).summary == (
        "Azathioprine: NUDT15 not known; consider testing before the first dose"
    )


# --- on order


@pytest.mark.parametrize(
    ("tests", "asked"),
    [
        ((TPMT_TEST, NUDT15_TEST), None),
        ((ACTIVITY, NUDT15_TEST), None),
        ((NUDT15_TEST,), (TPMT_TEST,)),
        ((ACTIVITY,), (NUDT15_TEST,)),
        ((OrderableTest.BLOOD_COUNT,), (TPMT_TEST, NUDT15_TEST)),
    ],
)
def test_a_test_on_order_is_not_asked_for_again(tests, asked):
    outcome = ask(azathioprine(), on_order(*tests))

    if asked is None:
        assert is_silent(outcome)
    else:
        assert finding(outcome).proposals == (OrderTests(asked),)


@pytest.mark.parametrize(("days", "fires"), [(30, False), (31, True)])
def test_a_request_of_more_than_a_month_ago_is_taken_for_forgotten(days, fires):
    outcome = ask(azathioprine(), on_order(TPMT_TEST, NUDT15_TEST, ordered_on=days_ago(days)))

    assert is_silent(outcome) is not fires


@pytest.mark.parametrize("hint", [DEFICIENCY, tpmt_activity(None, unit=None, mark="L")])
def test_a_hint_at_deficiency_speaks_while_the_test_is_on_order(hint):
    found = finding(ask(azathioprine(), hint, nudt15("*1/*1"), on_order(TPMT_TEST), without=(Gene.TPMT,)))

    assert found.proposals == ()


def test_tests_on_order_that_were_not_seen_are_said_to_be_missing():
    outcome = ask(azathioprine(), known=unknown(FactKind.ORDERED_TESTS))

    assert missing_from(outcome) == (FactKind.ORDERED_TESTS,)


# --- when


@pytest.mark.parametrize(
    ("facts", "fires"),
    [
        ((), True),
        ((took(AZA, 100, "2025-01-01", ended_on=days_ago(181)),), True),
        ((took(AZA, 100, "2025-01-01", ended_on=days_ago(180)),), False),  # a restart
        ((took(AZA, 100, None),), True),  # nobody knows when
        ((taking(AZA, 100),), False),
        ((taking(AZA, 50),), False),
        ((taking(AZA, 100, state=TherapyState.HELD),), False),
    ],
)
def test_only_a_new_start_asks(facts, fires):
    assert is_silent(ask(azathioprine(100), *facts)) is not fires


def test_an_unknown_episode_may_be_a_new_start():
    found = finding(ask(azathioprine(), known=unknown(FactKind.MEDICATIONS)))

    assert why(found)[-1] == "This order is a new start or a renewal: the records do not say which"


@pytest.mark.parametrize(
    "facts",
    [
        (),
        (taking(AZA),),
        (azathioprine(is_selected=False),),
        (azathioprine(intent=OrderIntent.END),),
        (azathioprine(), tpmt("*1/*1"), nudt15("*1/*1")),
        (azathioprine(), tpmt("*1/*3A"), nudt15("*1/*3")),
        (azathioprine(), tpmt("*3A/*3A")),  # the drug is wrong whatever NUDT15 says
        (azathioprine(), nudt15("*3/*3")),
    ],
)
def test_is_silent_where_nothing_is_to_be_asked(facts):
    assert is_silent(ask(*facts, without=BOTH))


@pytest.mark.parametrize("known", [unknown(GENES), truncated(GENES)])
def test_results_that_were_not_seen_are_not_untested(known):
    assert blocked_by(ask(azathioprine(), known=known)) == (GENES,)
    assert is_silent(ask(azathioprine(), known=known, without=()))
    assert is_silent(ask(known=known))


def test_an_unreadable_report_is_not_no_report():
    unread = Unread("Observation/9", FactKind.GENES, "no diplotype in the text")

    found = finding(ask(azathioprine(100), unread))

    assert found.why[0] == Fact("TPMT: no readable result on record")
