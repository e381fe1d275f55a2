"""A date as precise as it was recorded, and never more."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest

from cards.model.dates import as_current, later, sort_key, whole_day
from tests.builders import AS_OF, TODAY, on


@pytest.mark.parametrize(
    ("text", "first", "last", "is_whole"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31), False),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), False),
        ("2024-02-09", date(2024, 2, 9), date(2024, 2, 9), True),
    ],
)
def test_a_date_spans_what_it_may_mean(text, first, last, is_whole):
    when = on(text)

    assert (str(when), when.first, when.last, when.is_whole_day) == (text, first, last, is_whole)


@pytest.mark.parametrize(
    ("text", "days"), [("2026-11-23", 1), ("2026-10", 24), ("2026-11", -6), ("2026-11-25", -1)]
)
def test_days_are_counted_at_the_least(text, days):
    assert on(text).days_before(TODAY) == days


@pytest.mark.parametrize(
    ("text", "surely", "possibly"),
    [
        ("2026-10-25", True, True),  # 30 days
        ("2026-10-24", False, False),  # 31 days
        ("2026-10", False, True),  # 24 to 54 days
        ("2026-11-24", True, True),
        ("2026-11-25", False, False),  # to come
        ("2026-11", False, True),  # may be to come
        ("2026", False, True),
        ("2025", False, False),
    ],
)
def test_within_thirty_days_surely_or_possibly(text, surely, possibly):
    assert on(text).surely_within(30, TODAY) is surely
    assert on(text).possibly_within(30, TODAY) is possibly


def test_dates_sort_oldest_first_and_the_undated_before_all():
    morning = whole_day(date(2026, 3, 9), datetime(2026, 3, 9, 8, tzinfo=UTC))
    evening = whole_day(date(2026, 3, 9), datetime(2026, 3, 9, 20, tzinfo=UTC))
    dates = [evening, on("2026-03-08"), None, morning, on("2025")]

    assert sorted(dates, key=sort_key) == [None, on("2025"), on("2026-03-08"), morning, evening]


@pytest.mark.parametrize(
    ("when", "is_today"),
    [
        (whole_day(date(2026, 11, 25)), True),
        (whole_day(date(2026, 11, 26)), False),
        (whole_day(date(2026, 11, 25), AS_OF + timedelta(hours=14)), True),
        (whole_day(date(2026, 11, 25), AS_OF + timedelta(hours=14, seconds=1)), False),
    ],
)
def test_a_day_that_has_begun_further_east_counts_as_today(when, is_today):
    found = as_current(when, AS_OF)

    assert (found.first == found.last == TODAY) is is_today
    assert str(found) == str(when)


@pytest.mark.parametrize("when", [None, on("2026-11-24"), on("2026-12"), on("2026")])
def test_other_dates_stay_as_they_are(when):
    assert as_current(when, AS_OF) is when


def test_a_date_of_tomorrow_is_the_newest_of_today_so_far():
    assert sort_key(as_current(on("2026-11-25"), AS_OF)) > sort_key(
        whole_day(TODAY, AS_OF - timedelta(hours=1))
    )


def test_the_calendar_has_an_end():
    assert later(date(9999, 12, 1), Fraction(365)) == date.max
