"""What a medication record says about today, on both sides of each day that counts."""

from datetime import timedelta
from fractions import Fraction

import pytest

from cards.assessment.therapy_states import StateOfDay, state_of_day
from cards.model.dates import whole_day
from cards.model.medications import RecordKind, RecordStatus, Supply, WrittenCourse, WrittenRecord
from cards.model.therapy import DoseRegimen, Drug, Product, TherapyState
from tests.builders import POLICY, TODAY, days_ago

ACTIVE, POSSIBLY, HELD, PAST, PLANNED = (
    TherapyState.ACTIVE,
    TherapyState.POSSIBLY_TAKEN,
    TherapyState.HELD,
    TherapyState.PAST,
    TherapyState.PLANNED,
)
TABLETS = Product(strength_mg=50)
DOSE = DoseRegimen(100.0, "100 mg, once a day = 100 mg/day")


def state(kind, status=RecordStatus.TAKEN, **fields):
    return of_day(WrittenCourse(kind, status, **fields)).state


def of_day(course, regimen=DOSE, product=TABLETS, drug=Drug.AZATHIOPRINE):
    return state_of_day(WrittenRecord("X/1", drug, product, course), regimen, TODAY, POLICY)


def lasting(until, **fields):
    """A supply of ten days whose last day is so many days ago."""
    return Supply(from_on=days_ago(until + 9), days=Fraction(10), **fields)


@pytest.mark.parametrize(
    ("status", "fields", "expected"),
    [
        (RecordStatus.TAKEN, {}, ACTIVE),
        (RecordStatus.TAKEN, {"evidence": (days_ago(180),)}, ACTIVE),
        (RecordStatus.TAKEN, {"evidence": (days_ago(181),)}, POSSIBLY),
        (RecordStatus.TAKEN, {"evidence": (days_ago(500),), "supply": lasting(0)}, ACTIVE),
        (RecordStatus.TAKEN, {"evidence": (days_ago(9),), "supply": lasting(1)}, POSSIBLY),
        (RecordStatus.TAKEN, {"starts_on": days_ago(0)}, ACTIVE),
        (RecordStatus.TAKEN, {"starts_on": days_ago(-1)}, PLANNED),
        (RecordStatus.TAKEN, {"ended_on": days_ago(0)}, ACTIVE),
        (RecordStatus.TAKEN, {"ended_on": days_ago(1)}, PAST),
        (RecordStatus.TAKEN, {"is_proposed": True}, PLANNED),
        (RecordStatus.PLANNED, {}, PLANNED),
        (RecordStatus.HELD, {"ended_on": days_ago(1)}, HELD),
        (RecordStatus.OTHER, {}, POSSIBLY),
        (RecordStatus.STOPPED, {"supply": lasting(0)}, PAST),
        (RecordStatus.COMPLETED, {"supply": lasting(0)}, POSSIBLY),
        (RecordStatus.COMPLETED, {"supply": lasting(1)}, PAST),
        (RecordStatus.COMPLETED, {}, PAST),
        (RecordStatus.TAKEN, {"is_on_home_list": True, "evidence": (days_ago(365),)}, ACTIVE),
        (RecordStatus.OTHER, {"is_on_home_list": True, "evidence": (days_ago(365),)}, POSSIBLY),
    ],
)
def test_an_order(status, fields, expected):
    assert state(RecordKind.ORDER, status, **fields) is expected


@pytest.mark.parametrize(("days", "is_stale"), [(365, False), (366, True)])
def test_a_statement_older_than_a_home_list_asks_for_a_question(days, is_stale):
    found = of_day(WrittenCourse(RecordKind.STATEMENT, RecordStatus.TAKEN, evidence=(days_ago(days),)))

    assert (found.state, found.is_stale_report) == (POSSIBLY, is_stale)


@pytest.mark.parametrize("evidence", [(), (days_ago(366),)])
def test_an_old_or_undated_report_asks_for_a_question(evidence):
    course = WrittenCourse(RecordKind.ORDER, RecordStatus.TAKEN, evidence=evidence, is_on_home_list=True)

    until = days_ago(1).first if evidence else None
    assert of_day(course) == StateOfDay(POSSIBLY, None, is_stale_report=True, shown_until=until)


