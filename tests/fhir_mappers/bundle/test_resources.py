import json

import msgspec
import pytest

from fhir_mappers.bundle.outcomes import Outcome
from fhir_mappers.bundle.resources import contained_in, contents_of, resources_in

WBC = {"resourceType": "Observation", "id": "1", "status": "final", "subject": {"reference": "Patient/1"}}


def raw(value):
    return json.dumps(value).encode()


def refs(value):
    return [resource.record_ref for resource in resources_in(raw(value))]


NOTHING = "Record/~74234e98af"  # an entry that holds no resource is a record that says nothing


def entries(*resources):
    return [{"resource": resource} for resource in resources]


@pytest.mark.parametrize("kind", ["searchset", "collection", "transaction", "message", "nonsense", None, 5])
def test_a_bundle_of_any_type_holds_its_entries(kind):
    assert refs({"resourceType": "Bundle", "type": kind, "entry": entries(WBC)}) == ["Observation/1"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (WBC, ["Observation/1"]),
        (None, []),
        ([], []),
        ("Observation", []),
        ({"resourceType": "Bundle"}, []),
        ({"resourceType": "Bundle", "total": 0, "entry": []}, []),
        ({"resourceType": "Bundle", "entry": None}, []),
        ({"resourceType": "Bundle", "entry": {"resource": WBC}}, ["Observation/1"]),
        ({"resourceType": "Bundle", "entry": [None, 5, {"resource": WBC}]}, [*[NOTHING] * 2, "Observation/1"]),
        ({"resourceType": "Bundle", "entry": [{}, WBC, {"resource": None}]}, [NOTHING] * 3),
        ({"resourceType": "Bundle", "entry": [{"fullUrl": 5, "resource": WBC}]}, ["Observation/1"]),
        ({"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Bundle", "entry": entries(WBC)}}]},
         ["Observation/1"]),
        ({**WBC, "id": 7}, ["Observation/7"]),
        ({**WBC, "meta": "x", "code": [5], "component": {}, "contained": "y"}, ["Observation/1"]),
    ],
)  # fmt: skip
def test_nothing_of_a_wrong_shape_loses_a_resource(value, expected):
    assert refs(value) == expected


def test_bytes_that_are_not_json_raise():
    with pytest.raises(msgspec.DecodeError):
        contents_of(b'{"resourceType": ')


def test_an_entry_without_id_is_called_by_its_url():
    found = resources_in(
        raw({"resourceType": "Bundle", "entry": [{"fullUrl": "urn:uuid:4", "resource": {**WBC, "id": None}}]})
    )

    assert found[0].record_ref == "urn:uuid:4"


def test_a_record_without_id_and_url_is_called_the_same_each_time():
    nameless = {key: value for key, value in WBC.items() if key != "id"}

    assert refs(nameless) == refs(nameless)
    assert refs(nameless) != refs({**nameless, "status": "amended"})


def test_a_further_page_is_told():
    link = [{"relation": "self", "url": "a"}, {"relation": "next", "url": "https://fhir.example/page/2"}]

    assert (
        contents_of(raw({"resourceType": "Bundle", "link": link})).next_link == "https://fhir.example/page/2"
    )


@pytest.mark.parametrize(
    ("issues", "outcomes", "is_failure"),
    [
        ([{"severity": "warning", "code": "not-found"}], (Outcome("warning", "not-found"),), False),
        ([{"severity": "error", "code": "exception"}], (Outcome("error", "exception"),), True),
        ([], (Outcome(""),), True),
        ("oops", (Outcome(""),), True),
    ],
)
def test_an_operation_outcome_is_an_outcome_and_no_resource(issues, outcomes, is_failure):
    outcome = {"resourceType": "OperationOutcome", "issue": issues}

    for value in (outcome, {"resourceType": "Bundle", "entry": entries(outcome)}):
        contents = contents_of(raw(value))
        assert (contents.resources, contents.outcomes) == ((), outcomes)
        assert [one.is_failure for one in contents.outcomes] == [is_failure]


def test_a_wrong_type_in_one_element_leaves_the_other_peeks():
    (found,) = resources_in(raw({**WBC, "code": {"coding": [{"system": 3, "code": 6690}]}, "issued": [1]}))

    assert (found.status, found.subject_reference, found.date_text) == ("final", "Patient/1", "")
    assert [(one.system, one.code) for one in found.codings] == [("3", "6690")]


def test_contained_resources_are_named_for_their_holder():
    report = {"resourceType": "DiagnosticReport", "id": "r", "contained": [{**WBC, "id": "wbc"}]}
    (holder,) = resources_in(raw(report))

    assert [one.record_ref for one in contained_in(holder)] == ["DiagnosticReport/r#wbc"]


def test_exact_decimals_survive_the_tolerant_way():
    (found,) = resources_in(
        b'{"resourceType":"Bundle","entry":{"resource":{"resourceType":"Observation","v":0.10}}}'
    )

    assert bytes(found.raw).endswith(b'"v":0.10}')
