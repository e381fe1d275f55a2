"""A chart as recorded, on a day: both sides of the day on which a date begins or ceases to count."""

from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest

from cards.assessment import chart_of_a_day
from cards.assessment.chart_of_a_day import chart_of_day
from cards.assessment.medications_of_a_day import order_of_day, record_of_day
from cards.model.chart import PatientChart, Sex
from cards.model.chart_of_day import ChartOfDay
from cards.model.conditions import ConditionState, Problem
from cards.model.dosage.amounts import BodySize
from cards.model.facts import FactKind, Unread, UnreadReason
from cards.model.labs import Analyte, LabResult, series_of
from cards.model.medications import RecordKind, RecordStatus, WrittenCourse, WrittenOrder, WrittenRecord
from cards.model.therapy import Drug, Product
from tests.builders import AS_OF, BORN, POLICY, TODAY, chart, on, problem, unknown


def recorded(**facts) -> PatientChart:
    return PatientChart(**facts)


def test_what_does_not_depend_on_the_day_stays_as_recorded():
    of_day = chart(unread=(Unread("Observation/1", FactKind.COUNTS, "why"),), known=unknown(FactKind.GENES))
    of_day = replace(of_day, sex=Sex.FEMALE, orders_of_others=2)
    as_recorded = PatientChart(**{one.name: getattr(of_day, one.name) for one in fields(PatientChart)})

    assert chart_of_day(as_recorded, AS_OF, POLICY) == of_day


@pytest.mark.parametrize(
    ("born", "counts"),
    [("2026-11-23", True), ("2026-11-24", True), ("2026-11-25", False), ("2026", True), ("2027", False)],
)
def test_a_birth_date_ahead_is_none(born, counts):
    assert chart_of_day(recorded(born_on=on(born)), AS_OF, POLICY).born_on == (on(born) if counts else None)


def test_a_missing_birth_date_stays_missing():
    assert chart_of_day(recorded(), AS_OF, POLICY) == ChartOfDay(AS_OF)


@pytest.mark.parametrize(
    ("abated", "state"),
    [
        ("2026-11-23", ConditionState.RESOLVED),
        ("2026-11-24", ConditionState.ACTIVE),  # the last day it was there
        ("2026-11", ConditionState.ACTIVE),  # it may last until the thirtieth
        ("2027-01-01", ConditionState.ACTIVE),
    ],
)
def test_a_condition_that_abated_before_today_is_resolved(abated, state):
    sepsis = problem(Problem.SEPSIS, abated=abated)

    (found,) = chart_of_day(recorded(conditions=(sepsis,)), AS_OF, POLICY).conditions

    assert found == replace(sepsis, state=state)


def test_one_chart_is_read_on_two_days():
    sepsis = problem(Problem.SEPSIS, abated="2026-11-23")
    as_recorded = recorded(born_on=BORN, conditions=(sepsis,))

    before = chart_of_day(as_recorded, datetime(2026, 11, 23, 12, tzinfo=UTC), POLICY)

    assert [one.state for one in before.conditions] == [ConditionState.ACTIVE]
    assert [one.state for one in chart_of_day(as_recorded, AS_OF, POLICY).conditions] == [
        ConditionState.RESOLVED
    ]


AZATHIOPRINE = WrittenOrder("MedicationRequest/1", Drug.AZATHIOPRINE, Product())
RECORD = WrittenRecord(
    "MedicationRequest/2",
    Drug.AZATHIOPRINE,
    Product(),
    WrittenCourse(
        RecordKind.ORDER, RecordStatus.COMPLETED, started_on=on("2025-11-01"), ended_on=on("2026-02-01")
    ),
)


def explode(*_args):
    raise ZeroDivisionError("1984-06-02")


def test_medications_are_read_as_of_the_day():
    found = chart_of_day(recorded(draft_orders=(AZATHIOPRINE,), drug_records=(RECORD,)), AS_OF, POLICY)

    assert found == ChartOfDay(
        AS_OF,
        draft_orders=(order_of_day(AZATHIOPRINE, BodySize(), TODAY),),
        drug_records=(record_of_day(RECORD, BodySize(), TODAY, POLICY),),
    )


def test_a_record_whose_reading_raises_is_unread_and_loses_no_other(monkeypatch):
    def reading(written, body, today, policy):
        return (
            explode()
            if written.record_ref.endswith("/hostile")
            else record_of_day(written, body, today, policy)
        )

    monkeypatch.setattr(chart_of_a_day, "record_of_day", reading)
    hostile = replace(RECORD, record_ref="MedicationRequest/hostile")

    found = chart_of_day(recorded(drug_records=(hostile, RECORD)), AS_OF, POLICY)

    assert [one.record_ref for one in found.drug_records] == ["MedicationRequest/2"]
    why = "reading it failed (ZeroDivisionError)"
    assert found.unread == (
        Unread("MedicationRequest/hostile", FactKind.MEDICATIONS, why, reason=UnreadReason.FAILED),
    )
    assert [(one.record_ref, type(one.error)) for one in found.failed] == [
        ("MedicationRequest/hostile", ZeroDivisionError)
    ]


def test_a_size_whose_reading_raises_is_not_known(monkeypatch):
    monkeypatch.setattr(chart_of_a_day, "body_size_of_day", explode)

    found = chart_of_day(recorded(draft_orders=(AZATHIOPRINE,)), AS_OF, POLICY)

    assert [one.record_ref for one in found.draft_orders] == ["MedicationRequest/1"]
    assert [(one.record_ref, type(one.error)) for one in found.failed] == [("", ZeroDivisionError)]


def counted(analyte, day):
    return {analyte: series_of([LabResult(analyte, "X/1", 4, taken_on=on(day))])}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, False),
        ({"is_deceased": True}, True),
        ({"is_deceased": True, "died_on": on("2026-11-01")}, True),
        ({"is_deceased": True, "died_on": on("2026-11-24")}, True),  # today
        ({"is_deceased": True, "died_on": on("2062-11-01")}, False),  # a slip
        (
            {"is_deceased": True, "died_on": on("2026-11-01"), "labs": counted(Analyte.WBC, "2026-11-01")},
            True,
        ),
        (
            {"is_deceased": True, "died_on": on("2026-11-01"), "labs": counted(Analyte.WBC, "2026-11-02")},
            False,
        ),
        (
            {"is_deceased": True, "died_on": on("2026-11-01"), "labs": counted(Analyte.WBC, "2062-11-02")},
            True,
        ),
        (
            {
                "is_deceased": True,
                "died_on": on("2026-11-01"),
                "labs": counted(Analyte.BODY_WEIGHT, "2026-11-16"),
            },
            True,  # recorded at the end of the stay
        ),
        (
            {"is_deceased": True, "died_on": on("2026-11-01"), "labs": counted(Analyte.ALT, "2026-11-02")},
            False,
        ),
        (
            {
                "is_deceased": True,
                "died_on": on("2026-11-01"),
                "labs": counted(Analyte.CREATININE, "2026-11-16"),
            },
            True,
        ),
    ],
)
def test_a_death_counts_unless_it_lies_ahead_or_blood_was_taken_after_it(fields, expected):
    assert chart_of_day(PatientChart(**fields), AS_OF, POLICY).is_deceased is expected
