import json

import pytest

from fhir_mappers.bundle.resources import resources_in
from fhir_mappers.bundle.subjects import Subjects


def bundle(*entries):
    return resources_in(json.dumps({"resourceType": "Bundle", "entry": list(entries)}).encode())


def observation(**elements):
    return {"resource": {"resourceType": "Observation", "id": "o", **elements}}


PATIENT = {"fullUrl": "urn:uuid:p", "resource": {"resourceType": "Patient", "id": "1"}}
OTHER = {"fullUrl": "urn:uuid:q", "resource": {"resourceType": "Patient", "id": "2"}}


@pytest.mark.parametrize(
    ("elements", "is_ours"),
    [
        ({"subject": {"reference": "Patient/1"}}, True),
        ({"subject": {"reference": "https://fhir.example/r4/Patient/1"}}, True),
        ({"subject": {"reference": "Patient/1/_history/3"}}, True),
        ({"subject": {"reference": "urn:uuid:p"}}, True),
        ({"patient": {"reference": "Patient/1"}}, True),
        ({"subject": "Patient/1"}, True),
        ({}, True),
        ({"subject": {"display": "the patient"}}, True),
        ({"subject": {"identifier": {"value": "7"}}}, True),
        ({"subject": {"reference": "#me"}}, True),
        ({"subject": {"reference": "Patient/2"}}, False),
        ({"subject": {"reference": "Patient/11"}}, False),
        ({"subject": {"reference": "urn:uuid:q"}}, False),
        ({"subject": {"reference": "urn:uuid:unknown"}}, False),
        ({"subject": {"reference": "Group/1"}}, False),
        ({"subject": "Patient/2"}, False),
        ({"subject": {"reference": "Patient/1"}, "focus": [{"reference": "RelatedPerson/baby"}]}, False),
        ({"subject": {"reference": "Patient/1"}, "focus": [{"reference": "Patient/1"}]}, True),
    ],
)
def test_only_this_patients_resources_are_ours(elements, is_ours):
    resources = bundle(PATIENT, OTHER, observation(**elements))

    assert Subjects("1", resources).is_ours(resources[2]) is is_ours


def test_the_patient_is_known_by_id_or_as_the_only_one_without_one():
    both, nameless = (
        bundle(PATIENT, OTHER),
        bundle({"fullUrl": "urn:uuid:p", "resource": {"resourceType": "Patient"}}),
    )

    assert [Subjects("1", both).is_ours(one) for one in both] == [True, False]
    assert Subjects("1", nameless).is_ours(nameless[0])


def test_every_subject_is_accepted_when_no_patient_is_asked_for():
    resources = bundle(observation(subject={"reference": "Patient/2"}))

    assert Subjects("", resources).is_ours(resources[0])


@pytest.mark.parametrize(
    ("elements", "is_ours"),
    [
        ({"subject": {"reference": "Patient/1"}}, True),
        ({"subject": {"display": "the patient"}}, True),
        ({"subject": {"reference": "urn:uuid:unknown"}}, True),
        ({"subject": {"reference": "Patient?identifier=7"}}, True),
        ({"subject": {"reference": "urn:uuid:q"}}, False),
        ({"subject": {"reference": "Patient/2"}}, False),
        ({"subject": {"reference": "https://fhir.example/r4/Patient/2"}}, False),
        ({"subject": {"reference": "Patient/1"}, "focus": [{"reference": "RelatedPerson/baby"}]}, False),
        ({"subject": {"reference": "Patient/1"}, "focus": [{"display": "the graft"}]}, True),
    ],
)
def test_a_draft_is_ours_unless_it_names_another(elements, is_ours):
    resources = bundle(PATIENT, OTHER, observation(**elements))

    assert Subjects("1", resources).is_our_draft(resources[2]) is is_ours


def test_another_patient_among_the_drafts_is_not_ours():
    resources = bundle(PATIENT, OTHER)

    assert [Subjects("1", resources).is_our_draft(one) for one in resources] == [True, False]


@pytest.mark.parametrize("other_ids", [(), ("2",)])
def test_another_id_may_name_the_same_patient(other_ids):
    named = ("Patient/2", "urn:uuid:q", "urn:uuid:2", "Patient/3")
    resources = bundle(PATIENT, OTHER, *(observation(subject={"reference": one}) for one in named))
    subjects = Subjects("1", resources, other_ids)

    assert [subjects.is_ours(one) for one in resources[1:]] == [
        bool(other_ids),
        bool(other_ids),
        bool(other_ids),
        bool(other_ids),
        False,
    ]