@pytest.mark.parametrize(
    ("supply", "regimen", "until"),
    [
        (Supply(), DOSE, None),
        (lasting(3), DOSE, 3),
        (lasting(3, fills=Fraction(2)), DOSE, -7),
        (Supply(from_on=days_ago(9), units=Fraction(20)), DOSE, 0),  # 20 x 50 mg at 100 mg a day: ten days
        (Supply(from_on=days_ago(9), units=Fraction(20)), None, None),
        (Supply(from_on=days_ago(9), units=Fraction(20), valid_until=days_ago(5)), None, 5),
        (Supply(days=Fraction(10), valid_until=days_ago(5)), DOSE, 5),
        (Supply(from_on=days_ago(9), days=Fraction(1, 2)), DOSE, 9),
    ],
)
def test_the_last_day_of_a_supply(supply, regimen, until):
    course = WrittenCourse(RecordKind.ORDER, RecordStatus.STOPPED, supply=supply)

    found = of_day(course, regimen).supplied_until

    assert found == (None if until is None else whole_day(TODAY - timedelta(days=until)))


@pytest.mark.parametrize(
    ("supply", "written", "until"), [(lasting(3), 2, 3), (lasting(3), 4, 4), (Supply(), 4, None)]
)
def test_a_stop_on_record_ends_the_supply(supply, written, until):
    course = WrittenCourse(
        RecordKind.ORDER, RecordStatus.STOPPED, supply=supply, updated_on=days_ago(written)
    )

    found = of_day(course).supplied_until

    assert found == (None if until is None else days_ago(until))


def test_a_quantity_of_an_unknown_strength_lasts_for_an_unknown_time():
    supply = Supply(from_on=days_ago(9), units=Fraction(20))
    course = WrittenCourse(RecordKind.ORDER, RecordStatus.TAKEN, supply=supply)

    assert of_day(course, product=Product()) == StateOfDay(ACTIVE, None)


@pytest.mark.parametrize(
    ("status", "fields", "expected"),
    [
        (RecordStatus.TAKEN, {"evidence": (days_ago(180),)}, ACTIVE),
        (RecordStatus.TAKEN, {"evidence": (days_ago(181),)}, POSSIBLY),
        (RecordStatus.TAKEN, {"starts_on": days_ago(-1)}, PLANNED),
        (RecordStatus.PLANNED, {}, PLANNED),
        (RecordStatus.HELD, {}, HELD),
        (RecordStatus.COMPLETED, {}, PAST),
        (RecordStatus.STOPPED, {}, PAST),
        (RecordStatus.TAKEN, {"ended_on": days_ago(0)}, ACTIVE),
        (RecordStatus.TAKEN, {"ended_on": days_ago(1)}, PAST),
    ],
)
def test_a_statement(status, fields, expected):
    assert state(RecordKind.STATEMENT, status, **fields) is expected


@pytest.mark.parametrize(
    ("status", "fields", "expected"),
    [
        (RecordStatus.OTHER, {"supply": lasting(0)}, ACTIVE),
        (RecordStatus.OTHER, {"supply": lasting(1)}, POSSIBLY),
        (RecordStatus.OTHER, {"supply": lasting(180)}, POSSIBLY),
        (RecordStatus.OTHER, {"supply": lasting(181)}, PAST),
        (RecordStatus.OTHER, {"started_on": days_ago(0)}, ACTIVE),  # handed out, for an unknown time
        (RecordStatus.OTHER, {"started_on": days_ago(181)}, PAST),
        (RecordStatus.OTHER, {}, POSSIBLY),
        (RecordStatus.HELD, {"supply": lasting(0)}, HELD),
        (RecordStatus.PLANNED, {}, PLANNED),
        (RecordStatus.STOPPED, {"supply": lasting(0)}, PAST),
    ],
)
def test_a_dispense(status, fields, expected):
    assert state(RecordKind.DISPENSE, status, **fields) is expected


@pytest.mark.parametrize(("days", "expected"), [(30, POSSIBLY), (31, PAST)])
def test_a_drug_taken_for_days_is_over_soon_after_its_supply(days, expected):
    course = WrittenCourse(RecordKind.DISPENSE, RecordStatus.OTHER, supply=lasting(days))

    assert of_day(course, drug=Drug.TRIMETHOPRIM).state is expected


@pytest.mark.parametrize(
    ("status", "days", "expected"),
    [
        (RecordStatus.OTHER, 7, ACTIVE),
        (RecordStatus.OTHER, 8, POSSIBLY),
        (RecordStatus.OTHER, 30, POSSIBLY),
        (RecordStatus.OTHER, 31, PAST),
        (RecordStatus.OTHER, -1, PLANNED),
        (RecordStatus.OTHER, None, POSSIBLY),
        (RecordStatus.HELD, 7, HELD),
    ],
)
def test_an_administration(status, days, expected):
    given = None if days is None else days_ago(days)

    assert state(RecordKind.ADMINISTRATION, status, started_on=given, starts_on=given) is expected
