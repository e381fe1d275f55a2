"""Has the patient hepatic veno-occlusive disease?"""

from cards.assessment.case import Case
from cards.assessment.dose_words import dose_facts
from cards.assessment.exposures import Exposure
from cards.card import Indicator
from cards.finding import (
    Blocked,
    Bound,
    DecisionKey,
    DecisionKind,
    DoseConstraint,
    Fact,
    Finding,
    Fired,
    Outcome,
    Reasons,
    Silent,
)
from cards.knowledge.patient_advice import Circumstance
from cards.model.conditions import ConditionRecord, ConditionState, Problem
from cards.model.facts import FactKind
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, titled

NEEDS = frozenset({FactKind.CONDITIONS, FactKind.MEDICATIONS, FactKind.VITALS})


def veno_occlusive_disease_with_thiopurine(case: Case) -> Outcome:
    """Ask to discontinue the thiopurine for good; for a past or unconfirmed record, ask to find out more."""
    exposures = (*case.ordered, *case.taken)
    if not exposures:
        return Silent("no thiopurine is ordered or taken")
    records = tuple(
        record for record in case.chart.conditions if Problem.VENO_OCCLUSIVE_DISEASE in record.problems
    )
    if records:
        return Fired(tuple(_finding(exposure, records, case) for exposure in exposures))
    missing = case.missing(FactKind.CONDITIONS)
    return Blocked(missing) if missing else Silent("no hepatic veno-occlusive disease is recorded")


def _finding(exposure: Exposure, records: tuple[ConditionRecord, ...], case: Case) -> Finding:
    is_there = any(record.state is ConditionState.ACTIVE and record.is_confirmed for record in records)
    name = drug_name(exposure.drug)
    if is_there:
        action = "do not give" if exposure.is_ordered else "discontinue it for good"
    else:
        action = "find out whether a thiopurine was its cause"
    topic = Circumstance.VENO_OCCLUSIVE_DISEASE if is_there else Circumstance.VENO_OCCLUSIVE_DISEASE_DOUBTFUL
    said = case.knowledge.patient_advice.advice(topic, drug=name)
    return Finding(
        decision=DecisionKey(DecisionKind.VENO_OCCLUSIVE_DISEASE, exposure.key),
        indicator=Indicator.CRITICAL if is_there else Indicator.WARNING,
        summary=f"{titled(name)}: hepatic veno-occlusive disease {_status(records)}; {action}",
        why=(*(_fact(record) for record in records), *dose_facts(exposure, case.weight)),
        do=said.do,
        also=said.also,
        citations=said.citations,
        reasons=Reasons.STOP,
        constraints=(DoseConstraint(exposure.key, Bound.STOP),) if is_there and exposure.is_ordered else (),
    )


def _status(records: tuple[ConditionRecord, ...]) -> str:
    active = [record for record in records if record.state is ConditionState.ACTIVE]
    if not active:
        return "in the past"
    return "on record" if any(record.is_confirmed for record in active) else "suspected"


def _fact(record: ConditionRecord) -> Fact:
    unconfirmed = "" if record.is_confirmed else ", not confirmed"
    return Fact(
        f"Hepatic veno-occlusive disease, {record.state}{unconfirmed}",
        record.onset_on or record.recorded_on,
        record.record_ref,
    )


RULE = Rule(
    id="veno-occlusive-disease",
    question="Has the patient hepatic veno-occlusive disease?",
    check=veno_occlusive_disease_with_thiopurine,
    needs=NEEDS,
    implements=("X13",),
    at=(
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.CRITICAL,
    lowest=Indicator.WARNING,
    sources=(
        "project",
        "fda-imuran-summary",
        "compendium-renal",
    ),
)
