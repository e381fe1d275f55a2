"""Is ultraviolet phototherapy given or ordered together with a thiopurine?"""

from cards.assessment.case import Case
from cards.assessment.dose_words import dose_facts
from cards.assessment.exposures import Exposure
from cards.card import Indicator
from cards.finding import Blocked, DecisionKey, DecisionKind, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.patient_advice import Circumstance
from cards.model.conditions import ProcedureKind, ProcedureRecord
from cards.model.facts import FactKind
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, titled

NEEDS = frozenset({FactKind.PROCEDURES, FactKind.ORDERED_TESTS, FactKind.MEDICATIONS, FactKind.VITALS})
_MOST_OF_A_NAME = 60


def phototherapy_with_thiopurine(case: Case) -> Outcome:
    """Warn while ultraviolet treatment is ordered, or was given within the policy's days."""
    exposures = (*case.ordered, *case.taken)
    if not exposures:
        return Silent("no thiopurine is ordered or taken")
    days = case.policy.phototherapy_days
    missing = case.missing_within(days, FactKind.PROCEDURES, FactKind.ORDERED_TESTS)
    records = tuple(record for record in case.chart.procedures if _is_current(record, case))
    if records:
        return Fired(tuple(_finding(exposure, records, case) for exposure in exposures))
    is_raised = any(exposure.episode and exposure.episode.starts for exposure in exposures)
    if missing and is_raised:
        return Blocked(missing)
    return Silent("no current ultraviolet phototherapy is recorded")


def _is_current(record: ProcedureRecord, case: Case) -> bool:
    if record.kind is not ProcedureKind.PHOTOTHERAPY:
        return False
    if record.done_on is None:
        return record.is_planned
    is_ahead = record.is_planned and record.done_on.last >= case.chart.today
    return is_ahead or record.done_on.possibly_within(case.policy.phototherapy_days, case.chart.today)


def _finding(exposure: Exposure, records: tuple[ProcedureRecord, ...], case: Case) -> Finding:
    name = drug_name(exposure.drug)
    status = "ordered" if any(record.is_planned for record in records) else "given lately"
    said = case.knowledge.patient_advice.advice(Circumstance.PHOTOTHERAPY, drug=name)
    return Finding(
        decision=DecisionKey(DecisionKind.PHOTOTHERAPY, exposure.key),
        indicator=Indicator.WARNING,
        summary=f"{titled(name)} with ultraviolet phototherapy ({status}): not advised together, choose one",
        why=(*(_fact(record) for record in records), *dose_facts(exposure, case.weight)),
        do=said.do,
        also=said.also,
        citations=said.citations,
        reasons=Reasons.INTERACTION,
    )


def _fact(record: ProcedureRecord) -> Fact:
    status = "ordered" if record.is_planned else "given"
    name = f": {record.text[:_MOST_OF_A_NAME]}" if record.text else ""
    return Fact(f"Ultraviolet phototherapy {status}{name}", record.done_on, record.record_ref)


RULE = Rule(
    id="phototherapy",
    question="Is ultraviolet phototherapy given or ordered together with a thiopurine?",
    check=phototherapy_with_thiopurine,
    needs=NEEDS,
    implements=("F03",),
    at=(
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.WARNING,
    lowest=Indicator.WARNING,
    sources=(
        "clinical-summary-2025",
        "fda-imuran-malignancy",
        "pmid-21860872",
    ),
)
