"""Is a thiopurine started before TPMT and NUDT15 are known?"""

import pytest

from cards.card import Indicator
from cards.finding import DecisionKey, DecisionKind, Fact, Finding, Reasons
from cards.model.conditions import ConditionState, Problem
from cards.model.facts import FactKind, Unread
from cards.model.genes import Gene, Phenotype
from cards.model.proposals import OrderTests
from cards.model.tests_ordered import OrderableTest
from cards.model.therapy import Drug, OrderIntent, TherapyState
from cards.rules.ordering.untested_genes import genes_unknown_at_start
from tests.builders import (
    KNOWLEDGE,
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
        decision=DecisionKey(DecisionKind.BASELINE, DRAFT),
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
            KNOWLEDGE.cite("dpwg-2025", "genotyping TPMT and NUDT15 essential before starting"),
            KNOWLEDGE.cite("sps-azathioprine", "baseline tests"),
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

    assert (found.decision, found.leads) == (DecisionKey(DecisionKind.DOSE, DRAFT), False)


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


def test_a_pending_test_is_no_result():
    order = on_order(TPMT_TEST, NUDT15_TEST, ordered_on=on("2026-11-20"))

    assert finding(ask(azathioprine(100), order, known=empty(GENES))) == Finding(
        decision=DecisionKey(DecisionKind.BASELINE, DRAFT),
        indicator=Indicator.WARNING,
        summary="Azathioprine: TPMT and NUDT15 ordered 2026-11-20, no result: wait for them before the first dose",
        why=(
            Fact("TPMT: ordered, no result", on("2026-11-20"), "ServiceRequest/tests"),
            Fact("NUDT15: ordered, no result", on("2026-11-20"), "ServiceRequest/tests"),
            Fact("Azathioprine 100 mg/day (1.3 mg/kg) ordered: 100 mg x 1", None, DRAFT),
            Fact("Weight 80 kg", on("2026-10-25"), "Observation/body_weight-2026-10-25"),
            Fact("This order is a new start"),
        ),
        do=(
            "Wait for the result of TPMT and NUDT15 before the first dose: patients without activity can die of "
            "marrow failure at usual doses.",
            "If treatment cannot wait: start low, and check blood counts weekly until the results are there.",
        ),
        citations=(
            KNOWLEDGE.cite("dpwg-2025", "genotyping TPMT and NUDT15 essential before starting"),
            KNOWLEDGE.cite("sps-azathioprine", "baseline tests"),
        ),
        reasons=Reasons.TEST,
    )


@pytest.mark.parametrize(
    ("orders", "words", "asked"),
    [
        (
            (on_order(ACTIVITY, NUDT15_TEST),),
            "TPMT and NUDT15 ordered (date not stated), no result: wait for them",
            (),
        ),
        (
            (on_order(ACTIVITY, ordered_on=on("2026-11-20")),),
            "TPMT ordered 2026-11-20, no result: wait for it; NUDT15 not known, consider testing",
            (NUDT15_TEST,),
        ),
        (
            (on_order(NUDT15_TEST, is_draft=True),),
            "NUDT15 being ordered, no result: wait for it; TPMT not known, consider testing",
            (TPMT_TEST,),
        ),
        (
            (
                on_order(TPMT_TEST, ordered_on=on("2026-11-20")),
                on_order(TPMT_TEST, NUDT15_TEST, is_draft=True),
            ),
            "TPMT ordered 2026-11-20 and NUDT15 being ordered, no result: wait for them",
            (),
        ),
        (
            (on_order(OrderableTest.BLOOD_COUNT),),
            "TPMT and NUDT15 not known; consider testing",
            (TPMT_TEST, NUDT15_TEST),
        ),
    ],
)
def test_a_test_on_order_is_waited_for_and_not_ordered_again(orders, words, asked):
    found = finding(ask(azathioprine(), *orders))

    assert found.summary == f"Azathioprine: {words} before the first dose"
    assert found.proposals == ((OrderTests(asked),) if asked else ())


def test_what_is_pending_and_what_is_untested_are_one_sentence():
    found = finding(ask(azathioprine(), on_order(TPMT_TEST, ordered_on=on("2026-11-20"))))

    assert why(found)[:2] == ("TPMT: ordered, no result", "NUDT15: no result on record")
    assert found.do[0] == (
        "Wait for the result of TPMT and consider testing NUDT15 before the first dose: patients without activity "
        "can die of marrow failure at usual doses."
    )


@pytest.mark.parametrize(
    ("days", "words", "asked"),
    [
        (30, "TPMT and NUDT15 ordered 2026-10-25, no result: wait for them", None),
        (
            31,
            "TPMT and NUDT15 ordered 2026-10-24, no result; consider testing again",
            (TPMT_TEST, NUDT15_TEST),
        ),
    ],
)
def test_a_request_of_more_than_a_month_ago_is_taken_for_forgotten(days, words, asked):
    found = finding(ask(azathioprine(), on_order(TPMT_TEST, NUDT15_TEST, ordered_on=days_ago(days))))

    assert found.summary == f"Azathioprine: {words} before the first dose"
    assert found.proposals == ((OrderTests(asked),) if asked else ())
    assert why(found)[:2] == ("TPMT: ordered, no result", "NUDT15: ordered, no result")


def test_a_forgotten_test_of_one_gene_is_a_fact_beside_the_question_for_both():
    found = finding(ask(azathioprine(), on_order(TPMT_TEST, ordered_on=days_ago(60))))

    assert found.summary == "Azathioprine: TPMT and NUDT15 not known; consider testing before the first dose"
    assert found.why[:2] == (
        Fact("TPMT: ordered, no result", days_ago(60), "ServiceRequest/tests"),
        Fact("NUDT15: no result on record"),
    )


@pytest.mark.parametrize(
    ("ordered", "asked"),
    [
        ("2026-11-20", ()),  # a second test
        ("2026-11-10", ()),  # the day of the result
        ("2026-11-09", (ACTIVITY,)),  # it brought that result
    ],
)
def test_an_order_before_the_result_is_answered(ordered, asked):
    result = tpmt(INDETERMINATE, reported="2026-11-10")

    found = finding(ask(azathioprine(), result, nudt15("*1/*1"), on_order(TPMT_TEST, ordered_on=on(ordered))))

    assert found.proposals == ((OrderTests(asked),) if asked else ())
    assert ("TPMT: ordered, no result" in why(found)) is not asked


@pytest.mark.parametrize(
    ("orders", "fires"),
    [
        ((), False),
        ((on_order(TPMT_TEST, ordered_on=days_ago(31)),), False),
        ((on_order(TPMT_TEST, ordered_on=days_ago(30)),), True),
    ],
)
def test_a_restart_waits_for_a_pending_test_and_asks_for_none(orders, fires):
    held = taking(AZA, 100, state=TherapyState.HELD)

    outcome = ask(azathioprine(), held, nudt15("*1/*1"), *orders)

    assert is_silent(outcome) is not fires
    if fires:
        assert finding(outcome).summary == (
            "Azathioprine: TPMT ordered 2026-10-25, no result: wait for it before the restart"
        )


@pytest.mark.parametrize(
    ("hint", "words"),
    [
        (DEFICIENCY, "TPMT deficiency on the problem list, no clear result"),
        (tpmt_activity(None, unit=None, mark="L"), "TPMT activity below normal, not classified"),
    ],
)
def test_a_hint_at_deficiency_leads_while_the_test_is_pending(hint, words):
    placed = on_order(TPMT_TEST, ordered_on=on("2026-11-20"))
    found = finding(ask(azathioprine(), hint, nudt15("*1/*1"), placed, without=(Gene.TPMT,)))

    assert found.summary == (
        f"Azathioprine: {words}; TPMT ordered 2026-11-20, no result: wait for it before the first dose"
    )
    assert found.proposals == ()


def test_beside_a_pending_nudt15_a_hint_asks_for_tpmt():
    found = finding(ask(azathioprine(), DEFICIENCY, on_order(NUDT15_TEST, ordered_on=on("2026-11-20"))))

    assert found.summary == (
        "Azathioprine: TPMT deficiency on the problem list, no clear result; test and wait for NUDT15 before the "
        "first dose"
    )
    assert found.proposals == (OrderTests((TPMT_TEST,)),)


def test_a_summary_that_is_too_long_leaves_out_the_hint_first():
    found = finding(ask(azathioprine(), DEFICIENCY, on_order(TPMT_TEST, ordered_on=on("2026-11-20"))))

    assert found.summary == (
        "Azathioprine: TPMT ordered 2026-11-20, no result: wait for it; NUDT15 not known, consider testing before "
        "the first dose"
    )


def test_a_report_that_could_not_be_read_is_told_beside_the_pending_order():
    unread = Unread("Observation/9", FactKind.GENES, "no diplotype in the text")

    found = finding(ask(azathioprine(), unread, nudt15("*1/*1"), on_order(TPMT_TEST), without=(Gene.TPMT,)))

    assert why(found)[:2] == (
        "TPMT: no readable result on record",
        "TPMT: ordered, no result, date not stated",
    )


def test_the_test_of_this_draft_is_being_ordered():
    order = on_order(TPMT_TEST, is_draft=True)

    found = finding(ask(azathioprine(), nudt15("*1/*1"), order, without=(Gene.TPMT,)))

    assert found.why[0] == Fact("TPMT: being ordered, no result yet", None, "ServiceRequest/tests")


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
