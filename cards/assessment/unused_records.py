"""Records that came and could not be used, as long as what they may say still matters."""

from datetime import timedelta

from cards.assessment.earlier_courses import taken_records
from cards.model.chart_of_day import ChartOfDay
from cards.model.facts import FactKind, Unread
from cards.model.labs import Analyte
from cards.model.policy import Policy


def unused_records(chart: ChartOfDay, policy: Policy) -> tuple[Unread, ...]:
    """Those that a rule may need: not one so old that its kind is no longer judged by it.

    Without a date of its own a record always matters.
    """
    deciding = [one for one in chart.unread if one.deciding]
    if not deciding:
        return ()
    days = _days_that_matter(chart, policy)
    return tuple(one for one in deciding if _matters(one, days.get(one.kind), chart))


def _matters(record: Unread, days: int | None, chart: ChartOfDay) -> bool:
    if days is None or record.on is None:
        return True
    return record.on.last >= chart.today - timedelta(days=days)


def _days_that_matter(chart: ChartOfDay, policy: Policy) -> dict[FactKind | None, int | None]:
    """How far back the rules look, by kind; None: as far as the records reach."""
    results = _days_of_results(chart, policy)
    return {
        FactKind.COUNTS: results,
        FactKind.LIVER: results,
        FactKind.KIDNEY: policy.kidney_result_days,
        FactKind.METABOLITES: policy.metabolite_days,
        FactKind.PREGNANCY: policy.pregnancy_days,
        FactKind.VITALS: policy.weight_unused_after_days if chart.series(Analyte.BODY_WEIGHT) else None,
    }


def _days_of_results(chart: ChartOfDay, policy: Policy) -> int | None:
    """Counts and liver tests matter back to the baseline of the first thiopurine on record.

    Twice as far, as a rule says of one that is just too old that it is.
    """
    starts = [record.started_on for record in taken_records(chart)]
    if any(start is None for start in starts):
        return None
    taken = [(chart.today - start.first).days for start in starts if start is not None]
    return max(taken, default=0) + 2 * max(policy.baseline_days, policy.recent_count_days)
