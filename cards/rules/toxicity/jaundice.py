"""Is jaundice on record while a thiopurine is taken or ordered?"""

from cards.assessment.case import Case
from cards.assessment.current_problems import CurrentProblem, current_problems
from cards.assessment.cytopenia import is_on_drug
from cards.assessment.dose_words import dose_facts
from cards.assessment.exposures import Exposure
from cards.card import Indicator
from cards.finding import Blocked, DecisionKey, DecisionKind, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.rule_sentences import RuleSentence
from cards.model.conditions import Problem
from cards.model.facts import FactKind
from cards.model.protocol import Group
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, titled

NEEDS = frozenset({FactKind.CONDITIONS, FactKind.MEDICATIONS, FactKind.VITALS})


def jaundice_with_thiopurine(case: Case) -> Outcome:
    """Ask to stop, in leukaemia to call the oncology team; of a jaundice without a sure day, to check it first."""
    if not case.exposures:
        return Silent("no thiopurine is ordered or taken")
    days = case.policy.infection_days
    jaundice = current_problems(case.chart, days, Problem.JAUNDICE)
    missing = case.missing_within(days, FactKind.CONDITIONS)
    if jaundice:
        return Fired(tuple(_finding(exposure, jaundice, case) for exposure in case.exposures), missing)
    return Blocked(missing) if missing else Silent("no jaundice is on record")


def _finding(exposure: Exposure, jaundice: tuple[CurrentProblem, ...], case: Case) -> Finding:
    is_certain = any(problem.is_certain for problem in jaundice)
    sentences, team = case.knowledge.sentences, case.protocol(exposure).team
    is_leukaemia = case.group(exposure) is Group.LEUKAEMIA
    name = drug_name(exposure.drug)
    said, act = RuleSentence.JAUNDICE, "stop and discuss"
    if is_leukaemia:
        said, act = RuleSentence.JAUNDICE_LEUKAEMIA, f"call the {team} today"
    elif not is_on_drug(exposure):
        said, act = RuleSentence.JAUNDICE_BEFORE, "find the cause before the first dose"
    return Finding(
        decision=DecisionKey(DecisionKind.LIVER, exposure.key),
        indicator=Indicator.WARNING,
        summary=f"{titled(name)}: jaundice on record; {act if is_certain else 'check whether it is current'}",
        why=(*(problem.fact("Jaundice") for problem in jaundice), *dose_facts(exposure, case.weight)),
        do=(sentences.text(said, drug=name, team=team),),
        citations=(sentences.citation(said),),
        reasons=Reasons.STOP,
    )


RULE = Rule(
    id="jaundice",
    question="Is jaundice on record while a thiopurine is taken or ordered?",
    check=jaundice_with_thiopurine,
    needs=NEEDS,
    implements=("I07", "K02"),
    at=(ORDER_SIGN, PATIENT_VIEW),
    highest=Indicator.WARNING,
    lowest=Indicator.WARNING,
    sources=("aspen-imuran", "bfm-95-form"),
)
