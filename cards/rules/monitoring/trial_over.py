"""Is the time over after which the benefit of a thiopurine is reviewed?"""

from cards.assessment.case import Case
from cards.assessment.exposures import Exposure
from cards.assessment.quiet_cards import quiet_decision, quiet_summary
from cards.card import Indicator
from cards.finding import Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.indication_doses import DoseStatement, DoseStatementKind
from cards.knowledge.start_plan import AdviceTopic, PlanSentence, StartSentences
from cards.knowledge.stopping import StopSentences
from cards.model.conditions import Indication
from cards.model.facts import FactKind
from cards.rules.quiet_line import quiet_exposures
from cards.rules.rule import PATIENT_VIEW, Rule
from cards.wording import drug_name, number, titled

NEEDS = frozenset({FactKind.MEDICATIONS, FactKind.CONDITIONS})
_NOT_FOR_BENEFIT = (Indication.KIDNEY_TRANSPLANT, Indication.LEUKEMIA)


def benefit_due_for_review(case: Case) -> Outcome:
    """A line on the chart, for some weeks after the trial period of the indication has passed.

    Nothing for a transplant or leukaemia, where the drug is not on trial, and nothing where the indication's own
    sources continue for years.
    """
    findings = tuple(
        _line(exposure, row, days, case.knowledge.start_plan)
        for exposure in quiet_exposures(case)
        if not exposure.is_ordered
        and (row := _trial(exposure, case)) is not None
        and (days := _days_on(exposure, case)) is not None
        and row.high * 7 <= days <= row.high * 7 + case.policy.trial_line_days
    )
    return Fired(findings) if findings else Silent("no trial of a thiopurine has just ended")


def _trial(exposure: Exposure, case: Case) -> DoseStatement | None:
    indications = exposure.purpose.indications
    is_for_years = any(_is_for_years(one, case.knowledge.stopping) for one in indications)
    if is_for_years or set(indications) & set(_NOT_FOR_BENEFIT):
        return None
    doses, protocol = case.knowledge.indication_doses, case.protocol(exposure)
    trial = DoseStatementKind.WEEKS_OF_TRIAL
    own = doses.dose_statements(exposure.drug, exposure.purpose.only, trial, protocol)
    rows = own or doses.dose_statements(exposure.drug, None, trial, protocol)
    return rows[0] if rows else None


def _is_for_years(indication: Indication, stopping: StopSentences) -> bool:
    """Whether the sources continue treatment for years, or without an end."""
    return any(one.in_short and one.unit in ("years", "") for one in stopping.stop_advice(indication))


def _days_on(exposure: Exposure, case: Case) -> int | None:
    return exposure.course.days_on(case.chart.today) if exposure.course else None


def _line(exposure: Exposure, row: DoseStatement, days: int, start_plan: StartSentences) -> Finding:
    name = titled(drug_name(exposure.drug))
    slower = _slower(exposure, start_plan)
    started = exposure.course.started_on if exposure.course else None
    return Finding(
        decision=quiet_decision(exposure),
        indicator=Indicator.INFO,
        summary=quiet_summary(exposure),
        why=(Fact(f"{name} taken for {days} days", started, exposure.record_ref),),
        do=(
            f"The trial of {number(row.high)} weeks is over: review the benefit{_otherwise(slower)} "
            f"(grade {row.citation.grade}).",
            *(f"{titled(str(one.indication))}: {one.graded}" for one in slower),
        ),
        citations=(row.citation, *(one.citation for one in slower)),
        reasons=Reasons.PLAN,
        leads=False,
    )


def _otherwise(slower: tuple[PlanSentence, ...]) -> str:
    """What follows without a response; where the full effect takes longer, it is too early to stop."""
    return "" if slower else "; without a response, consider stopping"


def _slower(exposure: Exposure, start_plan: StartSentences) -> tuple[PlanSentence, ...]:
    """What the sources say of a slow response in this indication."""
    advice = start_plan.start_advice(exposure.drug, exposure.purpose.only)
    return tuple(one for one in advice if one.topic is AdviceTopic.RESPONSE)


RULE = Rule(
    id="trial-over",
    question="Is the time over after which the benefit of a thiopurine is reviewed?",
    check=benefit_due_for_review,
    needs=NEEDS,
    implements=("A08", "K01"),
    at=(PATIENT_VIEW,),
    highest=Indicator.INFO,
    lowest=Indicator.INFO,
    sources=(
        "clinical-summary-2025",
        "fda-imuran-dosage",
        "aspen-imuran",
    ),
)
