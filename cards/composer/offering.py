"""On what is known of a patient, may a dose be offered, and may it be recommended?"""

from cards.card import Indicator
from cards.case import Case
from cards.case.courses import CourseState
from cards.case.exposures import Exposure
from cards.finding import Bound, DoseConstraint, Finding
from cards.knowledge.monitoring import Tier, count_limits
from cards.model.conditions import Indication
from cards.model.genes import Gene, Phenotype
from cards.model.labs import Analyte, LabResult

_HARM = ("counts", "liver", "pancreatitis")  # decisions about what the drug may have done


def no_more_than_today(case: Case, findings: tuple[Finding, ...]) -> tuple[DoseConstraint, ...]:
    """For each order beside a warning of harm: today's dose as the most, and none where there is none."""
    harmed = {
        finding.subject
        for finding in findings
        if finding.indicator is not Indicator.INFO and finding.decision.partition(":")[0] in _HARM
    }
    return tuple(_no_more(exposure) for exposure in case.ordered if exposure.key in harmed)


def _no_more(exposure: Exposure) -> DoseConstraint:
    course = exposure.course
    if course is None or not course.is_taken or course.regimen is None:
        return DoseConstraint(exposure.key, Bound.WAIT)
    return DoseConstraint(exposure.key, Bound.STEP, None, course.regimen.mg_per_day, is_binding=False)


def has_safe_genes(case: Case) -> bool:
    """Whether both genes are known to be normal, and no result speaks against it."""
    return all(
        status.phenotype is Phenotype.NORMAL and not status.is_conflicting
        for status in (case.genes[gene] for gene in Gene)
    )


def is_tolerated(exposure: Exposure, mg_per_day: float, case: Case) -> bool:
    """Whether so much or more has been taken for long, with a recent count and none that may be low."""
    course, today = exposure.course, case.chart.today
    if course is None or course.state is not CourseState.CURRENT or course.regimen is None:
        return False
    since = course.dose_since
    if since is None or since.days_before(today) < case.policy.established_days:
        return False
    white_cells = case.chart.series(Analyte.WBC).within(case.policy.recent_count_days, today)
    return (
        course.regimen.mg_per_day >= mg_per_day and bool(white_cells) and not _has_low_count(exposure, case)
    )


def _has_low_count(exposure: Exposure, case: Case) -> bool:
    return any(
        _may_be_since_start(result, exposure) and (result.at_least is None or result.at_least < limit.below)
        for limit in count_limits(Tier.WITHHOLD)
        for result in case.chart.series(limit.analyte)
    )


def _may_be_since_start(result: LabResult, exposure: Exposure) -> bool:
    started = exposure.course.started_on if exposure.course else None
    return started is None or result.taken_on is None or result.taken_on.last >= started.first


def is_recommendable(exposure: Exposure, case: Case) -> bool:
    """Whether an offer may be the recommended one: never for a child, in leukaemia or on a doubtful weight."""
    is_leukemia = Indication.LEUKEMIA in exposure.purpose.indications
    is_doubtful = case.weight is not None and case.weight.is_old
    return not (case.is_child or is_leukemia or is_doubtful)
