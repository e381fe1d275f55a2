"""What holds for every rule, whatever the chart: it answers, in form, and says what it rests on."""

from random import Random

import pytest

from cards.assessment.case import Case
from cards.card import Indicator
from cards.finding import Blocked, Fired, Silent
from cards.knowledge.default_policy import default_policy
from cards.model.chart import Sex
from cards.model.conditions import ConditionState, Indication, Problem, ProcedureKind, Reaction
from cards.model.facts import Availability, FactKind, Known, Unread
from cards.model.genes import Gene, Phenotype
from cards.model.labs import Analyte, LabFinding
from cards.model.tests_ordered import OrderableTest
from cards.model.therapy import THIOPURINES, Drug, OrderIntent, TherapyState
from cards.model.vaccines import Antigen, VaccineKind
from cards.rules import ALL_RULES, ORDER_SIGN_RULES, PATIENT_VIEW_RULES
from cards.wording import LONGEST_SUMMARY
from tests.builders import (
    KNOWLEDGE,
    advice,
    allergy,
    chart,
    days_ago,
    gene,
    live_vaccine,
    on,
    on_order,
    ordered,
    problem,
    procedure,
    regimen,
    result,
    tablets,
    taking,
    tpmt_activity,
    vaccinated,
    weight,
)

CHARTS = 400
# The inner loop asks about the first of them, `make test` about all.
SEEDS = [pytest.param(seed, marks=() if seed < CHARTS // 4 else pytest.mark.slow) for seed in range(CHARTS)]
DATES = [
    None,
    "2019",
    "2026",
    "2026-10",
    "2026-11",
    *(str(days_ago(n)) for n in (0, 1, 7, 27, 28, 29, 60, 90, 181)),
]
DOSES = [None, 0.5, 25, 50, 62.5, 100, 112.5, 162.5, 250, 1234.5, 99999.5]
DIPLOTYPES = ["*1/*1", "*1/*3A", "*3A/*3A", "*1/*999"]


def test_at_least_one_in_three_charts_is_spoken_about():
    spoken = sum(bool(advice(*facts, **fields).cards) for facts, fields in map(_facts, range(60)))

    assert spoken > 20


@pytest.mark.parametrize("seed", SEEDS)
def test_any_chart_is_answered_in_form(seed):
    facts, fields = _facts(seed)
    case = Case(chart(*facts, **fields), default_policy(), KNOWLEDGE)

    for rule in ALL_RULES:
        outcome = rule.check(case)
        assert isinstance(outcome, Fired | Silent | Blocked)
        for gap in getattr(outcome, "missing", ()):
            assert gap.kind in rule.needs, f"{rule.id} misses {gap.kind}, which it does not need"
        if isinstance(outcome, Silent):
            assert outcome.reason
        if isinstance(outcome, Fired):
            for found in outcome.findings:
                _check(rule, found)


@pytest.mark.parametrize("seed", SEEDS[::4])
@pytest.mark.parametrize("rules", [ORDER_SIGN_RULES, PATIENT_VIEW_RULES], ids=["sign", "view"])
def test_any_chart_has_cards_in_form_and_at_most_one_dose_an_order(seed, rules):
    facts, fields = _facts(seed)

    answer = advice(*facts, rules=rules, **fields)

    assert answer.failed == ()
    urgencies = [card.indicator.urgency for card in answer.cards]
    assert urgencies == sorted(urgencies)
    changes = [
        proposal.order_ref
        for card in answer.cards
        for suggestion in card.suggestions
        for proposal in suggestion.proposals
        if type(proposal).__name__ == "ChangeDose"
    ]
    assert len(changes) == len(set(changes))
    for card in answer.cards:
        assert len(card.suggestions) <= 2
        assert (card.selection_behavior is None) == (not card.suggestions)
        assert 3 <= len(card.override_reasons) <= 6
        assert "<" not in card.detail


def test_the_same_chart_has_the_same_cards():
    facts, fields = _facts(7)

    assert advice(*facts, **fields).cards == advice(*facts, **fields).cards


def _check(rule, found):
    assert 0 < len(found.summary) <= LONGEST_SUMMARY, f"{rule.id}: {len(found.summary)}: {found.summary}"
    assert found.summary == found.summary.strip()
    assert "  " not in found.summary
    assert "None" not in found.summary
    assert found.do or not found.leads, rule.id
    assert found.citations, rule.id
    assert found.decision
    assert found.indicator is not Indicator.CRITICAL or rule.can_be_critical, f"{rule.id}: {found.summary}"
    for line in (*found.do, *found.also, *(fact.text for fact in found.why)):
        assert line
        assert "None" not in line, f"{rule.id}: {line}"
        assert "_" not in line, f"{rule.id}: {line}"


def _facts(seed):
    """A chart of random facts, the same for the same seed."""
    dice = Random(seed)  # noqa: S311 -- charts to test with, not keys
    facts = [*_orders(dice), *_records(dice), *_genes(dice), *_results(dice), *_history(dice)]
    known = {
        kind: Known(
            dice.choice([Availability.UNKNOWN, Availability.TRUNCATED, Availability.EMPTY]),
            "not sent",
            days_ago(dice.randrange(1, 900)) if dice.random() < 0.5 else None,
        )
        for kind in FactKind
        if dice.random() < 0.12
    }
    without = [one for one in (*Gene, Analyte.BODY_WEIGHT) if dice.random() < 0.2]
    born = dice.choice([None, "1940", "1986-05-05", "2010-01", "2020-02-03"])
    sex = dice.choice([None, Sex.FEMALE, Sex.MALE, Sex.OTHER])
    return facts, {"known": known, "without": without, "born_on": on(born) if born else None, "sex": sex}


def _some(dice, choices, most):
    return dice.sample(list(choices), dice.randrange(0, min(most, len(choices)) + 1))


def _orders(dice):
    for n, drug in enumerate(_some(dice, THIOPURINES, 2) + _some(dice, Drug, 2)):
        mg = dice.choice(DOSES)
        yield ordered(
            drug,
            mg,
            dice.choice([1, 1, 2, 3]),
            ref=f"MedicationRequest/draft-{n}",
            intent=dice.choice([OrderIntent.TAKE] * 6 + [OrderIntent.END, OrderIntent.VOID]),
            for_=tuple(_some(dice, Indication, 1)),
            is_selected=dice.random() < 0.9,
            product=tablets(dice.choice([25, 50, 100])),
            dose_problem="" if mg else "as directed",
        )
    for n, kind in enumerate(_some(dice, VaccineKind, 1)):
        antigen = dice.choice(list(Antigen))
        yield live_vaccine(
            "measles, mumps, rubella and varicella", kind=kind, antigen=antigen, ref=f"vaccine/{n}"
        )
    if dice.random() < 0.2:
        yield on_order(*_some(dice, OrderableTest, 3), ordered_on=days_ago(dice.randrange(60)))


def _records(dice):
    for n, drug in enumerate(_some(dice, THIOPURINES, 2) + _some(dice, Drug, 5)):
        mg = dice.choice(DOSES)
        dose = regimen(mg, dice.choice([0.5, 1, 2])) if mg else None
        state = dice.choice(
            [state for state in TherapyState for _ in range(1 + 2 * (state is TherapyState.ACTIVE))]
        )
        ended = dice.choice(DATES) if state is TherapyState.PAST else None
        yield taking(
            drug,
            regimen=dose,
            since=dice.choice(DATES),
            state=state,
            ended_on=on(ended) if ended else None,
            ref=f"MedicationRequest/{n}",
        )


def _genes(dice):
    for which in Gene:
        for n in range(dice.randrange(3)):
            ref = f"Observation/{which.value}-{n}"
            if dice.random() < 0.3:
                yield gene(
                    which, phenotype=dice.choice(list(Phenotype)), ref=ref, reported=dice.choice(DATES)
                )
            else:
                diplotype = dice.choice(DIPLOTYPES).replace("3A", "3A" if which is Gene.TPMT else "3")
                yield gene(which, diplotype, is_phased=dice.choice([None, True]), ref=ref)
    if dice.random() < 0.2:
        value, unit = dice.choice([5, 15, 30, 100, None]), dice.choice(["mU/L", "U/mL", "furlong", None])
        yield tpmt_activity(value, unit, mark=dice.choice([None, "L", "N", "H"]), ref="Observation/activity")


def _results(dice):
    for analyte in _some(dice, Analyte, 8):
        for n in range(dice.randrange(1, 4)):
            ref = f"Observation/{analyte.value}-{n}"
            if dice.random() < 0.15:
                yield result(
                    analyte, None, dice.choice(DATES), finding=dice.choice(list(LabFinding)), ref=ref
                )
            else:
                value = dice.choice([0.1, 0.9, 2.4, 3.2, 7, 38, 55, 110, 450, 6000, 12345.6])
                given = {"comparator": dice.choice([None, None, None, "<", ">"]), "unit": "10*9/L"}
                high = dice.choice([None, 40.0])
                yield result(analyte, value, dice.choice(DATES), reference_high=high, ref=ref, **given)
    if dice.random() < 0.3:
        yield weight(dice.choice([8, 45.5, 80, 142.25]), dice.choice(DATES))


def _history(dice):
    for n, one in enumerate(_some(dice, Problem, 6)):
        onset = dice.choice(DATES)
        yield problem(
            one,
            ref=f"Condition/{n}",
            state=dice.choice([ConditionState.ACTIVE, ConditionState.ACTIVE, *ConditionState]),
            is_confirmed=dice.random() < 0.9,
            in_this_encounter=dice.random() < 0.2,
            **({"onset": onset} if onset else {}),
        )
    for n, kind in enumerate(_some(dice, ProcedureKind, 2)):
        yield procedure(kind, dice.choice(DATES), is_planned=dice.random() < 0.2, ref=f"Procedure/{n}")
    for n, drug in enumerate(_some(dice, THIOPURINES, 1)):
        reactions = _some(dice, Reaction, 7)
        is_allergy = dice.choice([None, True, False])
        yield allergy(drug, is_allergy=is_allergy, reactions=reactions, ref=f"AllergyIntolerance/{n}")
    if dice.random() < 0.3:
        yield vaccinated(dice.choice(DATES), "measles, mumps, rubella and varicella")
    if dice.random() < 0.2:
        yield Unread("Observation/odd", dice.choice([None, *FactKind]), "the unit is not known")
