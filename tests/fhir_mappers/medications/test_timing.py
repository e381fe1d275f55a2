"""Timing: what is no rhythm, and when a step of a plan is taken."""

from datetime import UTC, date
from fractions import Fraction

import pytest

from cards.model.dosage.written import Window
from fhir_mappers.medications.timing import (
    TimingError,
    UnknownTimingError,
    days_of,
    rhythm,
    window,
)

GTS = "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation"


@pytest.mark.parametrize("timing", [None, {}, [], "daily", {"repeat": {}}, {"repeat": {"boundsPeriod": {}}}])
def test_a_timing_may_name_no_rhythm(timing):
    assert rhythm(timing) is None


@pytest.mark.parametrize(
    ("code", "per_day"),
    [
        ("BID", 2), ("TID", 3), ("QID", 4), ("AM", 1), ("PM", 1), ("QD", 1), ("QOD", Fraction(1, 2)),
        ("Q1H", 24), ("Q2H", 12), ("Q3H", 8), ("Q4H", 6), ("Q6H", 4), ("Q8H", 3), ("BED", 1),
        ("WK", Fraction(1, 7)),
    ],
)  # fmt: skip
def test_an_abbreviation_of_hl7_is_a_rhythm(code, per_day):
    assert rhythm({"code": {"coding": [{"system": GTS, "code": code}]}}).per_day == per_day


def test_an_abbreviation_of_another_system_is_none():
    with pytest.raises(UnknownTimingError):
        rhythm({"code": {"coding": [{"system": "urn:local", "code": "QD"}]}})


@pytest.mark.parametrize(
    "timing",
    [
        {"code": {"text": "BID", "coding": [{"system": GTS, "code": "TID"}]}},
        {"repeat": {"frequency": -1, "period": 1, "periodUnit": "d"}},
        {"repeat": {"frequency": 1, "period": 1, "periodUnit": "fortnight"}},
        {"repeat": {"frequency": 1, "period": 1, "periodUnit": "wk", "dayOfWeek": ["mon", "tue"]}},
        {"repeat": {"frequency": True, "period": 1, "periodUnit": "d"}},
        {"repeat": {"frequency": 1e30, "period": 1, "periodUnit": "d"}},
    ],
)
def test_a_timing_at_odds_with_itself_is_refused(timing):
    with pytest.raises(TimingError):
        rhythm(timing)


@pytest.mark.parametrize(
    ("repeat", "expected"),
    [
        ({}, Window()),
        ({"boundsPeriod": {"start": "2026-03-01"}}, Window(date(2026, 3, 1))),
        (
            {"boundsPeriod": {"start": "2026-03", "end": "2026-04"}},
            Window(date(2026, 3, 1), date(2026, 4, 30)),
        ),
        ({"boundsDuration": {"value": 2, "code": "wk"}}, Window(days=Fraction(14))),
        (
            {"boundsRange": {"low": {"value": 1}, "high": {"value": 10, "unit": "days"}}},
            Window(days=Fraction(10)),
        ),
        ({"boundsQuantity": {"value": 3, "unit": "d"}}, Window(days=Fraction(3))),  # DSTU2
    ],
)
def test_a_step_has_its_bounds(repeat, expected):
    assert window({"repeat": repeat}, UTC) == expected


@pytest.mark.parametrize(
    ("duration", "days"),
    [
        ({"value": 36, "code": "h"}, Fraction(3, 2)),
        ({"value": 1, "unit": "Month"}, 30),
        ({"value": 1, "unit": "fortnight"}, None),
        ({"value": 0, "code": "d"}, None),
        ({"value": "x", "code": "d"}, None),
        (None, None),
    ],
)
def test_a_duration_is_days_or_nothing(duration, days):
    assert days_of(duration) == days
