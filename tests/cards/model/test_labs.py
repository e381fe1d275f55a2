"""What was measured: which of a day's results counts as the latest."""

from datetime import UTC, date, datetime
from itertools import permutations

import pytest

from cards.model.dates import ClinicalDate, whole_day
from cards.model.labs import Analyte, LabFinding, LabResult, series_of

DAY = date(2026, 11, 23)


def result(analyte, value, hour=None, ref="X/1"):
    at = None if hour is None else datetime(2026, 11, 23, hour, tzinfo=UTC)
    return LabResult(analyte, ref, value, taken_on=whole_day(DAY, at))


@pytest.mark.parametrize(
    ("analyte", "latest"),
    [(Analyte.WBC, 0.4), (Analyte.EGFR, 0.4), (Analyte.BODY_WEIGHT, 0.4), (Analyte.ALT, 6.0)],
)
@pytest.mark.parametrize("hours", [(8, 8), (None, None), (None, 8), (8, None)])
def test_of_a_day_without_an_order_the_result_that_warns_more_is_the_latest(analyte, latest, hours):
    for first, other in (("X/1", "X/2"), ("X/2", "X/1")):
        found = [result(analyte, 0.4, hours[0], first), result(analyte, 6.0, hours[1], other)]
        assert all(series_of(some).latest.value == latest for some in permutations(found))


def of(analyte, value, text, first, last, finding=None):
    return LabResult(analyte, "X/1", value, taken_on=ClinicalDate(text, first, last), finding=finding)


YEAR = ("2026", date(2026, 1, 1), date(2026, 12, 31))
MARCH, OCTOBER = (("", day, day) for day in (date(2026, 3, 9), date(2026, 10, 1)))


@pytest.mark.parametrize(
    ("analyte", "of_year", "order"),
    [
        (Analyte.WBC, 7.0, [7.0, 5.0, 6.0]),  # may be older: it must not hide the newest
        (Analyte.WBC, 5.5, [5.0, 6.0, 5.5]),  # may be newer
        (Analyte.WBC, 6.0, [6.0, 5.0, 6.0]),
        (Analyte.ALT, 5.5, [5.5, 5.0, 6.0]),
        (Analyte.ALT, 7.0, [5.0, 6.0, 7.0]),
    ],
)
def test_a_result_of_a_year_comes_after_those_of_its_days_only_if_it_warns_more(analyte, of_year, order):
    found = [of(analyte, 5.0, *MARCH), of(analyte, 6.0, *OCTOBER), of(analyte, of_year, *YEAR)]

    assert all([one.value for one in series_of(some)] == order for some in permutations(found))


def test_a_result_of_a_year_comes_last_where_it_cannot_be_compared():
    dated = [of(Analyte.HBSAG, None, *MARCH, LabFinding.NEGATIVE)]
    positive = of(Analyte.HBSAG, None, *YEAR, LabFinding.POSITIVE)
    other_year = of(Analyte.WBC, 5.0, "2025", date(2025, 1, 1), date(2025, 12, 31))

    assert series_of([positive, *dated]).latest is positive
    assert series_of([other_year, of(Analyte.WBC, 9.0, *YEAR)]).latest.value == 9.0


def test_the_later_of_two_times_is_the_latest_whatever_it_says():
    found = [result(Analyte.WBC, 0.4, 8), result(Analyte.WBC, 6.0, 9)]

    assert [one.value for one in series_of(found)] == [0.4, 6.0]
    assert [one.value for one in series_of(reversed(found))] == [0.4, 6.0]
