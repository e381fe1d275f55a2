"""Is a thiopurine started again after sepsis, and how is it watched then?"""

from datetime import timedelta

from cards.assessment.case import Case
from cards.assessment.dose_words import dose_facts
from cards.assessment.exposures import Exposure
from cards.assessment.quiet_cards import quiet_decision
from cards.card import Indicator
from cards.finding import Blocked, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.schedules import SchedulePhase
from cards.model.conditions import ConditionRecord, ConditionState, Problem
from cards.model.dates import ClinicalDate
from cards.model.facts import FactKind
from cards.rules.rule import ORDER_SIGN, Rule
from cards.wording import drug_name, titled

NEEDS = frozenset({FactKind.CONDITIONS, FactKind.MEDICATIONS})


def restarted_after_sepsis(case: Case) -> Outcome:
    """A quiet note with the dates of the tests when an order starts the drug after a sepsis that is over."""
    starts = [
        exposure for exposure in case.ordered if exposure.episode is not None and exposure.episode.starts
    ]
    if not starts:
        return Silent("no thiopurine is started again")
    days = case.policy.new_start_days
    over = [record for record in case.chart.conditions if _is_over(record, case)]
    phase = case.knowledge.schedules.after_sepsis(case.policy.schedule_profile)
    if not over:
        missing = case.missing_within(days, FactKind.CONDITIONS)
        return Blocked(missing) if missing else Silent("no sepsis that lately resolved is recorded")
    return Fired(tuple(_finding(exposure, over[0], phase, case) for exposure in starts))


def _is_over(record: ConditionRecord, case: Case) -> bool:
    when = _when(record)
    return (
        Problem.SEPSIS in record.problems
        and record.state is ConditionState.RESOLVED
        and when is not None
        and when.possibly_within(case.policy.new_start_days, case.chart.today)
    )


def _when(record: ConditionRecord) -> ClinicalDate | None:
    return record.abated_on or record.onset_on or record.recorded_on


def _finding(exposure: Exposure, over: ConditionRecord, phase: SchedulePhase, case: Case) -> Finding:
    name = titled(drug_name(exposure.drug))
    weeks = (phase.until_day or 0) // 7
    return Finding(
        decision=quiet_decision(exposure),
        indicator=Indicator.INFO,
        summary=f"{name} after sepsis: {phase.what} every {phase.interval_days} days for at least {weeks} weeks",
        why=(
            Fact("Sepsis or bacteraemia, resolved", _when(over), over.record_ref),
            *dose_facts(exposure, case.weight),
        ),
        do=(
            "After sepsis, restart only once it has completely resolved and the patient is stable; then "
            f"{phase.what} every {phase.interval_days} days for at least {weeks} weeks (grade {phase.citation.grade}): "
            f"{_due(phase, case)} if started today.",
        ),
        citations=(phase.citation,),
        reasons=Reasons.PLAN,
        leads=False,
    )


def _due(phase: SchedulePhase, case: Case) -> str:
    days = range(phase.interval_days, (phase.until_day or 0) + 1, phase.interval_days)
    return ", ".join(str(case.chart.today + timedelta(days=day)) for day in days)


RULE = Rule(
    id="restart-after-infection",
    question="Is a thiopurine started again after sepsis, and how is it watched then?",
    check=restarted_after_sepsis,
    needs=NEEDS,
    implements=("H04", "H05"),
    at=(ORDER_SIGN,),
    highest=Indicator.INFO,
    lowest=Indicator.INFO,
    sources=(
        "project",
        "clinical-summary-2025",
        "fda-imuran-summary",
        "sps-azathioprine",
        "bsg-2019",
        "nhs-lanarkshire-dmards",
    ),
)
