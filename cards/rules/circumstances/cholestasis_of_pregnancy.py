"""Does a patient on a thiopurine have intrahepatic cholestasis of pregnancy?"""

from cards.assessment.case import Case
from cards.assessment.current_problems import CurrentProblem, current_problems
from cards.assessment.dose_words import dose_facts
from cards.assessment.exposures import Exposure
from cards.assessment.pregnancy import Evidence, may_be_pregnant, raised_bile_acids
from cards.assessment.results import result_fact, unit_words, value_words
from cards.card import Indicator
from cards.finding import (
    Blocked,
    Bound,
    DecisionKey,
    DecisionKind,
    DoseConstraint,
    Finding,
    Fired,
    Outcome,
    Reasons,
    Silent,
)
from cards.knowledge.patient_advice import Circumstance
from cards.model.conditions import Problem
from cards.model.facts import FactKind
from cards.model.labs import LabResult
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, titled

NEEDS = frozenset(
    {FactKind.CONDITIONS, FactKind.MEDICATIONS, FactKind.VITALS, FactKind.PREGNANCY, FactKind.LIVER}
)


def thiopurine_in_cholestasis_of_pregnancy(case: Case) -> Outcome:
    """Ask to discontinue the thiopurine; for an unconfirmed or undated record, ask to check first.

    For raised bile acids in a pregnancy without the diagnosis, ask to confirm it.
    """
    exposures = (*case.ordered, *case.taken)
    if not exposures:
        return Silent("no thiopurine is ordered or taken")
    days = case.policy.pregnancy_days
    found = current_problems(case.chart, days, Problem.CHOLESTASIS_OF_PREGNANCY)
    if found:
        return Fired(tuple(_finding(exposure, found, case) for exposure in exposures))
    pregnancy, bile_acids = case.pregnancy, raised_bile_acids(case.chart, case.policy)
    if pregnancy is not None and bile_acids is not None:
        return Fired(tuple(_suspected(exposure, bile_acids, pregnancy, case) for exposure in exposures))
    missing = case.missing_within(days, FactKind.CONDITIONS)
    if missing and may_be_pregnant(case.chart, case.policy):
        return Blocked(missing)
    return Silent("no cholestasis of pregnancy is recorded")


def _finding(exposure: Exposure, found: tuple[CurrentProblem, ...], case: Case) -> Finding:
    certain = any(one.is_certain for one in found)
    name = drug_name(exposure.drug)
    verb = "do not give" if exposure.is_ordered else "discontinue it"
    action = verb if certain else "check whether it is current"
    doubt = () if certain else (Circumstance.CHOLESTASIS_OF_PREGNANCY_DOUBTFUL,)
    said = case.knowledge.patient_advice.advice(*doubt, Circumstance.CHOLESTASIS_OF_PREGNANCY, drug=name)
    return Finding(
        decision=DecisionKey(DecisionKind.CHOLESTASIS_OF_PREGNANCY, exposure.key),
        indicator=Indicator.CRITICAL if certain else Indicator.WARNING,
        summary=f"{titled(name)}: intrahepatic cholestasis of pregnancy on record; {action}",
        why=(
            *(one.fact(_recorded(one)) for one in found),
            *dose_facts(exposure, case.weight),
        ),
        do=said.do,
        also=said.also,
        citations=said.citations,
        reasons=Reasons.STOP,
        constraints=(DoseConstraint(exposure.key, Bound.STOP),) if certain and exposure.is_ordered else (),
    )


def _recorded(one: CurrentProblem) -> str:
    """The problem, with the words of the record where its code may stand for another liver disorder too."""
    said = one.record.text
    same = not said or "cholestasis" in said.casefold()
    return "Intrahepatic cholestasis of pregnancy" + ("" if same else f", recorded as: {said}")


def _suspected(exposure: Exposure, bile_acids: LabResult, pregnancy: Evidence, case: Case) -> Finding:
    name = drug_name(exposure.drug)
    said = case.knowledge.patient_advice.advice(
        Circumstance.CHOLESTASIS_OF_PREGNANCY_DOUBTFUL, Circumstance.CHOLESTASIS_OF_PREGNANCY, drug=name
    )
    value = f"{value_words(bile_acids)} {unit_words(bile_acids)}".rstrip()
    return Finding(
        decision=DecisionKey(DecisionKind.CHOLESTASIS_OF_PREGNANCY, exposure.key),
        indicator=Indicator.WARNING,
        summary=f"{titled(name)} in pregnancy, {value}: intrahepatic cholestasis of pregnancy? Confirm or exclude it",
        why=(result_fact(bile_acids), *pregnancy.facts, *dose_facts(exposure, case.weight)),
        do=said.do,
        also=said.also,
        citations=said.citations,
        reasons=Reasons.STOP,
    )


RULE = Rule(
    id="cholestasis-of-pregnancy",
    question="Does a patient on a thiopurine have intrahepatic cholestasis of pregnancy?",
    check=thiopurine_in_cholestasis_of_pregnancy,
    needs=NEEDS,
    implements=("X12",),
    at=(
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.CRITICAL,
    lowest=Indicator.WARNING,
    sources=(
        "project",
        "fda-cholestasis-2024",
        "mhra-cholestasis-2025",
    ),
)
