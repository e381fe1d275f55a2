"""What doctor says about a test patient's records."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from cds_service.ehr.examined_chart import examined_chart

NOW = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
LOINC = "http://loinc.org"


def result(number, code="6690-2", on="2026-03-01", subject="Patient/1", unit="10*9/L"):
    return {
        "resourceType": "Observation",
        "id": f"o{number}",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": code}]},
        "subject": {"reference": subject},
        "effectiveDateTime": on,
        "valueQuantity": {"value": 3.4, "unit": unit},
    }


def points(*resources, zone=UTC):
    return {one.topic: one for one in examined_chart([resources, []], "1", zone, NOW)}


def test_records_that_are_all_read_are_fine():
    found = points(result(1))

    assert {topic: one.verdict for topic, one in found.items()} == {
        "dates": "ok",
        "records": "ok",
        "codes": "ok",
    }
    assert found["records"].seen == "all 1 could be read"


@pytest.mark.parametrize(("zone", "verdict"), [(UTC, "warning"), (ZoneInfo("Asia/Tokyo"), "ok")])
def test_results_ahead_of_the_services_zone_are_counted(zone, verdict):
    found = points(result(1), result(2, on="2026-03-02"), zone=zone)["dates"]

    assert found.verdict == verdict
    if verdict == "warning":
        assert found.seen == "1 of 2 results lie ahead of today in UTC"
        assert "THIOPURINE_CDS_TIMEZONE" in found.advice


def test_records_of_no_use_are_counted_by_reason_and_without_their_values():
    found = points(result(1, unit="furlongs"), result(2, subject="Patient/2"))["records"]

    assert found.verdict == "warning"
    assert found.seen == "of 2 records some are not usable: 1 not understood, 1 of another patient"
    assert "furlongs" not in found.seen + found.advice


def test_codes_that_mean_nothing_here_are_listed_the_most_frequent_first():
    found = points(*(result(number, code="8480-6") for number in range(2)), result(3, code="8462-4"))["codes"]

    assert found.seen == (
        f"results that mean nothing here, the most frequent: {LOINC}|8480-6 x 2, {LOINC}|8462-4 x 1"
    )
    assert "LOINC" in found.advice
