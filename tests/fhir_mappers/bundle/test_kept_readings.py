"""Readings kept for one patient: a chart of any moment is the same as one that reads anew."""

from dataclasses import replace

import pytest

from fhir_mappers.bundle.kept_readings import KeptReadings
from fhir_mappers.bundle.parse_cache import ParseCache
from fhir_mappers.chart import ChartRequest, chart_from
from tests.fhir_mappers.mapped import ZONE, resources

SUBJECT = {"reference": "Patient/1"}
(WBC,) = resources(
    {
        "resourceType": "Observation",
        "id": "wbc",
        "status": "final",
        "subject": SUBJECT,
        "code": {"coding": [{"system": "http://loinc.org", "code": "6690-2"}]},
        "valueQuantity": {"value": 3.4, "unit": "10*9/L"},
        "specimen": {"reference": "Specimen/blood"},
    }
)
(ORDER,) = resources(
    {
        "resourceType": "MedicationRequest",
        "id": "o1",
        "status": "active",
        "intent": "order",
        "subject": SUBJECT,
        "medicationReference": {"reference": "Medication/m1"},
    }
)
(REPORT,) = resources(
    {
        "resourceType": "Observation",
        "id": "gene",
        "status": "final",
        "subject": SUBJECT,
        "code": {"coding": [{"system": "http://loinc.org", "code": "79719-0"}]},
        "valueCodeableConcept": {"text": "NUDT15 normal metabolizer"},
    }
)


def specimen(collected):
    return resources(
        {"resourceType": "Specimen", "id": "blood", "collection": {"collectedDateTime": collected}}
    )


def medication(text):
    return resources({"resourceType": "Medication", "id": "m1", "code": {"text": text}})


def charts(moments, parse_cache, drafts=()):
    return [
        chart_from(
            ChartRequest(
                zone=ZONE, patient_id="1", records=records, draft_orders=drafts, parse_cache=parse_cache
            )
        )
        for records in moments
    ]


MOMENTS = {
    "nothing new": [[WBC, ORDER, REPORT], [WBC, ORDER, REPORT]],
    "a record more": [[WBC], [WBC, REPORT]],
    "the specimen arrives": [[WBC], [WBC, *specimen("2026-03-01")], [WBC]],
    "the specimen changes": [[WBC, *specimen("2026-03-01")], [WBC, *specimen("2026-03-02")]],
    "the product arrives": [[ORDER], [ORDER, *medication("azathioprine 50 mg tablet")], [ORDER]],
    "the product changes": [
        [ORDER, *medication("azathioprine 50 mg tablet")],
        [ORDER, *medication("allopurinol 100 mg tablet")],
    ],
}


@pytest.mark.parametrize("moments", MOMENTS.values(), ids=MOMENTS.keys())
def test_every_moment_has_the_chart_that_reading_anew_gives(moments):
    kept = ParseCache().of_another_patient()

    assert charts(moments, kept) == [chart for one in moments for chart in charts([one], ParseCache())]


def test_a_record_is_a_draft_at_one_moment_and_on_record_at_the_next():
    kept = ParseCache().of_another_patient()

    found = charts([[]], kept, [ORDER]) + charts([[ORDER]], kept) + charts([[]], kept, [ORDER])

    assert found == [*charts([[]], ParseCache(), [ORDER]), *charts([[ORDER]], ParseCache()), found[0]]


def test_a_reading_holds_while_its_references_name_the_same_resources():
    kept = KeptReadings()
    (blood,), (other,) = specimen("2026-03-01"), specimen("2026-03-02")
    kept.keep(WBC, "record", ["fact"], (("Specimen/blood", blood), ("Specimen/none", None)))

    def facts(resource=WBC, reader="record", **named):
        at = {"Specimen/blood": blood} | {f"Specimen/{name}": found for name, found in named.items()}
        return kept.facts_of(resource, reader, at.get)

    assert facts() == ["fact"]
    assert facts(blood=specimen("2026-03-01")[0]) == ["fact"]
    assert facts(blood=other) is None
    assert facts(none=other) is None
    assert facts(ORDER) is None
    assert facts(reader="gene report") is None


def test_a_request_keeps_no_reading():
    assert ParseCache().readings is None


def test_another_patient_begins_with_no_reading_and_the_same_words():
    first = ParseCache().of_another_patient()
    second = first.of_another_patient()

    assert replace(second, readings=None) == replace(first, readings=None)
    assert second.readings is not first.readings
