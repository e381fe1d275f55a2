"""Are amylase and lipase unknown or raised in a patient with abdominal pain or vomiting on a thiopurine?"""

import pytest

from cards.card import Indicator
from cards.finding import DecisionKey, DecisionKind, Reasons
from cards.model.conditions import ConditionState, Problem
from cards.model.facts import FactKind
from cards.model.labs import Analyte
from cards.model.proposals import OrderTests
from cards.model.tests_ordered import OrderableTest
from cards.model.therapy import Drug
from cards.rules.toxicity.pancreatic_enzymes import enzymes_unknown_or_raised
from tests.builders import (
    azathioprine,
    blocked_by,
    case,
    finding,
    is_silent,
    on_order,
    problem,
    result,
    taking,
    truncated,
    unknown,
    why,
)

THERAPY = taking(Drug.AZATHIOPRINE, 100)
PAIN = problem(Problem.ABDOMINAL_PAIN, onset="2026-11-22")
VOMITING = problem(Problem.VOMITING, onset="2026-11-23")


def lipase(value, taken="2026-11-23", **fields):
    return result(Analyte.LIPASE, value, taken, unit="U/L", **fields)


def amylase(value, taken="2026-11-23", **fields):
    return result(Analyte.AMYLASE, value, taken, unit="U/L", **fields)


def ask(*facts, **fields):
    return enzymes_unknown_or_raised(case(*facts, **fields))


def test_pain_without_amylase_or_lipase():
    found = finding(ask(THERAPY, PAIN))

    assert found.decision == DecisionKey(DecisionKind.PANCREATITIS, "MedicationRequest/azathioprine")
    assert found.indicator is Indicator.WARNING
    assert found.summary == "Azathioprine: abdominal pain, no amylase or lipase; exclude pancreatitis"
    assert why(found)[0] == "Abdominal pain"
    assert found.do == (
        "Measure amylase or lipase in acute abdominal pain or severe vomiting: it may be pancreatitis.",
    )
    assert (found.reasons, found.proposals) == (Reasons.TEST, (OrderTests((OrderableTest.AMYLASE,)),))


@pytest.mark.parametrize("symptom", [PAIN, problem(Problem.ABDOMINAL_PAIN)])
def test_an_enzyme_of_a_year_counts_only_if_it_is_raised(symptom):
    normal, raised = (lipase(value, "2026", reference_high=60) for value in (30, 900))

    assert "no amylase or lipase" in finding(ask(THERAPY, symptom, normal)).summary
    assert "raised lipase" in finding(ask(THERAPY, symptom, raised)).summary


def test_an_enzyme_without_a_date_is_shown_and_does_not_count():
    found = finding(ask(THERAPY, PAIN, amylase(900, None)))

    assert found.summary == "Azathioprine: abdominal pain, no dated amylase or lipase; exclude pancreatitis"
    assert why(found)[1] == "Amylase 900 U/L, no date recorded, not counted"


def test_pain_and_vomiting_are_one_finding():
    assert finding(ask(THERAPY, PAIN, VOMITING)).summary == (
        "Azathioprine: abdominal pain and vomiting, no amylase or lipase; exclude pancreatitis"
    )


@pytest.mark.parametrize(
    ("symptom", "speaks"),
    [
        (problem(Problem.ABDOMINAL_PAIN, onset="2026-11-17"), True),  # 7 days
        (problem(Problem.ABDOMINAL_PAIN, onset="2026-11-16"), False),
        (problem(Problem.ABDOMINAL_PAIN), True),  # no date: it may be today's
        (problem(Problem.ABDOMINAL_PAIN, onset="2026-11-22", state=ConditionState.RESOLVED), False),
    ],
)
def test_which_pain_is_current(symptom, speaks):
    assert is_silent(ask(THERAPY, symptom)) != speaks


@pytest.mark.parametrize(
    ("enzyme", "silent"),
    [
        (lipase(30, reference_high=60), True),
        (lipase(60, reference_high=60), True),  # at the limit
        (amylase(30), True),  # no range and no mark: taken for known
        (lipase(30, "2026-11-22", reference_high=60), True),  # the day the pain began
        (lipase(30, "2026-11-21", reference_high=60), False),  # the day before
    ],
)
def test_a_normal_result_since_the_pain_began_settles_it(enzyme, silent):
    assert is_silent(ask(THERAPY, PAIN, enzyme)) == silent


@pytest.mark.parametrize(("taken", "silent"), [("2026-11-17", True), ("2026-11-16", False)])
def test_for_a_pain_without_a_date_a_result_of_the_last_week_will_do(taken, silent):
    assert is_silent(ask(THERAPY, problem(Problem.ABDOMINAL_PAIN), lipase(30, taken))) == silent


@pytest.mark.parametrize(
    "enzyme",
    [
        amylase(540, reference_high=110),
        amylase(111, reference_high=110),
        amylase(540, interpretation="H"),
        amylase(540, interpretation="HH"),
    ],
)
def test_a_raised_one_holds_the_drug(enzyme):
    found = finding(ask(THERAPY, VOMITING, enzyme))

    assert found.summary == ("Azathioprine: vomiting and raised amylase; hold until pancreatitis is excluded")
    assert why(found)[0] == f"Amylase {enzyme.value:g} U/L, above the laboratory's range"
    assert found.do == (
        "Amylase or lipase is above the laboratory's range: hold the drug until pancreatitis is excluded.",
    )
    assert (found.reasons, found.proposals) == (Reasons.STOP, ())


def test_one_raised_leads_over_one_normal():
    facts = amylase(50, reference_high=110), lipase(400, reference_high=60)

    assert finding(ask(THERAPY, PAIN, *facts)).summary.startswith(
        "Azathioprine: abdominal pain and raised lipase"
    )


@pytest.mark.parametrize("test", [OrderableTest.AMYLASE, OrderableTest.LIPASE])
def test_a_test_on_order_is_not_asked_for(test):
    assert is_silent(ask(THERAPY, PAIN, on_order(test)))


@pytest.mark.parametrize("facts", [(PAIN,), (azathioprine(), PAIN), (THERAPY,)])
def test_only_with_a_symptom_on_the_drug(facts):
    assert is_silent(ask(*facts))


def test_unknown_conditions_are_no_all_clear():
    assert blocked_by(ask(THERAPY, known=unknown(FactKind.CONDITIONS))) == (FactKind.CONDITIONS,)


@pytest.mark.parametrize("known", [unknown(FactKind.LIVER), truncated(FactKind.LIVER, since="2026-11-20")])
def test_unknown_enzymes_are_not_called_missing(known):
    assert blocked_by(ask(THERAPY, PAIN, known=known)) == (FactKind.LIVER,)
