"""Whatever stands in a resource, its mapper answers with values and never raises."""

import copy
import json
from datetime import UTC, date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cards.model.dosage.amounts import BodySize
from cards.model.proposals import ChangeDose
from cards.model.therapy import Product
from fhir_mappers.bundle.references import contained
from fhir_mappers.context import MapContext
from fhir_mappers.medications.draft_orders import CannotExpressError, with_dose
from fhir_mappers.medications.vaccines import immunization, vaccine_orders
from fhir_mappers.records.allergies import allergy
from fhir_mappers.records.conditions import condition
from fhir_mappers.records.patients import patient
from fhir_mappers.records.procedures import planned_procedure, procedure
from fhir_mappers.records.test_orders import test_order as read_test_order
from tests.fhir_mappers.mapped import orders_of, records_of, regimen_of

pytestmark = pytest.mark.slow

FIXTURES = Path(__file__).parents[2] / "fixtures" / "fhir"
AREAS = ("medications", "dosage", "vaccines", "conditions", "allergies", "orders")
RESOURCES = [
    json.loads(path.read_text(encoding="utf-8"))
    for area in AREAS
    for path in sorted((FIXTURES / area).glob("*.json"))
]
MAPPERS = (
    lambda resource, context: records_of(resource, context, TODAY),
    lambda resource, context: orders_of(resource, context, TODAY, BodySize(70, 170)),
    vaccine_orders,
    immunization,
    condition,
    allergy,
    procedure,
    planned_procedure,
    read_test_order,
    patient,
)
TODAY = date(2026, 3, 9)
CONTEXT = MapContext(
    zone=UTC,
    record_ref="X/1",
    find=lambda literal, holder: contained(literal, holder) if literal.startswith("#") else None,
)
ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(["active", "2026-13-45", "1/0 tablet daily", "mg", "#", "NaN", "-0"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=8) | st.sampled_from(["value", "unit", "code", "coding", "text", "reference"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


def places(value, place=()):
    yield place
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in items:
        yield from places(part, (*place, key))


def put(resource, place, value):
    if not place:
        return value if isinstance(value, dict) else {"resourceType": value}
    changed = copy.deepcopy(resource)
    holder = changed
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = value
    return changed


@st.composite
def spoiled(draw):
    resource = draw(st.sampled_from(RESOURCES))
    place = draw(st.sampled_from(list(places(resource))))
    return put(resource, place, draw(ANY_JSON))


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(spoiled())
def test_any_json_anywhere_breaks_no_mapper(resource):
    for mapper in MAPPERS:
        assert isinstance(mapper(resource, CONTEXT), tuple)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(spoiled())
def test_any_json_anywhere_leaves_a_draft_changed_whole_or_not_at_all(resource):
    before = copy.deepcopy(resource)
    try:
        changed = with_dose(resource, ChangeDose("X/1", 50, 1, 50)).resource
    except CannotExpressError:
        changed = None

    assert resource == before
    if changed is not None:
        sent = json.loads(json.dumps(changed, default=float))  # exact decimals, as a client reads them
        read = regimen_of(sent["dosageInstruction"], Product(strength_mg=50), TODAY)
        assert read.mg_per_day == 50


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource["resourceType"])
def test_reading_changes_nothing(resource):
    before = copy.deepcopy(resource)

    for mapper in MAPPERS:
        mapper(resource, CONTEXT)

    assert resource == before
