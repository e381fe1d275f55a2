"""Which date counts for a result on one day, and which results have none that can be used?"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from types import MappingProxyType

from cards.model.dates import as_current
from cards.model.labs import Analyte, LabResult, LabSeries, series_of


def labs_of_day(labs: Mapping[Analyte, LabSeries], as_of: datetime) -> Mapping[Analyte, LabSeries]:
    """Every series with its results as they count at `as_of`, oldest first."""
    today = as_of.date()
    if not any(_has_doubtful_dates(series, today) for series in labs.values()):
        return labs
    return MappingProxyType(
        {
            analyte: series_of(result_of_day(one, as_of) for one in series)
            if _has_doubtful_dates(series, today)
            else series
            for analyte, series in labs.items()
        }
    )


def result_of_day(result: LabResult, as_of: datetime) -> LabResult:
    """The result dated as it counts at `as_of`; one without a usable date says by when it was on record."""
    today = as_of.date()
    taken_on = as_current(result.taken_on, as_of)
    found = result if taken_on is result.taken_on else replace(result, taken_on=taken_on)
    if found.is_dated(today):
        return found
    known = [day for day in found.on_record if day.first <= today]
    return replace(found, on_record_by=min(known, key=lambda day: day.last, default=None))


def _has_doubtful_dates(series: LabSeries, today: date) -> bool:
    """Whether a result is undated, and so the first of all, or its date begins after today."""
    for result in reversed(series.results):
        if result.taken_on is None or result.taken_on.first > today:
            return True
        if result.taken_on.last <= today:
            break
    return bool(series) and series.results[0].taken_on is None
