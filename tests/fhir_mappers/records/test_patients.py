"""The patient's birth date and gender."""

from datetime import UTC

import pytest

from cards.model.chart import Sex
from fhir_mappers.context import MapContext
from fhir_mappers.json.dates import clinical_date
from fhir_mappers.records.patients import PatientFacts, patient

CONTEXT = MapContext(zone=UTC, record_ref="Patient/1")


@pytest.mark.parametrize(
    ("resource", "born", "sex"),
    [
        ({"birthDate": "1980-02-29", "gender": "female"}, "1980-02-29", Sex.FEMALE),
        ({"birthDate": "1980"}, "1980", None),
        ({"birthDate": "1980-02"}, "1980-02", None),
        ({"birthDate": "1980-02-30"}, None, None),
        ({"birthDate": "2035-01-01"}, "2035-01-01", None),  # whether it lies ahead is for the day to say
        ({"gender": "unknown"}, None, None),
        ({"gender": "Male"}, None, Sex.MALE),
        ({"gender": "F"}, None, None),
        ({}, None, None),
        ({"birthDate": 1980, "gender": ["male"]}, None, None),
    ],
)
def test_a_patient_is_as_precise_as_recorded(resource, born, sex):
    assert patient(resource, CONTEXT)[:1] == (
        PatientFacts("Patient/1", clinical_date(born, UTC) if born else None, sex),
    )


@pytest.mark.parametrize(
    ("resource", "is_deceased", "died"),
    [
        ({"deceasedBoolean": True}, True, None),
        ({"deceasedBoolean": False}, False, None),
        ({"deceasedBoolean": "true"}, False, None),
        ({"deceasedDateTime": "2026-11-01"}, True, "2026-11-01"),
        ({"deceasedDateTime": "2026-11-01T08:30:00Z"}, True, "2026-11-01T08:30:00Z"),
        ({"deceasedDateTime": "2026"}, True, "2026"),
        ({"deceasedDateTime": "yesterday"}, False, None),  # a doubt switches nothing off
        ({}, False, None),
    ],
)
def test_a_death_is_as_precise_as_recorded(resource, is_deceased, died):
    (facts,) = patient(resource, CONTEXT)

    assert (facts.is_deceased, facts.died_on) == (is_deceased, clinical_date(died, UTC) if died else None)


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ({"birthDate": "1980", "gender": "unknown"}, []),
        ({"birthDate": "1980", "gender": "other"}, []),
        ({"birthDate": "1980"}, []),
        (
            {"birthDate": "1980", "gender": "F"},
            ["the patient's sex not used: not recorded as male, female, other or unknown"],
        ),
    ],
)
def test_a_gender_that_is_none_is_told(resource, expected):
    assert [one.in_words for one in patient(resource, CONTEXT)[1:]] == expected
