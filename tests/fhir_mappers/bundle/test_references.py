import json

import pytest

from fhir_mappers.bundle.references import RecordIndex, contained
from fhir_mappers.bundle.resources import resources_in

ENTRIES = [
    {"fullUrl": "https://a.example/r4/Medication/1", "resource": {"resourceType": "Medication", "id": "1"}},
    {"fullUrl": "https://b.example/r4/Medication/1", "resource": {"resourceType": "Medication", "id": "1"}},
    {"fullUrl": "urn:uuid:77", "resource": {"resourceType": "Medication"}},
    {"resource": {"resourceType": "Medication", "id": "2"}},
]


def index(entries):
    return RecordIndex(resources_in(json.dumps({"resourceType": "Bundle", "entry": entries}).encode()))


@pytest.mark.parametrize(
    ("reference", "holder", "expected"),
    [
        ("Medication/2", "", ""),
        ("Medication/2/_history/7", "", ""),
        ("https://elsewhere.example/Medication/2", "", ""),
        ("urn:uuid:77", "", "urn:uuid:77"),
        ("https://b.example/r4/Medication/1", "", "https://b.example/r4/Medication/1"),
        ("https://b.example/r4/Medication/1/_history/2", "", "https://b.example/r4/Medication/1"),
        ("Medication/1", "https://b.example/r4/MedicationRequest/9", "https://b.example/r4/Medication/1"),
        ("Medication/1", "", "https://a.example/r4/Medication/1"),
        ("Medication/3", "", None),
        ("#med", "", None),
        ("", "", None),
        ("2", "", None),
    ],
)
def test_a_reference_finds_its_resource(reference, holder, expected):
    for entries in (ENTRIES, ENTRIES[::-1]):
        found = index(entries).find(reference, holder)

        assert (found.full_url if found else None) == expected


def test_a_contained_resource_is_found_with_and_without_its_hash():
    holder = {"contained": [{"id": "#a", "n": 1}, {"id": "b", "n": 2}, 5]}

    assert [contained(one, holder) for one in ("#a", "#b", "#c")] == [
        {"id": "#a", "n": 1},
        {"id": "b", "n": 2},
        None,
    ]
