"""Has the patient reacted to a thiopurine in a way that forbids another dose?"""

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
from cards.model.conditions import AllergyRecord, ConditionRecord, Reaction
from cards.model.facts import FactKind
from cards.model.therapy import Drug
from cards.rules.rule import ORDER_SELECT, ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, listed, titled

NEEDS = frozenset({FactKind.ALLERGIES, FactKind.CONDITIONS, FactKind.MEDICATIONS})
# The label and the SmPC name azathioprine and mercaptopurine for each other; thioguanine for itself.
_CROSS = (Drug.AZATHIOPRINE, Drug.MERCAPTOPURINE)
# The reactions a problem's words may state; other reactions recorded as problems have separate rules.
_OF_PROBLEMS = frozenset({Reaction.ANAPHYLAXIS, Reaction.HYPERSENSITIVITY, Reaction.RASH, Reaction.FEVER})
_MOST_NAMED = 2  # more do not fit a summary


def reacted_to_thiopurine(case: Case) -> Outcome:
    """Warn when a thiopurine is ordered or taken despite a recorded reaction to one: an allergy or a problem.

    Intolerance (nausea) is not allergy, and a low count is dose toxicity. For a reaction recorded without
    detail, or unconfirmed, the card asks for the detail.
    """
    if not case.exposures:
        return Silent("no thiopurine is ordered or taken")
    missing = case.missing(FactKind.ALLERGIES, FactKind.CONDITIONS)
    findings = tuple(
        _finding(exposure, records, case)
        for exposure in case.exposures
        if (records := _records(exposure, case))
    )
    if findings:
        return Fired(findings, missing)
    return Blocked(missing) if missing else Silent("no allergy to a thiopurine is recorded")


def _records(exposure: Exposure, case: Case) -> tuple[AllergyRecord, ...]:
    drugs = _CROSS if exposure.drug in _CROSS else (exposure.drug,)
    recorded = (*case.chart.allergies, *_of_problems(case))
    return tuple(record for record in recorded if record.drug in drugs and not _is_mere_intolerance(record))


def _of_problems(case: Case) -> tuple[AllergyRecord, ...]:
    """Reactions that a problem's words attribute to a drug ("azathioprine hypersensitivity"), as allergies."""
    return tuple(
        _as_allergy(record, drug)
        for record in case.chart.conditions
        if record.reactions & _OF_PROBLEMS
        for drug in sorted(record.blames)
    )


def _as_allergy(record: ConditionRecord, drug: str) -> AllergyRecord:
    return AllergyRecord(
        record_ref=record.record_ref,
        drug=drug,
        is_immunologic=Reaction.HYPERSENSITIVITY in record.reactions,
        reactions=record.reactions,
        is_confirmed=record.is_confirmed,
        recorded_on=record.onset_on or record.recorded_on,
        text=record.text,
    )


def _forbids(record: AllergyRecord) -> bool:
    named = record.reactions - {Reaction.OTHER, Reaction.CYTOPENIA}
    return record.is_high_criticality or record.is_immunologic or bool(named)


def _is_serious(record: AllergyRecord) -> bool:
    return record.is_confirmed and _forbids(record)


def _is_mere_intolerance(record: AllergyRecord) -> bool:
    return record.is_allergy is False and not _forbids(record) and Reaction.CYTOPENIA not in record.reactions


def _finding(exposure: Exposure, records: tuple[AllergyRecord, ...], case: Case) -> Finding:
    serious = tuple(record for record in records if _is_serious(record))
    name = drug_name(exposure.drug)
    culprit = drug_name(Drug((serious or records)[0].drug))
    if serious:
        action = (
            "do not give, choose another drug" if exposure.is_ordered else "review now, it is contraindicated"
        )
        what = _in_short(serious)
        preposition = "to" if what == Reaction.HYPERSENSITIVITY else "on"
        summary = f"{titled(name)}: {what} {preposition} {culprit} recorded; {action}"
    else:
        summary = f"{titled(name)}: {_unclear(records)} on {culprit} recorded; clarify before giving"
    return Finding(
        decision=DecisionKey(DecisionKind.HYPERSENSITIVITY, exposure.key),
        indicator=Indicator.CRITICAL if serious else Indicator.WARNING,
        summary=summary,
        why=(*(_fact(record) for record in records), *dose_facts(exposure, case.weight)),
        do=(
            (
                "Hypersensitivity to azathioprine or mercaptopurine contraindicates both: do not re-challenge.",
                "Choose a drug that is not a thiopurine.",
            )
            if serious
            else (
                "Ask what happened: rash, fever, pancreatitis, hepatitis or shock forbid another dose; nausea "
                "alone does not. After a low blood count, look at TPMT, NUDT15 and the dose first.",
            )
        ),
        citations=(
            case.knowledge.cite(
                "smpc-azathioprine", "contraindication: hypersensitivity to azathioprine or 6-MP"
            ),
        ),
        reasons=Reasons.STOP,
        constraints=((DoseConstraint(exposure.key, Bound.STOP),) if serious and exposure.is_ordered else ()),
    )


def _in_short(serious: tuple[AllergyRecord, ...]) -> str:
    named = {reaction for record in serious for reaction in record.reactions} - {Reaction.OTHER}
    if len(named) > _MOST_NAMED:
        return "several reactions"
    return listed(sorted(named)) or "allergy"


def _unclear(records: tuple[AllergyRecord, ...]) -> str:
    if any(_forbids(record) for record in records):
        return "an unconfirmed reaction"
    if any(Reaction.CYTOPENIA in record.reactions for record in records):
        return "cytopenia"
    return "a reaction without details"


def _fact(record: AllergyRecord) -> Fact:
    details = listed(sorted(reaction.value for reaction in record.reactions))
    criticality = ", high criticality" if record.is_high_criticality else ""
    kind = {True: "Allergy", False: "Intolerance", None: "Allergy or intolerance"}[record.is_allergy]
    unconfirmed = "" if record.is_confirmed else ", unconfirmed"
    what = f"{kind} to {drug_name(Drug(record.drug))}: {details or 'no reaction recorded'}{criticality}{unconfirmed}"
    return Fact(what, record.recorded_on, record.record_ref)


RULE = Rule(
    id="thiopurine-hypersensitivity",
    question="Has the patient reacted to a thiopurine in a way that forbids another dose?",
    check=reacted_to_thiopurine,
    needs=NEEDS,
    implements=("I10",),
    at=(
        ORDER_SELECT,
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.CRITICAL,
    lowest=Indicator.WARNING,
    sources=("smpc-azathioprine",),
)
