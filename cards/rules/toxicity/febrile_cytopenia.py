"""Does a patient with a low blood count have a fever?"""

from cards.assessment.case import Case
from cards.assessment.current_problems import CurrentProblem, current_problems
from cards.assessment.cytopenia import LowCount, counts_in_words, is_on_drug
from cards.assessment.dose_words import dose_facts
from cards.assessment.exposures import Exposure
from cards.assessment.leukaemia_counts import protocol_counts, protocol_counts_in_words
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
from cards.knowledge.monitoring import Tier
from cards.knowledge.toxicity import ToxicityTopic
from cards.model.conditions import Problem
from cards.model.facts import FactKind
from cards.model.labs import Analyte
from cards.model.protocol import Group
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule
from cards.rules.toxicity.leukaemia_counts import CALL_TODAY
from cards.wording import drug_name, listed, titled

NEEDS = frozenset({FactKind.COUNTS, FactKind.CONDITIONS, FactKind.MEDICATIONS})


def fever_with_low_count(case: Case) -> Outcome:
    """Warn of any cytopenia with a current fever, whatever the count was before the drug.

    In leukaemia, cytopenia means neutrophils at which protocols withhold. For a fever without a sure date,
    the card asks to check it first.
    """
    if not case.exposures:
        return Silent("no thiopurine is ordered or taken")
    immune = case.exposures_not_in(Group.LEUKAEMIA)
    low = {e.key: case.low_counts(e, Tier.WITHHOLD) for e in immune}
    fevers = current_problems(case.chart, case.policy.symptom_days, Problem.FEVER)
    missing = (
        *case.missing_within(case.policy.recent_count_days, FactKind.COUNTS),
        *case.missing_within(case.policy.symptom_days, FactKind.CONDITIONS),
    )
    findings = tuple(
        _finding(exposure, low[exposure.key], fevers, case)
        for exposure in immune
        if fevers and low[exposure.key]
    ) + _in_leukaemia(fevers, case)
    if findings:
        return Fired(findings, missing)
    return Blocked(missing) if missing else Silent("no cytopenia with fever")


def _finding(
    exposure: Exposure, low: tuple[LowCount, ...], fevers: tuple[CurrentProblem, ...], case: Case
) -> Finding:
    is_certain = any(fever.is_certain for fever in fevers)
    advice = case.knowledge.toxicity.toxicity_advice(ToxicityTopic.FEVER)
    name = drug_name(exposure.drug)
    if not is_certain:
        action = "and fever on record; check whether it is current"
    elif is_on_drug(exposure):
        action = "with fever; stop, treat as neutropenic sepsis"
    else:
        action = "with fever; do not start"
    return Finding(
        decision=DecisionKey(DecisionKind.COUNTS, exposure.key),
        indicator=Indicator.CRITICAL if is_certain else Indicator.WARNING,
        summary=f"{titled(name)}: {counts_in_words(low)} {action}",
        why=(
            *(fact for count in low for fact in count.facts()),
            *(fever.fact("Fever") for fever in fevers),
            *dose_facts(exposure, case.weight),
        ),
        do=(
            f"{'Stop' if is_on_drug(exposure) else 'Do not start'} {name} while fever and cytopenia last.",
            *advice.do,
        ),
        also=advice.also,
        citations=(*(count.limit.citation for count in low), *advice.citations),
        reasons=Reasons.STOP,
        constraints=(
            (DoseConstraint(exposure.key, Bound.STOP),) if exposure.is_ordered and is_certain else ()
        ),
    )


def _in_leukaemia(fevers: tuple[CurrentProblem, ...], case: Case) -> tuple[Finding, ...]:
    """The same in leukaemia under treatment, with neutrophils, or white cells alone, under the group's limits."""
    exposures = case.exposures_in(Group.LEUKAEMIA) if fevers else ()
    if not exposures:
        return ()
    counts = protocol_counts(
        case.chart, case.protocol(exposures[0]), case.policy, case.knowledge.leukaemia_limits
    )
    low = tuple(
        count
        for count in (*counts.critical, *counts.warning)
        if count.result.analyte is not Analyte.PLATELETS
    )
    if not low:
        return ()
    is_certain = any(fever.is_certain for fever in fevers)
    advice = case.knowledge.toxicity.toxicity_advice(ToxicityTopic.FEVER)
    names = titled(listed(drug_name(exposure.drug) for exposure in exposures))
    lead = f"{names}: {protocol_counts_in_words(low)}"
    act = f"with fever; {CALL_TODAY}" if is_certain else "and fever on record; check whether it is current"
    return (
        Finding(
            decision=DecisionKey(DecisionKind.COUNTS, exposures[0].key),
            indicator=Indicator.CRITICAL if is_certain else Indicator.WARNING,
            summary=f"{lead} {act}",
            why=(
                *(count.fact() for count in low),
                *(fever.fact("Fever") for fever in fevers),
                *(fact for exposure in exposures for fact in dose_facts(exposure, case.weight)),
            ),
            do=(f"{titled(CALL_TODAY)}.", *advice.do),
            also=advice.also,
            citations=(*(count.limit.citation for count in low), *advice.citations),
            reasons=Reasons.STOP,
            constraints=tuple(
                DoseConstraint(exposure.key, Bound.STOP)
                for exposure in exposures
                if exposure.is_ordered and is_certain
            ),
        ),
    )


RULE = Rule(
    id="febrile-cytopenia",
    question="Does a patient with a low blood count have a fever?",
    check=fever_with_low_count,
    needs=NEEDS,
    implements=("E08", "I06"),
    at=(
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.CRITICAL,
    lowest=Indicator.WARNING,
    sources=(
        "project",
        "bsr-2017",
        "edren",
        "sps-mercaptopurine",
        "iitkgp-2019-all",
    ),
)
