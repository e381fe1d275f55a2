"""What the stricter types accept, R4B accepts: over every resource of the fixtures, and over what is done to them."""

import copy
import json
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fhir_mappers.json.reading import _absent, _mended, _problems_of_r4b, model_class
from fhir_mappers.json.repeated import repeated
from fhir_mappers.json.sure_shapes import sure_shape
from fhir_mappers.mappers import _R4, _UNREAD_ELEMENTS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3] / "fixtures"
MODELS = (*_R4, "DiagnosticReport")
ODD = (
    None, "", " ", "a", "a b", "a  b", "é", "\u00a0", "a\n", "2024", "2024-02", "2024-02-29", "2023-02-29",
    "2024-02-30", "2024-13", "0000", "1899-12-31", "2024-04-31", "2024-12-31T23:59:60Z", "2024-01-01T24:00:00Z",
    "2024-01-01T10:00", "2024-01-01T10:00:00Z", "2024-01-01T10:00:00.1234567Z", "2024-01-01T10:00:00+14:00",
    "2024-01-01T10:00:00-13:59", "http://a b", "urn:x", "12:00:00", "1", "1.5", True, False, 0, -1, 1, 1.0, 1.5, 1e300,
    1e-7, 2**31, 10**30, [], {}, [None], [{}], ["a"], [["a"]], {"value": 1}, {"coding": []}, {"coding": [{}]},
    {"text": ""}, {"reference": 3}, {"unknown": 1}, [{"coding": [{"code": "a"}]}], {"coding": {"code": "a"}},
    {"resourceType": "a"}, {"fhir_comments": 1}, {"text": "a", "resource_type": "a"}, {"text__ext": 1, "_text": 1},
    {"value": 1.5, "unit__ext": [1]},
)  # fmt: skip


def _resources(value):
    if isinstance(value, dict):
        if value.get("resourceType") in MODELS:
            yield value
        for part in value.values():
            yield from _resources(part)
    elif isinstance(value, list):
        for part in value:
            yield from _resources(part)


def _read_elements(resource):
    mended = {
        name: _mended(name, value, UTC) for name, value in resource.items() if name not in _UNREAD_ELEMENTS
    }
    return {
        name: value for name, value in mended.items() if isinstance(value, dict | list | str | int | float)
    }


def _all_resources():
    found = {}
    for file in sorted(ROOT.rglob("*.json")):
        for resource in _resources(json.loads(file.read_text(encoding="utf-8"))):
            elements = _read_elements(resource)
            found[json.dumps([resource["resourceType"], elements], sort_keys=True)] = (
                resource["resourceType"],
                elements,
            )
    return list(found.values())


RESOURCES = _all_resources()


def repeated_parts(elements):
    return {name: repeated(value) for name, value in elements.items()}


def _agrees(model, elements):
    kind = model_class(model)
    assert sure_shape(kind).accepts(repeated_parts(elements)) == sure_shape(kind).accepts(elements)
    if not sure_shape(kind).accepts(elements):
        return False
    assert _absent(kind, elements) == _problems_of_r4b(kind, elements)
    assert {name: _mended(name, value, UTC) for name, value in elements.items()} == elements
    return True


def _places(value, path=()):
    if path:
        yield path
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _places(part, (*path, key))
    elif isinstance(value, list):
        for at, part in enumerate(value):
            yield from _places(part, (*path, at))


def test_agrees_with_r4b_about_every_resource_of_the_fixtures():
    sure = [_agrees(model, elements) for model, elements in RESOURCES]

    assert len(sure) > 500
    assert sum(sure) / len(sure) > 0.85  # or it would save nothing


@pytest.mark.parametrize("model", MODELS)
def test_agrees_with_r4b_about_each_element_with_any_odd_value(model):
    for name in model_class(model).model_fields:
        for value in ODD:
            _agrees(model, {name: value})


@given(st.data())
@settings(max_examples=1_500, deadline=None)
def test_agrees_with_r4b_wherever_an_odd_value_stands(data):
    model, elements = data.draw(st.sampled_from(RESOURCES))
    changed = copy.deepcopy(elements)
    places = list(_places(changed))
    if not places:
        return
    *way, last = data.draw(st.sampled_from(places))
    holder = changed
    for step in way:
        holder = holder[step]
    holder[last] = data.draw(st.sampled_from(ODD) | st.text(max_size=12) | st.floats() | st.integers())

    _agrees(model, changed)


@pytest.mark.parametrize(
    "elements",
    [
        {"valueString": "a", "valueBoolean": True},
        {"component": [{"code": {"text": "a"}, "valueString": "a", "valueBoolean": True}]},
        {"component": [{}]},
        {"effectiveDateTime": "2023-02-29"},
        {"valueQuantity": {"value": True}},
    ],
)
def test_leaves_to_r4b_what_may_be_wrong(elements):
    shape = sure_shape(model_class("Observation"))

    assert not shape.accepts(elements)
    assert not shape.accepts(repeated_parts(elements))
