"""Does a patient with a low blood count have a fever?"""

from cards.card import Indicator
from cards.case import Case
from cards.case.current_problems import CurrentProblem, current_problems
from cards.case.cytopenia import LowCount, counts_in_words, is_on_drug, low_counts
from cards.case.dose_words import dose_facts
from cards.case.exposures import Exposure
from cards.finding import Blocked, Bound, DoseConstraint, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.monitoring import Tier
from cards.knowledge.toxicity import Topic, toxicity_advice
from cards.model.conditions import Problem
from cards.model.facts import FactKind
from cards.rules.rule import Rule
from cards.wording import drug_name, titled

NEEDS = frozenset({FactKind.COUNTS, FactKind.CONDITIONS, FactKind.MEDICATIONS})


def fever_with_low_count(case: Case) -> Outcome:
    """Warn of any cytopenia with a current fever, whatever the count was before the drug.

    A fever without a sure date asks to check it first.
    """
    if not case.exposures:
        return Silent("no thiopurine is ordered or taken")
    low = {e.key: low_counts(e, Tier.WITHHOLD, case.chart, case.policy) for e in case.exposures}
    fevers = current_problems(case.chart, case.policy.symptom_days, Problem.FEVER)
    missing = (
        *case.missing_within(case.policy.recent_count_days, FactKind.COUNTS),
        *case.missing_within(case.policy.symptom_days, FactKind.CONDITIONS),
    )
    findings = tuple(
        _finding(exposure, low[exposure.key], fevers, case)
        for exposure in case.exposures
        if fevers and low[exposure.key]
    )
    if findings:
        return Fired(findings, missing)
    return Blocked(missing) if missing else Silent("no cytopenia with fever")


def _finding(
    exposure: Exposure, low: tuple[LowCount, ...], fevers: tuple[CurrentProblem, ...], case: Case
) -> Finding:
    is_certain = any(fever.is_certain for fever in fevers)
    advice = toxicity_advice(Topic.FEVER)
    name = drug_name(exposure.drug)
    if not is_certain:
        action = "and fever on record; check whether it is current"
    elif is_on_drug(exposure):
        action = "with fever; stop, treat as neutropenic sepsis"
    else:
        action = "with fever; do not start"
    return Finding(
        decision=f"counts:{exposure.key}",
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


RULE = Rule(
    id="febrile-cytopenia",
    question="Does a patient with a low blood count have a fever?",
    check=fever_with_low_count,
    needs=NEEDS,
    implements=("E08", "I06"),
    can_be_critical=True,
)
