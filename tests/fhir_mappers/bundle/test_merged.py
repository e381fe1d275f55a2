"""Records under an id that was merged with the patient's."""

import json
from datetime import UTC

from fhir_mappers.bundle.merged import refs_of_merged, without_merged_patients
from fhir_mappers.bundle.resources import resources_in
from fhir_mappers.chart import ChartRequest, chart_from


def resources(*contents):
    return resources_in(
        json.dumps({"resourceType": "Bundle", "entry": [{"resource": one} for one in contents]}).encode()
    )


def white_cells(number, of):
    return {
        "resourceType": "Observation",
        "id": number,
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "6690-2"}]},
        "subject": {"reference": f"Patient/{of}"},
        "effectiveDateTime": "2026-03-01",
        "valueQuantity": {"value": 4.1, "code": "10*9/L", "system": "http://unitsofmeasure.org"},
    }


NEW = {"resourceType": "Patient", "id": "new", "birthDate": "1980-06-01"}
OLD = {"resourceType": "Patient", "id": "old", "birthDate": "2015-01-01"}


def charted(*contents, **fields):
    return chart_from(ChartRequest(zone=UTC, patient_id="new", records=resources(*contents), **fields))


def test_records_of_the_merged_id_are_read_and_remembered_as_such():
    mapped = charted(
        NEW,
        white_cells("a", "new"),
        white_cells("b", "old"),
        white_cells("c", "stranger"),
        merged_ids=frozenset({"old"}),
    )

    (series,) = mapped.chart.labs.values()
    assert sorted(one.record_ref for one in series.results) == ["Observation/a", "Observation/b"]
    assert mapped.chart.merged_refs == {"Observation/b"}
    assert mapped.of_other_patients == ("Observation/c",)


def test_without_a_merge_nothing_is_merged():
    mapped = charted(NEW, white_cells("a", "new"), white_cells("b", "old"))

    assert (mapped.chart.merged_refs, mapped.of_other_patients) == (frozenset(), ("Observation/b",))


def test_who_the_patient_is_the_patient_of_the_context_says():
    for contents in ((NEW, OLD), (OLD, NEW)):
        mapped = charted(*contents, merged_ids=frozenset({"old"}))

        assert str(mapped.chart.born_on) == "1980-06-01"
        assert mapped.of_other_patients == ()


def test_records_elsewhere_are_passed_on():
    assert charted(NEW, records_elsewhere=2).chart.records_elsewhere == 2


def test_an_absolute_or_versioned_subject_is_the_same():
    named = [
        white_cells("a", "old/_history/2"),
        white_cells("b", "old") | {"subject": {"reference": "https://fhir.example/r4/Patient/old"}},
        white_cells("c", "older"),
        white_cells("d", "old") | {"subject": {"display": "the patient"}},
    ]

    assert refs_of_merged(resources(*named), {"old"}) == {"Observation/a", "Observation/b"}


def test_without_merged_ids_every_patient_stays():
    both = resources(NEW, OLD)

    assert [one.id for one in without_merged_patients(both, frozenset())] == ["new", "old"]
    assert [one.id for one in without_merged_patients(both, {"old"})] == ["new"]
