"""A chart as recorded, on a day: both sides of the day on which a date begins or ceases to count."""

from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest

from cards.assessment.chart_of_a_day import chart_of_day
from cards.model.chart import PatientChart, Sex
from cards.model.chart_of_day import ChartOfDay
from cards.model.conditions import ConditionState, Problem
from cards.model.facts import FactKind, Unread
from tests.builders import AS_OF, BORN, chart, on, problem, unknown


def recorded(**facts) -> PatientChart:
    return PatientChart(**facts)


def test_what_does_not_depend_on_the_day_stays_as_recorded():
    of_day = chart(unread=(Unread("Observation/1", FactKind.COUNTS, "why"),), known=unknown(FactKind.GENES))
    of_day = replace(of_day, sex=Sex.FEMALE, orders_of_others=2)
    as_recorded = PatientChart(**{one.name: getattr(of_day, one.name) for one in fields(PatientChart)})

    assert chart_of_day(as_recorded, AS_OF) == of_day


@pytest.mark.parametrize(
    ("born", "counts"),
    [("2026-11-23", True), ("2026-11-24", True), ("2026-11-25", False), ("2026", True), ("2027", False)],
)
def test_a_birth_date_ahead_is_none(born, counts):
    assert chart_of_day(recorded(born_on=on(born)), AS_OF).born_on == (on(born) if counts else None)


def test_a_missing_birth_date_stays_missing():
    assert chart_of_day(recorded(), AS_OF) == ChartOfDay(AS_OF)


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

    (found,) = chart_of_day(recorded(conditions=(sepsis,)), AS_OF).conditions

    assert found == replace(sepsis, state=state)


def test_one_chart_is_read_on_two_days():
    sepsis = problem(Problem.SEPSIS, abated="2026-11-23")
    as_recorded = recorded(born_on=BORN, conditions=(sepsis,))

    before = chart_of_day(as_recorded, datetime(2026, 11, 23, 12, tzinfo=UTC))

    assert [one.state for one in before.conditions] == [ConditionState.ACTIVE]
    assert [one.state for one in chart_of_day(as_recorded, AS_OF).conditions] == [ConditionState.RESOLVED]
