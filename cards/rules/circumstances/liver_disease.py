"""Has the patient a liver disease that calls for caution with a thiopurine?"""

from cards.assessment.case import Case
from cards.assessment.dose_words import dose_facts, dose_words
from cards.assessment.exposures import Exposure
from cards.card import Indicator
from cards.finding import Blocked, DecisionKey, DecisionKind, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.patient_advice import Circumstance, PatientAdvice, PatientSentences
from cards.model.conditions import ConditionRecord, ConditionState, Problem
from cards.model.facts import FactKind
from cards.model.therapy import Drug
from cards.rules.quiet_line import quiet_exposures, quiet_line
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, fitting

NEEDS = frozenset({FactKind.CONDITIONS, FactKind.MEDICATIONS, FactKind.VITALS})
_NAMES = {
    Problem.SEVERE_LIVER_DISEASE: "liver failure or portal hypertension",
    Problem.CIRRHOSIS: "cirrhosis",
    Problem.LIVER_DISEASE: "liver disease",
}
_SEVERE = {Problem.SEVERE_LIVER_DISEASE, Problem.CIRRHOSIS}


def liver_disease_with_thiopurine(case: Case) -> Outcome:
    """Warn at a start in cirrhosis or failure of the liver; other liver disease is a line of a quiet card."""
    exposures = (*case.ordered, *case.taken)
    if not exposures:
        return Silent("no thiopurine is ordered or taken")
    records = tuple(record for record in case.chart.conditions if _is_current(record))
    findings = tuple(
        finding
        for exposure in exposures
        if records and (finding := _finding(exposure, records, case)) is not None
    )
    if findings:
        return Fired(findings)
    starts = any(exposure.episode and exposure.episode.starts for exposure in exposures)
    missing = case.missing(FactKind.CONDITIONS) if starts else ()
    return Blocked(missing) if missing else Silent("no liver disease is recorded, or it is known already")


def _is_current(record: ConditionRecord) -> bool:
    """Whether there is a liver disease today; veno-occlusive disease has a separate rule."""
    return (
        bool(record.problems & set(_NAMES))
        and Problem.VENO_OCCLUSIVE_DISEASE not in record.problems
        and record.state is ConditionState.ACTIVE
        and record.is_confirmed
    )


def _finding(exposure: Exposure, records: tuple[ConditionRecord, ...], case: Case) -> Finding | None:
    facts = tuple(_fact(record) for record in records)
    problems = frozenset().union(*(record.problems for record in records))
    if exposure.episode is not None and exposure.episode.starts and problems & _SEVERE:
        return _at_start(exposure, facts, _name(problems), case)
    return (
        quiet_line(exposure, "Liver", facts, _said(exposure, case.knowledge.patient_advice))
        if exposure in quiet_exposures(case)
        else None
    )


def _name(problems: frozenset[Problem]) -> str:
    return next(name for problem, name in _NAMES.items() if problem in problems)


def _fact(record: ConditionRecord) -> Fact:
    what = _name(record.problems)
    return Fact(what[:1].upper() + what[1:], record.onset_on or record.recorded_on, record.record_ref)


def _said(exposure: Exposure, patient_advice: PatientSentences) -> PatientAdvice:
    is_mercaptopurine = exposure.drug is Drug.MERCAPTOPURINE
    topics = (Circumstance.LIVER, *((Circumstance.LIVER_MERCAPTOPURINE,) if is_mercaptopurine else ()))
    return patient_advice.advice(*topics, drug=drug_name(exposure.drug))


def _at_start(exposure: Exposure, facts: tuple[Fact, ...], what: str, case: Case) -> Finding:
    said = _said(exposure, case.knowledge.patient_advice)
    found = f"{what} on record; caution, check liver tests and blood counts"
    return Finding(
        decision=DecisionKey(DecisionKind.LIVER, exposure.key),
        indicator=Indicator.WARNING,
        summary=fitting(
            f"{dose_words(exposure, case.weight)}: {found}", f"{dose_words(exposure, None)}: {found}"
        ),
        why=(*facts, *dose_facts(exposure, case.weight)),
        do=said.do,
        also=said.also,
        citations=said.citations,
        reasons=Reasons.DOSE,
    )


RULE = Rule(
    id="liver-disease",
    question="Has the patient a liver disease that calls for caution with a thiopurine?",
    check=liver_disease_with_thiopurine,
    needs=NEEDS,
    implements=("E06", "E07"),
    at=(
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.WARNING,
    lowest=Indicator.INFO,
    sources=(
        "clinical-summary-2025",
        "rxreasoner",
        "compendium-renal",
        "pmc3093721",
    ),
)
