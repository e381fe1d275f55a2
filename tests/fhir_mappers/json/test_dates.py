from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from cards.model.dates import ClinicalDate, whole_day
from fhir_mappers.json.dates import clinical_date, first_date, period, with_zone

ZURICH = ZoneInfo("Europe/Zurich")
NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024", ClinicalDate("2024", date(2024, 1, 1), date(2024, 12, 31))),
        ("2024-02", ClinicalDate("2024-02", date(2024, 2, 1), date(2024, 2, 29))),
        ("2024-02-29", whole_day(date(2024, 2, 29))),
        (" 2024-02-29 ", whole_day(date(2024, 2, 29))),
        ("2024-03-09T10:00:00Z", whole_day(date(2024, 3, 9), datetime(2024, 3, 9, 10, tzinfo=UTC))),
        ("2024-03-09T10:00", whole_day(date(2024, 3, 9), datetime(2024, 3, 9, 10, tzinfo=ZURICH))),
        ("2024-03-09T10:00:00.1234567+01:00",
         whole_day(date(2024, 3, 9), datetime(2024, 3, 9, 10, 0, 0, 123456, tzinfo=ZURICH))),
        ("2024-03-09 10:00:00", whole_day(date(2024, 3, 9), datetime(2024, 3, 9, 10, tzinfo=ZURICH))),
        ("2023-02-29", None),
        ("2024-13-01", None),
        ("2024-03-09T25:00:00Z", None),
        ("9999-12-31T23:59:59-12:00", None),
        ("09.03.2024", None),
        ("20240309", None),
        ("", None),
        (20240309, None),
        (None, None),
        ({"start": "2024"}, None),
    ],
)  # fmt: skip
def test_a_date_is_as_precise_as_it_was_recorded(text, expected):
    assert clinical_date(text, ZURICH) == expected


def test_an_instant_falls_on_the_day_of_the_site():
    assert str(clinical_date("2024-03-09T23:30:00Z", ZURICH)) == "2024-03-10"
    assert str(clinical_date("2024-03-09T23:30:00Z", NEW_YORK)) == "2024-03-09"


def test_a_period_has_two_ends():
    assert period({"start": "2024", "end": "x"}, ZURICH) == (clinical_date("2024", ZURICH), None)


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ({"issued": "2024-01-02"}, "2024-01-02"),
        ({"effectiveDateTime": "x", "issued": "2024-01-02"}, "2024-01-02"),
        ({"effectivePeriod": {"start": "2024-01-01", "end": "2024-01-05"}}, "2024-01-01"),
        ({"effectivePeriod": {"end": "2024-01-05"}}, "2024-01-05"),
        ({"effectiveTiming": {"event": ["2024-01-07"]}}, "2024-01-07"),
        ({"effectiveTiming": {"event": []}}, None),
        ({}, None),
    ],
)
def test_the_first_element_with_a_date_counts(resource, expected):
    names = ("effectiveDateTime", "effectivePeriod", "effectiveTiming", "issued")
    found = first_date(resource, ZURICH, *names)

    assert (str(found) if found else None) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-03-09T10:00", "2024-03-09T10:00:00+01:00"),
        ("2024-07-09T10:00:30", "2024-07-09T10:00:30+02:00"),
        ("2024-07-09T10:00:30Z", "2024-07-09T10:00:30Z"),
        ("2024-07-09T10:00:30+09:00", "2024-07-09T10:00:30+09:00"),
        ("2024-07-09T10:00:30+0900", "2024-07-09T03:00:30+02:00"),
        ("2024-07-09", "2024-07-09"),
        ("2024-07-99T10:00", "2024-07-99T10:00"),
        ("TPMT", "TPMT"),
    ],
)
def test_only_a_time_without_a_zone_of_fhir_gets_the_zone_of_the_site(text, expected):
    assert with_zone(text, ZURICH) == expected
