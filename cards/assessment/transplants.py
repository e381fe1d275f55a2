"""How long ago was the last kidney transplantation?"""

from cards.model.chart_of_day import ChartOfDay
from cards.model.conditions import ConditionState, Problem, ProcedureKind
from cards.model.policy import Policy


def days_since_transplant(chart: ChartOfDay, policy: Policy) -> int | None:
    """At most so many days; None where no record tells, or where there was none.

    The newest procedure counts. The problem list alone counts by its oldest onset, since a rejection is coded
    there too; where nothing else has an onset, it only shows, as a day of recording does, that the first weeks are
    over.
    """
    done = [
        (chart.today - record.done_on.first).days
        for record in chart.procedures
        if record.kind is ProcedureKind.KIDNEY_TRANSPLANT and not record.is_planned and record.done_on
    ]
    past = [days for days in done if days >= 0]
    if past:
        return min(past)
    listed = [
        record
        for record in chart.conditions
        if Problem.KIDNEY_TRANSPLANT in record.problems and record.state is ConditionState.ACTIVE
    ]
    dated = [record for record in listed if record.onset_on]
    onsets = [(chart.today - record.onset_on.first).days for record in dated if record.onset_on]
    if not all(Problem.KIDNEY_GRAFT_COMPLICATION in record.problems for record in dated):
        return max(onsets)
    recorded = [(chart.today - record.recorded_on.last).days for record in listed if record.recorded_on]
    least = max((*recorded, *onsets), default=0)
    return least if least > policy.transplant_first_days else None
