"""What dates a result that states no usable date of its own."""

import pytest

from cards.model.labs import Analyte
from fhir_mappers.chart import ChartRequest, chart_from
from tests.fhir_mappers.mapped import AS_OF, ZONE, chart_of, fixture, resources

WBC = fixture("labs", "date_missing")
SPECIMEN = {
    "resourceType": "Specimen",
    "id": "blood",
    "subject": {"reference": "Patient/1"},
    "collection": {"collectedDateTime": "2026-03-01"},
}


def wbc(**fields):
    return WBC | fields


def only(*records):
    (result,) = chart_of(*records).chart.series(Analyte.WBC)
    return result


def of(*records):
    """Its date, and by when it was on record."""
    result = only(*records)
    return str(result.taken_on or "undated"), str(result.on_record_by or "")


@pytest.mark.parametrize(
    ("specimen", "dates"),
    [
        ({"collection": {"collectedDateTime": "2026-03-01"}}, ("2026-03-01", "")),
        ({"collection": {"collectedPeriod": {"start": "2026-03-01"}}}, ("2026-03-01", "")),
        ({"receivedTime": "2026-03-02"}, ("2026-03-02", "")),
        (
            {"collection": {"collectedDateTime": "2026-03-01"}, "receivedTime": "2026-03-02"},
            ("2026-03-01", ""),
        ),
        ({"collection": {"collectedDateTime": "2026-03-11"}}, ("2026-03-11", "")),  # tomorrow, further east
        ({"collection": {"collectedDateTime": "2062-03-01"}}, ("2062-03-01", "")),
        ({}, ("undated", "")),
    ],
)
def test_the_specimen_dates_a_result_without_a_date(specimen, dates):
    inside = {"resourceType": "Specimen", "id": "blood", **specimen}

    assert of(wbc(specimen={"reference": "#blood"}, contained=[inside])) == dates


def test_the_specimen_may_be_a_record_of_its_own():
    assert of(wbc(specimen={"reference": "Specimen/blood"}), SPECIMEN) == ("2026-03-01", "")
    assert of(wbc(specimen={"reference": "Specimen/other"}), SPECIMEN) == ("undated", "")
    assert of(wbc(specimen={"display": "blood"}), SPECIMEN) == ("undated", "")


def test_the_day_of_issue_dates_a_result_before_its_specimen_does():
    assert of(wbc(issued="2026-03-02T08:00:00Z", specimen={"reference": "Specimen/blood"}), SPECIMEN) == (
        "2026-03-02",
        "",
    )


@pytest.mark.parametrize(
    ("fields", "on_record_by"),
    [
        ({}, ""),
        ({"meta": {"lastUpdated": "2024-01-01T00:00:00Z"}}, "2024-01-01"),
        ({"meta": {"lastUpdated": "2062-01-01T00:00:00Z"}}, ""),
        ({"meta": {"versionId": "2"}}, ""),
    ],
)
def test_the_last_change_of_a_record_dates_nothing_and_bounds_it(fields, on_record_by):
    assert of(wbc(**fields)) == ("undated", on_record_by)


def test_a_date_that_lies_ahead_stays_and_is_bounded():
    specimen = {"reference": "Specimen/blood"}
    record = wbc(effectiveDateTime="2062-03-01", issued="2026-03-02T08:00:00Z", specimen=specimen)

    assert of({**record, "meta": {"lastUpdated": "2026-03-05T00:00:00Z"}}, SPECIMEN) == (
        "2062-03-01",
        "2026-03-02",
    )


@pytest.mark.parametrize(
    ("date", "is_dated"),
    [
        ("2026-03-10", True),
        ("2026-03-11", True),  # written further east
        ("2026-03-12", False),
        ("2026-03-10T14:00:00+01:00", True),  # two hours ahead
        ("2026-03-11T02:00:00+01:00", True),  # 14 hours ahead
        ("2026-03-11T02:00:01+01:00", False),
        ("2026-04", False),
    ],
)
def test_a_day_that_has_begun_further_east_is_today(date, is_dated):
    result = only(wbc(effectiveDateTime=date))

    assert result.is_dated(AS_OF.date()) is is_dated
    assert str(result.taken_on) == date[:10]  # as recorded, whatever it counts as


def test_what_is_dated_tomorrow_is_the_newest_of_today():
    earlier = wbc(id="earlier", effectiveDateTime="2026-03-10T08:00:00+01:00")
    later = wbc(id="later", effectiveDateTime="2026-03-11")

    assert chart_of(earlier, later).chart.series(Analyte.WBC).latest.record_ref == "Observation/later"


@pytest.mark.parametrize(
    ("effective", "issued", "on_record"),
    [
        ("2026-03-02", "2026-03-01T08:00:00Z", "2026-03-01"),  # issued before the day it was taken
        ("2026-03-02", "2026-03-03T08:00:00Z", ""),
        ("2026-03-02T08:00:00Z", "2026-03-02T08:00:00Z", ""),
        ("2026-03-02T08:00:00Z", "2026-03-02T09:00:00.115Z", ""),
        ("2026-03-02T08:00:00-05:00", "2026-03-02T08:00:00.115-05:00", ""),
        ("2026-03-02T09:00:00Z", "2026-03-02T08:00:00Z", "2026-03-02"),  # the same day: looked at, in case
        ("2026-03-02T08:00:00+01:00", "2026-03-02T00:30:00+09:00", "2026-03-01"),  # still the first in Zurich
        ("2026-03", "2026-03-02T08:00:00Z", "2026-03-02"),
        ("2026-03", "2026-04-01T08:00:00Z", ""),
        ("2026-03-02", "soon", ""),
    ],
)
def test_a_record_that_existed_before_its_date_says_since_when(effective, issued, on_record):
    record = wbc(effectiveDateTime=effective, issued=issued)

    chart = chart_from(ChartRequest(ZONE, "1", records=resources(record))).chart

    (result,) = chart.labs[Analyte.WBC]
    assert " ".join(map(str, result.on_record)) == on_record
