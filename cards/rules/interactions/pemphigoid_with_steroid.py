"""Is a thiopurine combined with a systemic corticosteroid in bullous pemphigoid?"""

from cards.assessment.body import age_of
from cards.assessment.case import Case
from cards.assessment.dose_words import dose_facts
from cards.assessment.exposures import Exposure
from cards.card import Indicator
from cards.finding import Blocked, DecisionKey, DecisionKind, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.patient_advice import Circumstance
from cards.model.conditions import ConditionRecord, ConditionState, Problem
from cards.model.facts import FactKind
from cards.model.therapy import Drug
from cards.rules.interactions.other_drug import OtherDrug, other_drug
from cards.rules.quiet_line import quiet_exposures, quiet_line
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, titled

NEEDS = frozenset({FactKind.CONDITIONS, FactKind.MEDICATIONS, FactKind.PATIENT, FactKind.VITALS})


def steroid_in_pemphigoid(case: Case) -> Outcome:
    """Warn where this request brings the two together; a continued combination is a line of the quiet card."""
    exposures = (*case.ordered, *case.taken)
    if not exposures:
        return Silent("no thiopurine is ordered or taken")
    steroid = other_drug(Drug.SYSTEMIC_CORTICOSTEROID, case)
    records = tuple(record for record in case.chart.conditions if _is_pemphigoid(record))
    findings = tuple(
        finding
        for exposure in exposures
        if steroid is not None
        and records
        and (finding := _finding(exposure, steroid, records, case)) is not None
    )
    if findings:
        return Fired(findings)
    kinds = [FactKind.CONDITIONS] if steroid and not records else []
    kinds += [FactKind.MEDICATIONS] if records and steroid is None else []
    missing = case.missing(*kinds)
    return Blocked(missing) if missing else Silent("no steroid newly meets it in bullous pemphigoid")


def _is_pemphigoid(record: ConditionRecord) -> bool:
    is_there = record.state is ConditionState.ACTIVE and record.is_confirmed
    return is_there and Problem.BULLOUS_PEMPHIGOID in record.problems


def _finding(
    exposure: Exposure, steroid: OtherDrug, records: tuple[ConditionRecord, ...], case: Case
) -> Finding | None:
    name = drug_name(exposure.drug)
    said = case.knowledge.patient_advice.advice(Circumstance.PEMPHIGOID_STEROID, drug=name)
    why = (*(_fact(record) for record in records), *_age(case), steroid.fact())
    if not steroid.meets_newly(exposure):
        return (
            quiet_line(exposure, "Bullous pemphigoid", why, said)
            if exposure in quiet_exposures(case)
            else None
        )
    return Finding(
        decision=DecisionKey(DecisionKind.INTERACTION, exposure.key, steroid.drug),
        indicator=Indicator.WARNING,
        summary=(
            f"{titled(name)} with a systemic corticosteroid in bullous pemphigoid: more fatal infections, "
            "weigh the benefit"
        ),
        why=(*why, *dose_facts(exposure, case.weight)),
        do=said.do,
        also=said.also,
        citations=said.citations,
        reasons=Reasons.INTERACTION,
    )


def _fact(record: ConditionRecord) -> Fact:
    return Fact("Bullous pemphigoid", record.onset_on or record.recorded_on, record.record_ref)


def _age(case: Case) -> tuple[Fact, ...]:
    age = age_of(case.chart)
    return (Fact(f"Aged {age.words}"),) if age is not None else ()


RULE = Rule(
    id="pemphigoid-with-steroid",
    question="Is a thiopurine combined with a systemic corticosteroid in bullous pemphigoid?",
    check=steroid_in_pemphigoid,
    needs=NEEDS,
    implements=("E13",),
    at=(
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.WARNING,
    lowest=Indicator.INFO,
    sources=(
        "project",
        "clinical-summary-2025",
    ),
)
