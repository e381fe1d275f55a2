"""Which transaminases are high enough for hepatitis B to be considered?"""

from cards.assessment.baseline import baseline_of
from cards.assessment.results import is_surely_above, newest_within
from cards.knowledge.hepatitis_b import AltMeasure, HepatitisB
from cards.knowledge.knowledge import Knowledge
from cards.knowledge.liver_limits import LiverSign
from cards.model.chart_of_day import ChartOfDay
from cards.model.labs import Analyte, LabResult
from cards.model.policy import Policy
from cards.wording import rounded


def raised_transaminases(chart: ChartOfDay, policy: Policy, knowledge: Knowledge) -> tuple[LabResult, ...]:
    """Recent ALT and AST above a limit of the sources, twice the upper limit, or twice the value before the drug.

    A value that was as high before the first dose counts too: the hepatitis may be active.
    """
    newest = (
        newest_within(chart, analyte, policy.recent_count_days) for analyte in (Analyte.ALT, Analyte.AST)
    )
    return tuple(
        result for result in newest if result is not None and _is_raised(result, chart, policy, knowledge)
    )


def _is_raised(result: LabResult, chart: ChartOfDay, policy: Policy, knowledge: Knowledge) -> bool:
    limits = [
        limit.for_result(result)
        for limit in knowledge.liver_limits
        if limit.analyte is result.analyte and limit.sign is LiverSign.TRANSAMINASES
    ]
    upper = result.reference_high
    if upper is not None:
        limits.append(rounded(knowledge.hepatitis_b.alt_times(AltMeasure.TIMES_UPPER) * upper, 1))
        limits.append(_above_before(upper, result, chart, policy, knowledge.hepatitis_b))
    return any(limit is not None and is_surely_above(result, limit) for limit in limits)


def _above_before(
    upper: float, result: LabResult, chart: ChartOfDay, policy: Policy, hepatitis_b: HepatitisB
) -> float | None:
    """Twice the value before the first dose, at least the upper limit; None where that is unknown."""
    before = baseline_of(chart, result.analyte, policy)
    if before is None or before.at_most is None:
        return None
    return max(upper, rounded(hepatitis_b.alt_times(AltMeasure.TIMES_BEFORE) * before.at_most, 1))
