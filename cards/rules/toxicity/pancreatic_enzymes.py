"""Are amylase and lipase unknown or raised in a patient with abdominal pain or vomiting on a thiopurine?"""

from cards.assessment.case import Case
from cards.assessment.current_problems import CurrentProblem, current_problems
from cards.assessment.cytopenia import is_on_drug
from cards.assessment.dose_words import dose_facts
from cards.assessment.exposures import Exposure
from cards.assessment.results import (
    Dated,
    is_on_order,
    is_surely_above,
    newest_dated,
    result_fact,
    undated_facts,
)
from cards.card import Indicator
from cards.finding import Blocked, DecisionKey, DecisionKind, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.toxicity import ToxicityTopic
from cards.model.conditions import Problem
from cards.model.facts import FactKind
from cards.model.labs import Analyte
from cards.model.proposals import OrderTests
from cards.model.tests_ordered import OrderableTest
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, listed, titled

NEEDS = frozenset({FactKind.CONDITIONS, FactKind.LIVER, FactKind.MEDICATIONS, FactKind.ORDERED_TESTS})
_NAMES = {Problem.ABDOMINAL_PAIN: "abdominal pain", Problem.VOMITING: "vomiting"}
_ENZYMES = (Analyte.AMYLASE, Analyte.LIPASE)


def enzymes_unknown_or_raised(case: Case) -> Outcome:
    """Ask for amylase or lipase when pain or vomiting is current; warn when one is raised.

    Silent when a result from the days of the symptom is normal, or the test is on order.
    """
    on_drug = [exposure for exposure in case.exposures if is_on_drug(exposure)]
    if not on_drug:
        return Silent("no thiopurine is taken")
    days = case.policy.symptom_days
    symptoms = current_problems(case.chart, days, *_NAMES)
    if not symptoms:
        gaps = case.missing_within(days, FactKind.CONDITIONS)
        return Blocked(gaps) if gaps else Silent("no abdominal pain or vomiting is current")
    enzymes = [one for analyte in _ENZYMES if (one := _since_symptom(analyte, symptoms, case))]
    raised = [one for one in enzymes if _is_raised(one)]
    if raised:
        return Fired(tuple(_raised(exposure, symptoms, raised, case) for exposure in on_drug))
    if enzymes or is_on_order(case.chart, case.policy, OrderableTest.AMYLASE, OrderableTest.LIPASE):
        return Silent("amylase or lipase is known, or on order")
    gaps = case.missing_within(days, FactKind.LIVER)
    if gaps:
        return Blocked(gaps)
    return Fired(tuple(_unknown(exposure, symptoms, case) for exposure in on_drug))


def _since_symptom(analyte: Analyte, symptoms: tuple[CurrentProblem, ...], case: Case) -> Dated | None:
    """The newest result since a symptom began, or within the days in which an undated one is current.

    A normal one must surely be of that time, a raised one possibly.
    """
    newest = newest_dated(case.chart, analyte)
    if newest is None:
        return None
    dates, days = [symptom.when for symptom in symptoms], case.policy.symptom_days
    day = newest.day.last if _is_raised(newest) else newest.day.first
    if None in dates:
        is_since = (case.chart.today - day).days <= days
    else:
        is_since = day >= min(when.first for when in dates if when)
    return newest if is_since else None


def _is_raised(dated: Dated) -> bool:
    upper, mark = dated.result.reference_high, dated.result.interpretation
    return mark in ("H", "HH") if upper is None else is_surely_above(dated.result, upper)


def _names(symptoms: tuple[CurrentProblem, ...]) -> list[str]:
    return [
        name
        for problem, name in _NAMES.items()
        if any(problem in symptom.record.problems for symptom in symptoms)
    ]


def _unknown(exposure: Exposure, symptoms: tuple[CurrentProblem, ...], case: Case) -> Finding:
    advice = case.knowledge.toxicity.toxicity_advice(ToxicityTopic.PANCREATIC_ENZYMES)
    names = _names(symptoms)
    undated = undated_facts(case.chart, case.policy.symptom_days, *_ENZYMES, note="not counted")
    missing = f"no {'dated ' if undated else ''}amylase or lipase"
    return Finding(
        decision=DecisionKey(DecisionKind.PANCREATITIS, exposure.key),
        indicator=Indicator.WARNING,
        summary=f"{titled(drug_name(exposure.drug))}: {listed(names)}, {missing}; exclude pancreatitis",
        why=(*_symptom_facts(symptoms), *undated, *dose_facts(exposure, case.weight)),
        do=advice.do,
        citations=advice.citations,
        reasons=Reasons.TEST,
        proposals=(OrderTests((OrderableTest.AMYLASE,)),),
    )


def _raised(
    exposure: Exposure, symptoms: tuple[CurrentProblem, ...], raised: list[Dated], case: Case
) -> Finding:
    advice = case.knowledge.toxicity.toxicity_advice(ToxicityTopic.PANCREATIC_ENZYMES_RAISED)
    return Finding(
        decision=DecisionKey(DecisionKind.PANCREATITIS, exposure.key),
        indicator=Indicator.WARNING,
        summary=(
            f"{titled(drug_name(exposure.drug))}: {listed(_names(symptoms))} and raised "
            f"{listed(one.result.analyte.value for one in raised)}; hold until pancreatitis is excluded"
        ),
        why=(
            *(result_fact(one.result, "above the laboratory's range") for one in raised),
            *_symptom_facts(symptoms),
            *dose_facts(exposure, case.weight),
        ),
        do=advice.do,
        citations=advice.citations,
        reasons=Reasons.STOP,
    )


def _symptom_facts(symptoms: tuple[CurrentProblem, ...]) -> tuple[Fact, ...]:
    return tuple(symptom.fact(titled(listed(_names((symptom,))))) for symptom in symptoms)


RULE = Rule(
    id="pancreatic-enzymes",
    question="Are amylase and lipase unknown or raised in a patient with abdominal pain or vomiting on a thiopurine?",
    check=enzymes_unknown_or_raised,
    needs=NEEDS,
    implements=("K06",),
    at=(
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.WARNING,
    lowest=Indicator.WARNING,
    sources=("clinical-summary-2025",),
)
