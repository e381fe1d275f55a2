"""Results as recorded, on a day: whose date can be used, and since when the others were on record."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest

from cards.assessment.dates_of_a_day import labs_of_day, result_of_day
from cards.model.dates import as_current, whole_day
from cards.model.labs import Analyte, LabSeries, series_of
from tests.builders import AS_OF, TODAY, on, result

NOON = AS_OF.replace(hour=12, minute=0)
ISSUED, CHANGED = on("2026-11-20"), on("2026-11-22")


def at(text):
    when = datetime.fromisoformat(text)
    return whole_day(when.astimezone(UTC).date(), when)


@pytest.mark.parametrize(
    "taken",
    ["2026-11-24", "2026", "2020-01-01"],  # today; some day of this year; long ago
)
def test_a_usable_date_stays(taken):
    wbc = result(Analyte.WBC, 5.0, taken, on_record=(ISSUED,))

    assert result_of_day(wbc, AS_OF) is wbc


@pytest.mark.parametrize(
    ("when", "counts_as_today"),
    [
        (on("2026-11-25"), True),  # tomorrow's date, of a site further east
        (on("2026-11-26"), False),
        (at("2026-11-25T02:00:00+00:00"), True),  # 14 hours ahead
        (at("2026-11-25T02:00:01+00:00"), False),
        (on("2026-12"), False),
    ],
)
def test_a_date_that_has_begun_further_east_is_today_and_any_other_future_date_is_not(when, counts_as_today):
    found = result_of_day(replace(result(Analyte.WBC, 5.0), taken_on=when, on_record=(ISSUED,)), NOON)

    assert found.taken_on == as_current(when, NOON)
    assert (found.is_dated(TODAY), found.on_record_by) == (
        counts_as_today,
        None if counts_as_today else ISSUED,
    )


@pytest.mark.parametrize(
    ("on_record", "by"),
    [
        ((), None),
        ((ISSUED,), ISSUED),
        ((CHANGED, ISSUED), ISSUED),  # the earlier shows more
        ((on("2026-11-24"),), on("2026-11-24")),
        ((on("2026-11-25"),), None),  # a record of a later day shows nothing about today
        ((on("2026-11-25"), CHANGED), CHANGED),
    ],
)
def test_an_undated_result_is_no_younger_than_its_record(on_record, by):
    undated = result(Analyte.WBC, 5.0, None, on_record=on_record)

    assert result_of_day(undated, AS_OF) == replace(undated, on_record_by=by)


def test_series_without_a_doubtful_date_are_as_recorded():
    labs = MappingProxyType(
        {
            Analyte.WBC: series_of(
                [result(Analyte.WBC, 5.0, "2026-11-23"), result(Analyte.WBC, 4.0, "2026")]
            ),
            Analyte.ALT: series_of([result(Analyte.ALT, 20.0, "2026-11-01")]),
            Analyte.ANC: LabSeries(),
        }
    )

    assert labs_of_day(labs, AS_OF) is labs


def test_a_result_of_tomorrow_is_the_newest_of_today():
    morning = result(Analyte.WBC, 5.0, ref="Observation/b")
    morning = replace(morning, taken_on=whole_day(TODAY, AS_OF - timedelta(hours=1)))
    tomorrow = result(Analyte.WBC, 4.0, "2026-11-25", ref="Observation/a")
    alt = series_of([result(Analyte.ALT, 20.0)])
    labs = {Analyte.WBC: series_of([tomorrow, morning]), Analyte.ALT: alt}

    found = labs_of_day(labs, AS_OF)

    assert [one.value for one in found[Analyte.WBC]] == [5.0, 4.0]
    assert found[Analyte.ALT] is alt


def test_a_future_result_behind_a_partial_date_is_looked_at():
    future = result(Analyte.WBC, 4.0, "2026-12-01", on_record=(ISSUED,))
    labs = {Analyte.WBC: series_of([future, result(Analyte.WBC, 3.0, "2026")])}

    found = labs_of_day(labs, AS_OF)[Analyte.WBC]

    assert [one.on_record_by for one in found] == [ISSUED, None]
