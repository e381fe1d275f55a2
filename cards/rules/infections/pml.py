"""Is progressive multifocal leukoencephalopathy on record in a patient on a thiopurine?"""

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
from cards.model.conditions import ConditionRecord, ConditionState, Indication, Problem
from cards.model.facts import FactKind
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, titled

NEEDS = frozenset({FactKind.CONDITIONS, FactKind.MEDICATIONS})


def leukoencephalopathy_on_thiopurine(case: Case) -> Outcome:
    """Warn when it is on record and a thiopurine is ordered or taken; a suspected one counts."""
    if not case.exposures:
        return Silent("no thiopurine is ordered or taken")
    missing = case.missing(FactKind.CONDITIONS)
    records = tuple(record for record in case.chart.conditions if Problem.PML in record.problems)
    if not records:
        return (
            Blocked(missing)
            if missing
            else Silent("no progressive multifocal leukoencephalopathy is recorded")
        )
    return Fired(tuple(_finding(exposure, records, case) for exposure in case.exposures), missing)


def _finding(exposure: Exposure, records: tuple[ConditionRecord, ...], case: Case) -> Finding:
    name = drug_name(exposure.drug)
    is_transplant = Indication.KIDNEY_TRANSPLANT in exposure.purpose.indications
    return Finding(
        decision=DecisionKey(DecisionKind.PML, exposure.key),
        indicator=Indicator.WARNING,
        summary=f"{titled(name)}: progressive multifocal leukoencephalopathy (PML) on record; "
        "consider less immunosuppression",
        why=(*(_fact(record) for record in records), *dose_facts(exposure, case.weight)),
        do=(
            "Consider reducing the immunosuppression in a patient who develops PML, and a consultation with a "
            "neurologist.",
            *(("In a transplant recipient weigh the risk to the graft.",) if is_transplant else ()),
        ),
        citations=(
            case.knowledge.cite("fda-imuran-pml", "warnings: progressive multifocal leukoencephalopathy"),
        ),
        reasons=Reasons.STOP,
        constraints=(DoseConstraint(exposure.key, Bound.STOP),) if exposure.is_ordered else (),
    )


def _fact(record: ConditionRecord) -> Fact:
    state = "" if record.state is ConditionState.ACTIVE else f", {record.state}"
    unconfirmed = "" if record.is_confirmed else ", not confirmed"
    what = f"Progressive multifocal leukoencephalopathy on the problem list{state}{unconfirmed}"
    return Fact(what, record.onset_on or record.recorded_on, record.record_ref)


RULE = Rule(
    id="pml",
    question="Is progressive multifocal leukoencephalopathy on record in a patient on a thiopurine?",
    check=leukoencephalopathy_on_thiopurine,
    needs=NEEDS,
    implements=("X09",),
    at=(
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.WARNING,
    lowest=Indicator.WARNING,
    sources=("fda-imuran-pml",),
)
