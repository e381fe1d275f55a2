"""Medication orders and records as written, on a day: the weight that makes mg/kg into mg."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from cards.assessment.medications_of_a_day import body_size_of_day, order_of_day, record_of_day
from cards.model.dosage.amounts import Amount, BodySize
from cards.model.dosage.written import Rhythm, StatedAmount, WrittenDosage
from cards.model.labs import Analyte, series_of
from cards.model.medications import RecordKind, RecordStatus, WrittenCourse, WrittenOrder, WrittenRecord
from cards.model.therapy import DoseRegimen, Drug, DrugOrder, DrugRecord, Product, TherapyState
from tests.builders import POLICY, TODAY, days_ago, on, result, weight

DAILY = Rhythm(Fraction(1), "once a day")
ADULT = BodySize(80, 180)


def daily(number, unit="mg"):
    amount = Amount(Fraction(number), Fraction(number), unit)
    return (WrittenDosage(amounts=(StatedAmount(amount),), rhythm=DAILY),)


def labs(*results):
    return {
        analyte: series_of(one for one in results if one.analyte is analyte)
        for analyte in {one.analyte for one in results}
    }


def kg(number, days, **fields):
    return replace(weight(number, **fields), taken_on=days_ago(days))


@pytest.mark.parametrize(
    ("weights", "weight_kg"),
    [
        ([], None),
        ([kg(80, 0)], 80),
        ([kg(80, 730)], 80),
        ([kg(80, 731)], None),
        ([kg(80, 731), kg(70, 10)], 70),
        ([kg(80, 10), kg(70, -1)], 80),  # tomorrow's is not known yet
        ([weight(80, None)], None),
        ([weight(80, "2026")], None),  # may be of a later day
        ([kg(80, 10), kg(70, 5, comparator="<")], 80),
        ([kg(80, 10, ref="Observation/1"), kg(70, 10, ref="Observation/2")], 70),
    ],
)
def test_the_newest_weight_within_two_years_counts(weights, weight_kg):
    assert body_size_of_day(labs(*weights), TODAY, POLICY) == BodySize(weight_kg)


def test_how_old_a_weight_may_be_is_a_policy():
    strict = replace(POLICY, weight_unused_after_days=9)

    assert body_size_of_day(labs(kg(80, 10)), TODAY, strict) == BodySize()
    assert body_size_of_day(labs(kg(80, 9)), TODAY, strict) == BodySize(80)


def test_a_height_of_any_day_counts():
    height = result(Analyte.BODY_HEIGHT, 180, "2001-05-05")

    assert body_size_of_day(labs(height), TODAY, POLICY) == BodySize(height_cm=180)


def test_a_dose_by_weight_is_mg_only_with_a_weight():
    written = WrittenOrder("MedicationRequest/1", Drug.AZATHIOPRINE, Product(), dosages=daily(2, "mg/kg"))

    assert order_of_day(written, ADULT, TODAY) == DrugOrder(
        "MedicationRequest/1",
        Drug.AZATHIOPRINE,
        regimen=DoseRegimen(160.0, "2 mg/kg x 80 kg, once a day = 160 mg/day", 160.0, 1.0),
    )
    assert order_of_day(written, BodySize(), TODAY) == DrugOrder(
        "MedicationRequest/1",
        Drug.AZATHIOPRINE,
        dose_problem="the dose is 2 mg/kg, and the weight is not known",
    )


def test_a_dosage_that_was_not_read_has_no_dose_on_any_day():
    written = WrittenOrder(
        "MedicationRequest/1", Drug.AZATHIOPRINE, Product(), dosages=daily(2), dose_problem="of several drugs"
    )

    assert order_of_day(written, ADULT, TODAY) == DrugOrder(
        "MedicationRequest/1", Drug.AZATHIOPRINE, dose_problem="of several drugs"
    )


def test_a_record_is_planned_until_its_day_and_taken_from_then_on():
    begins = on("2026-11-24")
    course = WrittenCourse(
        RecordKind.ORDER, RecordStatus.TAKEN, started_on=begins, starts_on=begins, evidence=(days_ago(30),)
    )
    written = WrittenRecord(
        "MedicationRequest/1", Drug.AZATHIOPRINE, Product(), course, dosages=daily(100), begins_on=begins
    )
    of_day = DrugRecord(
        "MedicationRequest/1",
        Drug.AZATHIOPRINE,
        TherapyState.ACTIVE,
        regimen=DoseRegimen(100.0, "100 mg, once a day = 100 mg/day", 100.0, 1.0),
        started_on=begins,
        shown_until=days_ago(30 - 180).first,
    )

    assert record_of_day(written, BodySize(), TODAY, POLICY) == of_day
    assert record_of_day(written, BodySize(), TODAY - timedelta(days=1), POLICY) == replace(
        of_day, state=TherapyState.PLANNED, planned_for=begins, shown_until=None
    )


@pytest.mark.parametrize(
    ("kind", "evidence", "expected"),
    [
        (
            RecordKind.STATEMENT,
            (days_ago(30), days_ago(2), days_ago(-5)),
            days_ago(2).last,
        ),  # not one to come
        (RecordKind.STATEMENT, (), None),
        (RecordKind.ORDER, (days_ago(2),), None),
    ],
)
def test_a_statement_was_last_said_to_hold_on_its_newest_day(kind, evidence, expected):
    course = WrittenCourse(kind, RecordStatus.TAKEN, started_on=on("2024-01-01"), evidence=evidence)
    written = WrittenRecord("MedicationStatement/1", Drug.AZATHIOPRINE, Product(), course)

    assert record_of_day(written, BodySize(), TODAY, POLICY).reported_on == expected
