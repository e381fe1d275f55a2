"""What does a chart say on one day? A chart as recorded becomes the chart that rules read."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import TypeVar

from cards.assessment.dates_of_a_day import labs_of_day
from cards.assessment.doubtful_records import doubtful_doses, doubtful_records
from cards.assessment.medications_of_a_day import body_size_of_day, order_of_day, record_of_day
from cards.model.chart import PatientChart
from cards.model.chart_of_day import ChartOfDay, FailedRecord
from cards.model.conditions import ConditionRecord, ConditionState
from cards.model.dates import ClinicalDate
from cards.model.dosage.amounts import BodySize
from cards.model.facts import FactKind, Unread, UnreadReason
from cards.model.labs import Analyte, LabSeries
from cards.model.medications import WrittenOrder, WrittenRecord
from cards.model.policy import Policy
from cards.model.therapy import DrugOrder, DrugRecord

# What is measured to watch a therapy; a weight or serology may be filed after a death.
_OF_THE_LIVING = (FactKind.COUNTS, FactKind.LIVER)
_Written = TypeVar("_Written", WrittenOrder, WrittenRecord)
_OfDay = TypeVar("_OfDay", DrugOrder, DrugRecord)


def chart_of_day(chart: PatientChart, as_of: datetime, policy: Policy) -> ChartOfDay:
    """The chart as it counts at `as_of`, which is aware and in the site's zone."""
    today = as_of.date()
    labs = labs_of_day(chart.labs, as_of)
    reading = _ReadingOfDay()
    body = reading.body_size(labs, today, policy)
    taken = reading.of_each(chart.drug_records, lambda one: record_of_day(one, body, today, policy))
    return ChartOfDay(
        as_of=as_of,
        born_on=birth_date_of_day(chart.born_on, today),
        sex=chart.sex,
        is_deceased=is_deceased_on(chart, today),
        died_on=chart.died_on,
        draft_orders=reading.of_each(chart.draft_orders, lambda one: order_of_day(one, body, today)),
        vaccine_orders=chart.vaccine_orders,
        drug_records=taken,
        gene_results=chart.gene_results,
        labs=labs,
        conditions=tuple([condition_of_day(one, today) for one in chart.conditions]),
        procedures=chart.procedures,
        allergies=chart.allergies,
        immunizations=chart.immunizations,
        test_orders=chart.test_orders,
        known=chart.known,
        unread=(
            *chart.unread,
            *reading.unread,
            *doubtful_records(chart, as_of),
            *doubtful_doses(chart, taken, today),
        ),
        orders_of_others=chart.orders_of_others,
        merged_refs=chart.merged_refs,
        records_elsewhere=chart.records_elsewhere,
        failed=tuple(reading.failed),
    )


class _ReadingOfDay:
    """The readings of one day; one that raises costs its own record alone."""

    def __init__(self) -> None:
        self.failed: list[FailedRecord] = []
        self.unread: list[Unread] = []

    def of_each(
        self, written: Iterable[_Written], of_day: Callable[[_Written], _OfDay]
    ) -> tuple[_OfDay, ...]:
        """What each was on that day; an Unread for one that raises."""
        found: list[_OfDay] = []
        for one in written:
            try:
                found.append(of_day(one))
            except Exception as error:  # noqa: BLE001 -- one record must not lose the others; it is reported
                self.failed.append(FailedRecord(one.record_ref, error))
                why = f"reading it failed ({type(error).__name__})"
                told = Unread(one.record_ref, FactKind.MEDICATIONS, why, reason=UnreadReason.FAILED)
                self.unread.append(told)
        return tuple(found)

    def body_size(self, labs: Mapping[Analyte, LabSeries], today: date, policy: Policy) -> BodySize:
        """The size that doses are computed with; none where finding it raises."""
        try:
            return body_size_of_day(labs, today, policy)
        except Exception as error:  # noqa: BLE001 -- see above; a dose by weight is then not readable
            self.failed.append(FailedRecord("", error))
            return BodySize()


def birth_date_of_day(born_on: ClinicalDate | None, today: date) -> ClinicalDate | None:
    """The birth date; None where it lies ahead."""
    return born_on if born_on and born_on.first <= today else None


def is_deceased_on(chart: PatientChart, today: date) -> bool:
    """Whether the patient is recorded as having died by then; a count or liver test of a later day contradicts it."""
    if not chart.is_deceased or chart.died_on is None:
        return chart.is_deceased
    died_on = chart.died_on
    return died_on.first <= today and not any(
        result.taken_on is not None and died_on.last < result.taken_on.first <= today
        for analyte, series in chart.labs.items()
        if analyte.kind in _OF_THE_LIVING
        for result in series
    )


def condition_of_day(condition: ConditionRecord, today: date) -> ConditionRecord:
    """The condition, resolved where it abated before today whatever its status says."""
    abated = condition.abated_on
    if abated is None or abated.last >= today:
        return condition
    return replace(condition, state=ConditionState.RESOLVED)
