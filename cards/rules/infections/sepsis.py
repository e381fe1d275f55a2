"""Is a thiopurine ordered or taken during sepsis or bacteraemia?"""

from cards.assessment.case import Case
from cards.assessment.dose_words import dose_facts
from cards.assessment.episodes import Episode
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
from cards.knowledge.rule_sentences import RuleSentence
from cards.model.conditions import ConditionRecord, ConditionState, Problem
from cards.model.dates import ClinicalDate
from cards.model.facts import FactKind
from cards.model.therapy import Drug
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, titled

NEEDS = frozenset({FactKind.CONDITIONS, FactKind.MEDICATIONS})


def thiopurine_in_sepsis(case: Case) -> Outcome:
    """Warn when sepsis or bacteraemia is active and recent; an undated or unconfirmed one asks to check."""
    if not case.exposures:
        return Silent("no thiopurine is ordered or taken")
    missing = case.missing_within(case.policy.infection_days, FactKind.CONDITIONS)
    current = tuple(record for record in case.chart.conditions if _may_be_current(record, case))
    if current:
        return Fired(tuple(_finding(exposure, current, case) for exposure in case.exposures), missing)
    return Blocked(missing) if missing else Silent("no active sepsis or bacteraemia is recorded")


def _may_be_current(record: ConditionRecord, case: Case) -> bool:
    if Problem.SEPSIS not in record.problems or record.state is not ConditionState.ACTIVE:
        return False
    dates = _dates(record)
    days, today = case.policy.infection_days, case.chart.today
    return record.in_this_encounter or not dates or any(day.possibly_within(days, today) for day in dates)


def _is_certain(record: ConditionRecord, case: Case) -> bool:
    is_recent = any(_is_surely_recent(day, case) for day in _dates(record))
    return record.is_confirmed and (record.in_this_encounter or is_recent)


def _is_surely_recent(when: ClinicalDate, case: Case) -> bool:
    """Whether every past day that the date may mean is recent; a month may reach into the future."""
    return 0 <= (case.chart.today - when.first).days <= case.policy.infection_days


def _dates(record: ConditionRecord) -> tuple[ClinicalDate, ...]:
    """When it began and when it was recorded: either date can make it current."""
    return tuple(when for when in (record.onset_on, record.recorded_on) if when)


def _finding(exposure: Exposure, records: tuple[ConditionRecord, ...], case: Case) -> Finding:
    certain = any(_is_certain(record, case) for record in records)
    name = drug_name(exposure.drug)
    action = _verb(exposure) if certain else "check whether the infection is current"
    steroid = case.course(Drug.SYSTEMIC_CORTICOSTEROID)
    on_steroid = steroid is not None and steroid.is_taken
    return Finding(
        decision=DecisionKey(DecisionKind.SEPSIS, exposure.key),
        indicator=Indicator.CRITICAL if certain else Indicator.WARNING,
        summary=f"{titled(name)}: sepsis or bacteraemia is active; {action}",
        why=(*(_fact(record) for record in records), *dose_facts(exposure, case.weight)),
        do=(
            *(() if certain else ("Find out whether the infection is confirmed and current. If it is:",)),
            f"Stop {name} at once and hold it until the infection has completely resolved and the patient "
            "is stable.",
            "Sepsis care: blood cultures, broad-spectrum antimicrobials, fluids.",
            *(
                ("A systemic corticosteroid is on record: do not stop long-term steroids abruptly.",)
                if on_steroid
                else ()
            ),
            _after_restarting(case),
        ),
        also=(
            ("Together with a corticosteroid the risk of infection and its mortality are higher (grade E).",)
            if on_steroid
            else ()
        ),
        citations=(case.knowledge.cite("clinical-summary-2025", "active sepsis or bacteraemia"),),
        reasons=Reasons.STOP,
        constraints=((DoseConstraint(exposure.key, Bound.STOP),) if certain and exposure.is_ordered else ()),
    )


def _after_restarting(case: Case) -> str:
    phase = case.knowledge.schedules.after_sepsis(case.policy.schedule_profile)
    return case.knowledge.sentences.text(
        RuleSentence.SEPSIS_AFTER,
        what=phase.what,
        interval_days=phase.interval_days,
        until_day=phase.until_day or 0,
    )


def _verb(exposure: Exposure) -> str:
    if not exposure.is_ordered:
        return "stop it now"
    return "do not restart yet" if exposure.episode is Episode.RESTART else "do not give now"


def _fact(record: ConditionRecord) -> Fact:
    when = record.onset_on or record.recorded_on
    notes = [] if record.is_confirmed else ["not confirmed"]
    notes += [] if when else ["no date recorded"]
    notes += ["in this encounter"] if record.in_this_encounter else []
    suffix = f" ({', '.join(notes)})" if notes else ""
    return Fact(f"Sepsis or bacteraemia on the problem list{suffix}", when, record.record_ref)


RULE = Rule(
    id="sepsis",
    question="Is a thiopurine ordered or taken during sepsis or bacteraemia?",
    check=thiopurine_in_sepsis,
    needs=NEEDS,
    implements=("H03", "H04", "H05", "H06"),
    at=(
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.CRITICAL,
    lowest=Indicator.WARNING,
    sources=("clinical-summary-2025",),
)
