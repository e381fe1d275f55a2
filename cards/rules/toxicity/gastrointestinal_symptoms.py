"""Has the patient nausea or vomiting on a thiopurine, or had it before?"""

from cards.assessment.case import Case
from cards.assessment.current_problems import CurrentProblem, current_problems
from cards.assessment.exposures import Exposure
from cards.assessment.quiet_cards import quiet_decision, quiet_summary
from cards.card import Indicator
from cards.finding import Blocked, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.start_plan import AdviceTopic, PlanSentence, StartSentences
from cards.model.conditions import AllergyRecord, Problem, Reaction
from cards.model.facts import FactKind
from cards.rules.quiet_line import quiet_exposures
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, titled

NEEDS = frozenset({FactKind.CONDITIONS, FactKind.ALLERGIES, FactKind.MEDICATIONS})
_TOPICS = (AdviceTopic.NAUSEA, AdviceTopic.FOOD)


def stomach_upset(case: Case) -> Outcome:
    """A line: on the chart for symptoms now, in the plan of a start for an intolerance recorded before."""
    start_plan = case.knowledge.start_plan
    exposures = tuple(exposure for exposure in quiet_exposures(case) if _advice(exposure, start_plan))
    if not exposures:
        return Silent("no thiopurine that the sources name is started or taken")
    symptoms = current_problems(case.chart, case.policy.symptom_days, Problem.NAUSEA, Problem.VOMITING)
    findings = tuple(
        _line(exposure, facts, start_plan)
        for exposure in exposures
        if (facts := _before(exposure, case) if exposure.is_ordered else _now(symptoms))
    )
    if findings:
        return Fired(findings)
    kinds = {FactKind.ALLERGIES if exposure.is_ordered else FactKind.CONDITIONS for exposure in exposures}
    missing = case.missing_within(case.policy.symptom_days, *kinds)
    return Blocked(missing) if missing else Silent("no nausea, vomiting or intolerance is recorded")


def _now(symptoms: tuple[CurrentProblem, ...]) -> tuple[Fact, ...]:
    return tuple(
        one.fact("Vomiting" if Problem.VOMITING in one.record.problems else "Nausea") for one in symptoms
    )


def _before(exposure: Exposure, case: Case) -> tuple[Fact, ...]:
    return tuple(
        Fact(f"Intolerance of {drug_name(exposure.drug)} recorded", record.recorded_on, record.record_ref)
        for record in case.chart.allergies
        if record.drug == exposure.drug and _is_mere_intolerance(record)
    )


def _is_mere_intolerance(record: AllergyRecord) -> bool:
    """Whether it is recorded as an intolerance, without a reaction that forbids another dose."""
    is_serious = record.is_high_criticality or record.is_immunologic or record.reactions - {Reaction.OTHER}
    return record.is_allergy is False and not is_serious


def _advice(exposure: Exposure, start_plan: StartSentences) -> tuple[PlanSentence, ...]:
    return tuple(one for one in start_plan.start_advice(exposure.drug, None) if one.topic in _TOPICS)


def _line(exposure: Exposure, facts: tuple[Fact, ...], start_plan: StartSentences) -> Finding:
    advice = _advice(exposure, start_plan)
    regimen = exposure.regimen
    is_once_daily = regimen is not None and regimen.doses_per_day == 1
    return Finding(
        decision=quiet_decision(exposure),
        indicator=Indicator.INFO,
        summary=quiet_summary(exposure),
        why=(
            *facts,
            *((Fact("Taken as one dose a day", record_ref=exposure.record_ref),) if is_once_daily else ()),
        ),
        do=tuple(f"{titled(topic)}: {_sentences(topic, advice)}" for topic in _TOPICS),
        citations=tuple(one.citation for one in advice),
        reasons=Reasons.PLAN,
        leads=False,
    )


def _sentences(topic: AdviceTopic, advice: tuple[PlanSentence, ...]) -> str:
    return " ".join(one.graded for one in advice if one.topic is topic)


RULE = Rule(
    id="gastrointestinal-symptoms",
    question="Has the patient nausea or vomiting on a thiopurine, or had it before?",
    check=stomach_upset,
    needs=NEEDS,
    implements=("C03", "I01", "I02"),
    at=(
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.INFO,
    lowest=Indicator.INFO,
    sources=(
        "clinical-summary-2025",
        "aspen-imuran",
    ),
)
