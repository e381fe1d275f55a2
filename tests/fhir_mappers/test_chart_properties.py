"""Whatever JSON stands anywhere: the mapper never raises, and no other record's reading changes."""

import copy
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fhir_mappers.mapped import chart_of, fixture, lines, names_in

pytestmark = pytest.mark.slow

OTHER = {
    "resourceType": "Observation",
    "id": "another",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}]},
    "subject": {"reference": "Patient/1"},
    "effectiveDateTime": "2026-03-01",
    "valueQuantity": {"value": 9.9, "unit": "g/dL"},
}
DRUGS = [
    {
        "resourceType": "MedicationRequest",
        "id": "m",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {
            "coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "197388"}],
            "text": "azathioprine 50 mg tablet",
        },
        "subject": {"reference": "Patient/1"},
        "authoredOn": "2026-01-09",
        "reasonCode": [{"text": "Crohn's disease"}],
        "dosageInstruction": [
            {
                "text": "2 tablets daily",
                "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
                "route": {"text": "oral"},
                "doseAndRate": [{"doseQuantity": {"value": 2, "unit": "tablet"}}],
            }
        ],
        "dispenseRequest": {"expectedSupplyDuration": {"value": 30, "unit": "d"}},
    },
    {
        "resourceType": "Condition",
        "id": "c",
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "K50.90"}]},
        "subject": {"reference": "Patient/1"},
        "onsetDateTime": "2020",
    },
    {"resourceType": "Patient", "id": "1", "birthDate": "1980-04-01", "gender": "female"},
]
NAMED = [("labs", name) for name in names_in("labs")] + [("genes", name) for name in names_in("genes")]
RAW = [fixture(folder, name) for folder, name in NAMED] + DRUGS

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(
        ["", " ", "*1/*3A", "TPMT", "2026-02-31", "2026-03-09T10:00", "#x", "Observation/another"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["coding", "code", "system", "value", "unit", "text", "reference", "start", "extension"]
            )
            | st.text(max_size=5),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


def places(value, path=()):
    """Every place in a JSON value, ids of records left out: two records of one id are one record."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        if key not in ("id", "resourceType", "fullUrl"):
            yield (*path, key)
            yield from places(inner, (*path, key))


@st.composite
def spoilt(draw):
    value = copy.deepcopy(draw(st.sampled_from(RAW)))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(list(places(value))))
        holder = value
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = draw(anything)
    return value


def of_the_other(mapped):
    return [
        fact for ref, facts in mapped.recognised.items() if ref == "Observation/another" for fact in facts
    ]


ALONE = of_the_other(chart_of(OTHER))


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(spoilt())
def test_no_json_anywhere_raises_or_changes_another_record(value):
    mapped = chart_of(value, OTHER)

    assert of_the_other(mapped) == ALONE
    assert not [one for one in mapped.chart.unread if one.why.startswith("reading it failed")]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(anything)
def test_any_json_is_a_request_without_a_crash(value):
    assert of_the_other(chart_of(value, OTHER)) == ALONE


def test_the_order_of_entries_changes_nothing():
    bundles = [value for value in RAW if value["resourceType"] == "Bundle"]
    resources = [entry["resource"] for value in bundles for entry in value["entry"]] + [OTHER, *DRUGS]
    first = lines(chart_of(*resources))

    for seed in range(20):
        shuffled = random.Random(seed).sample(resources, len(resources))  # noqa: S311 -- a shuffle, no secret

        assert lines(chart_of(*shuffled)) == first
