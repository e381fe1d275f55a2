"""What does a chart say on one day? A chart as recorded becomes the chart that rules read."""

from dataclasses import replace
from datetime import date, datetime

from cards.assessment.dates_of_a_day import labs_of_day
from cards.model.chart import PatientChart
from cards.model.chart_of_day import ChartOfDay
from cards.model.conditions import ConditionRecord, ConditionState
from cards.model.dates import ClinicalDate


def chart_of_day(chart: PatientChart, as_of: datetime) -> ChartOfDay:
    """The chart as it counts at `as_of`, which is aware and in the site's zone."""
    today = as_of.date()
    return ChartOfDay(
        as_of=as_of,
        born_on=birth_date_of_day(chart.born_on, today),
        sex=chart.sex,
        draft_orders=chart.draft_orders,
        vaccine_orders=chart.vaccine_orders,
        drug_records=chart.drug_records,
        gene_results=chart.gene_results,
        labs=labs_of_day(chart.labs, as_of),
        conditions=tuple([condition_of_day(one, today) for one in chart.conditions]),
        procedures=chart.procedures,
        allergies=chart.allergies,
        immunizations=chart.immunizations,
        test_orders=chart.test_orders,
        known=chart.known,
        unread=chart.unread,
        orders_of_others=chart.orders_of_others,
    )


def birth_date_of_day(born_on: ClinicalDate | None, today: date) -> ClinicalDate | None:
    """The birth date; None where it lies ahead."""
    return born_on if born_on and born_on.first <= today else None


def condition_of_day(condition: ConditionRecord, today: date) -> ConditionRecord:
    """The condition, resolved where it abated before today whatever its status says."""
    abated = condition.abated_on
    if abated is None or abated.last >= today:
        return condition
    return replace(condition, state=ConditionState.RESOLVED)
