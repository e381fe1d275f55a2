"""What was measured: which of a day's results counts as the latest."""

from datetime import UTC, date, datetime
from itertools import permutations

import pytest

from cards.model.dates import whole_day
from cards.model.labs import Analyte, LabResult, series_of

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


def test_the_later_of_two_times_is_the_latest_whatever_it_says():
    found = [result(Analyte.WBC, 0.4, 8), result(Analyte.WBC, 6.0, 9)]

    assert [one.value for one in series_of(found)] == [0.4, 6.0]
    assert [one.value for one in series_of(reversed(found))] == [0.4, 6.0]
