"""Have low blood counts failed to recover after the dose was cut?"""

from cards.assessment.case import Case
from cards.assessment.cytopenia import LowCount, counts_in_words
from cards.assessment.dose_changes import DoseChange, last_dose_change
from cards.assessment.dose_words import dose_facts
from cards.assessment.exposures import Exposure
from cards.assessment.results import is_surely_below, result_fact
from cards.card import Indicator
from cards.finding import Blocked, DecisionKey, DecisionKind, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.monitoring import Tier
from cards.knowledge.toxicity import ToxicityTopic
from cards.model.facts import FactKind
from cards.model.labs import LabResult
from cards.model.protocol import Group
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, number, titled

NEEDS = frozenset({FactKind.COUNTS, FactKind.MEDICATIONS})


def no_recovery_after_dose_cut(case: Case) -> Outcome:
    """Warn when a count that was low before the dose was cut is still low, long enough after it."""
    cuts = [(exposure, cut) for exposure in case.exposures_not_in(Group.LEUKAEMIA) if (cut := _cut(exposure))]
    if not cuts:
        return Silent("no dose was cut")
    missing = case.missing_within(case.policy.recent_count_days, FactKind.COUNTS)
    findings = tuple(
        _finding(exposure, cut, still, case)
        for exposure, cut in cuts
        if (still := _still_low(exposure, cut, case))
    )
    if findings:
        return Fired(findings, missing)
    return Blocked(missing) if missing else Silent("no count stayed low after the dose was cut")


def _cut(exposure: Exposure) -> DoseChange | None:
    course = exposure.course
    change = last_dose_change(course) if course is not None and course.is_taken else None
    return change if change is not None and not change.is_increase else None


def _still_low(exposure: Exposure, cut: DoseChange, case: Case) -> tuple[LowCount, ...]:
    return tuple(
        count
        for count in case.low_counts(exposure, Tier.WITHHOLD)
        if not count.was_as_low
        and count.result.taken_on is not None
        and (count.result.taken_on.first - cut.on.last).days >= case.policy.recovery_days
        and is_surely_below(_at_cut(count, cut, case), count.limit.below)
    )


def _at_cut(count: LowCount, cut: DoseChange, case: Case) -> LabResult | None:
    """The last result up to the day of the cut, if it was recent then."""
    until = case.chart.series(count.limit.analyte).until(cut.on.first)
    return until.within(case.policy.recent_count_days, cut.on.first).latest


def _finding(exposure: Exposure, cut: DoseChange, low: tuple[LowCount, ...], case: Case) -> Finding:
    advice = case.knowledge.toxicity.toxicity_advice(ToxicityTopic.AFTER_CUT)
    days = cut.on.days_before(case.chart.today)
    return Finding(
        decision=DecisionKey(DecisionKind.COUNTS, exposure.key),
        indicator=Indicator.WARNING,
        summary=(
            f"{titled(drug_name(exposure.drug))}: {counts_in_words(low)} still low {days} days after the dose was "
            "cut; consider stopping"
        ),
        why=(
            *(fact for count in low for fact in _facts(count, cut, case)),
            Fact(
                f"Dose cut from {number(cut.before_mg, 1)} to {number(cut.after_mg, 1)} mg/day",
                cut.on,
                cut.before.record_ref,
            ),
            *dose_facts(exposure, case.weight),
        ),
        do=advice.do,
        citations=(*(count.limit.citation for count in low), *advice.citations),
        reasons=Reasons.STOP,
    )


def _facts(count: LowCount, cut: DoseChange, case: Case) -> tuple[Fact, ...]:
    then = _at_cut(count, cut, case)
    return (*count.facts(), *((result_fact(then, "before the dose was cut"),) if then else ()))


RULE = Rule(
    id="counts-after-dose-cut",
    question="Have low blood counts failed to recover after the dose was cut?",
    check=no_recovery_after_dose_cut,
    needs=NEEDS,
    implements=("K04",),
    at=(
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.WARNING,
    lowest=Indicator.WARNING,
    sources=(
        "fda-imuran-dosage",
        "bsr-2017",
        "edren",
    ),
)
