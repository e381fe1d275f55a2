"""Any JSON in any place of realistic records: no crash, no other record's reading changed, no order that matters.

`HYPOTHESIS_PROFILE=long` runs it for about ten minutes.
"""

import json
import os
import random
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from cds_service.errors import CdsServiceError
from cds_service.evaluation import evaluated
from cds_service.hooks.card_json import numbered_ids
from cds_service.inspection.as_json import inspection_json
from cds_service.inspection.source import UnreadableFileError, source_in
from cds_service.inspection.understanding import inspected
from fhir_mappers.bundle.resources import resources_in
from fhir_mappers.chart import ChartRequest
from fhir_mappers.mappers import DRAFT_MAPPERS
from tests.fhir_mappers.mapped import MappedOnDay
from tests.fhir_mappers.mapped import charted as charted_on_day
from tests.retellings import resources
from tests.stories import FOLDER, Story, all_stories

pytestmark = pytest.mark.slow

IS_LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
AS_OF = datetime(2026, 11, 24, 9, tzinfo=UTC)
FIXTURES = FOLDER.parent / "fhir"
FRESH = "kept-apart"  # marks the ids of records that nothing else may refer to


def examples(count: int, long: int) -> Any:
    return settings(
        max_examples=long if IS_LONG else count,
        deadline=None,
        derandomize=not IS_LONG,
        suppress_health_check=list(HealthCheck),
    )


@cache
def pool() -> tuple[dict[str, Any], ...]:
    """Realistic resources: those of the fixtures, ugly as they are, and those of the stories."""
    found = [json.loads(path.read_bytes()) for path in sorted(FIXTURES.glob("*/*.json"))]
    found = [one for value in found for one in ([value] if isinstance(value, dict) else value)]
    opened = [entry.get("resource") for one in found for entry in one.get("entry", [])] + found
    told = [one for story in all_stories() for one in resources(request_of(story))]
    distinct = {json.dumps(one, sort_keys=True): one for one in [*opened, *told] if isinstance(one, dict)}
    return tuple(one for _, one in sorted(distinct.items()))


@cache
def request_of(story: Story) -> dict[str, Any]:
    return json.loads(story.request_body())


# What json.dumps cannot write, put in after it.
UNWRITABLE = {
    '"@infinite@"': "1e999",
    '"@digits@"': "7" * 400,
    '"@deep@"': "[" * 600 + "]" * 600,
    '"@half a pair@"': '"\\ud800"',
    '"@zero@"': '"\\u0000\\u001b[31m"',
}
WORDS = [
    *(name.strip('"') for name in UNWRITABLE),
    *("", " ", "TPMT", "NUDT15", "*1/*3A", "*3A/*3C", "TPMT *2/*2", "azathioprine", "Imuran 50 mg", "6-MP"),
    *("mg", "{tbl}", "K/uL", "10*9/L", "kg", "1/0 tablet", "1e5", "-0", "NaN", "true", "50,5", "١٠٠"),
    *(
        "2026-11-24",
        "2026-02-31",
        "0000-00-00",
        "2026-11",
        "99999",
        "2026-11-24T25:61:00Z",
        "2026-11-24T23:30",
    ),
    *(
        "#x",
        "#",
        "Patient/pat1",
        "Patient/",
        "urn:uuid:x",
        "Observation/x/_history/2",
        "http://",
        "active",
        "draft",
    ),
    *(
        "entered-in-error",
        "d",
        "wk",
        "BID",
        "MORN",
        "http://loinc.org",
        "6690-2",
        "K50.90",
        "A41.9",
        "<",
        ">=",
    ),
]
KEYS = [
    *(
        "coding",
        "code",
        "system",
        "display",
        "text",
        "value",
        "unit",
        "comparator",
        "low",
        "high",
        "start",
        "end",
    ),
    *(
        "reference",
        "resourceType",
        "id",
        "status",
        "extension",
        "url",
        "valueString",
        "valueQuantity",
        "contained",
    ),
    *(
        "repeat",
        "frequency",
        "period",
        "periodUnit",
        "when",
        "dayOfWeek",
        "doseQuantity",
        "doseRange",
        "entry",
    ),
]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**25), 10**25)
    | st.sampled_from([0, 1, -1, 2, 50, 100, 1e308, 5e-324, -0.0, 0.1, 10**30])
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(WORDS)
)
ANY_JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=10,
)


def as_json(value: Any) -> bytes:
    text = json.dumps(value)
    for written, meant in UNWRITABLE.items():
        text = text.replace(written, meant)
    return text.encode()


def places(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value but the value itself."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, part in items for found in ((*place, key), *places(part, (*place, key)))]


def part_at(value: Any, place: tuple[Any, ...]) -> Any:
    for step in place:
        value = value[step]
    return value


@st.composite
def spoiled(draw, sources, most=3):
    """A copy of one of the sources with any JSON, or a part of another place, in a few places; or without them."""
    value = json.loads(json.dumps(draw(sources)))
    for _ in range(draw(st.integers(1, most))):
        place = draw(st.sampled_from(places(value) or [("resourceType",)]))
        *steps, last = place
        holder = part_at(value, tuple(steps))
        what = draw(st.sampled_from(["any", "any", "any", "moved", "listed", "gone"]))
        if what == "gone" and isinstance(holder, dict):
            holder.pop(last, None)
        elif what == "moved":
            # A copy: a part moved into itself would never end.
            holder[last] = json.loads(json.dumps(part_at(value, draw(st.sampled_from(places(value))))))
        elif what == "listed" and isinstance(holder, dict):
            holder[last] = [holder.get(last)]
        else:
            holder[last] = draw(ANY_JSON)
    return value


# By number: printing the things themselves would take longer than testing them.
POOL = st.integers(0, len(pool()) - 1).map(lambda number: pool()[number])
STORIES = st.integers(0, len(all_stories()) - 1).map(lambda number: request_of(all_stories()[number]))
SPOILED = spoiled(POOL)
REQUESTS = spoiled(STORIES, most=5)


def charted(values: list[Any], drafts: list[Any] = (), patient_id: str = "") -> MappedOnDay:
    return charted_on_day(
        ChartRequest(
            zone=UTC,
            patient_id=patient_id,
            records=[one for value in values for one in read(value)],
            draft_orders=[one for value in drafts for one in read(value)],
        ),
        AS_OF,
    )


def read(value: Any) -> Any:
    raw = as_json(value)
    try:
        json.loads(raw)
        return resources_in(raw)
    except (ValueError, RecursionError):
        return ()  # the service refuses such bytes before they reach the mappers


def own_records() -> list[dict[str, Any]]:
    """One record of each kind that depends on no other record."""
    kinds = (
        "MedicationRequest",
        "AllergyIntolerance",
        "Condition",
        "Immunization",
        "Observation",
        "ServiceRequest",
    )
    story = next(one for one in all_stories() if one.name == "worked-example")
    found = [
        one for one in pool() if one.get("resourceType") in kinds and ("subject" in one or "patient" in one)
    ]
    first = {one["resourceType"]: one for one in reversed([*found, *resources(request_of(story))])}
    return [{**one, "id": f"{FRESH}-{i}"} for i, one in enumerate(first.values()) if "contained" not in one]


OWN = own_records()


def readings_of_own(mapped: MappedOnDay) -> dict[str, Any]:
    return {ref: facts for ref, facts in mapped.recognised.items() if f"/{FRESH}-" in ref}


ALONE = readings_of_own(charted(OWN))


def test_the_records_that_are_watched_are_read():
    assert len(ALONE) >= 4


def test_a_number_that_no_float_holds_loses_no_gene_report():
    report = {
        "resourceType": "Observation",
        "id": "tpmt",
        "status": "final",
        "code": {"text": "TPMT genotype"},
        "valueString": "*1/*3C",
        "x_vendor": "@infinite@",
    }

    (result,) = charted([report]).chart.gene_results

    assert str(result.diplotype) == "*1/*3C"


def test_an_observation_that_only_names_the_gene_loses_no_other_report():
    studied = {"coding": [{"system": "http://loinc.org", "code": "48018-6"}]}
    gene = {
        "resourceType": "Observation",
        "id": "gene",
        "status": "final",
        "code": studied,
        "valueString": "TPMT",
    }
    report = gene | {"id": "tpmt", "code": {"text": "TPMT genotype"}, "valueString": "*1/*3C"}

    chart = charted([gene, report]).chart

    assert ([str(one.diplotype) for one in chart.gene_results], chart.unread) == (["*1/*3C"], ())


def test_a_frequency_that_cannot_be_read_is_quoted_short():
    order = {
        "resourceType": "MedicationRequest",
        "id": "aza",
        "status": "active",
        "medicationCodeableConcept": {"text": "azathioprine 50 mg tablet"},
        "dosageInstruction": [
            {"timing": {"repeat": {"frequency": "x" * 5000, "period": 1, "periodUnit": "d"}}}
        ],
    }

    (record,) = charted([order]).chart.drug_records

    assert (record.regimen, len(record.dose_problem) < 250) == (None, True)


@examples(120, 15_000)
@given(SPOILED, st.booleans())
def test_no_json_anywhere_breaks_the_chart_or_changes_another_record(value, is_draft):
    fits = is_draft and str(value.get("resourceType")) in DRAFT_MAPPERS
    mapped = charted(OWN, [value]) if fits else charted([*OWN, value])

    event("read" if len(mapped.recognised) > len(ALONE) else "nothing of ours")
    assert readings_of_own(mapped) == ALONE
    assert [one.why for one in mapped.chart.unread if one.why.startswith("reading it failed")] == []


@examples(60, 10_000)
@given(
    st.lists(SPOILED | POOL, min_size=2, max_size=8),
    st.integers(0, 999),
)
def test_the_order_of_records_changes_nothing(values, seed):
    shuffled = random.Random(seed).sample(values, len(values))  # noqa: S311 -- a shuffle, no secret

    first, second = charted(values), charted(shuffled)

    assert (first.chart, dict(first.recognised)) == (second.chart, dict(second.recognised))


@examples(150, 20_000)
@given(REQUESTS)
def test_any_json_anywhere_in_a_request_is_answered_or_refused(request_):
    try:
        answer = evaluated(as_json(request_), AS_OF, numbered_ids())
    except CdsServiceError as refusal:
        event(type(refusal).__name__)
        return
    event("cards" if answer["cards"] else "no cards")

    assert "CheckDidNotRun" not in [card["source"]["topic"]["code"] for card in answer["cards"]]


@examples(60, 8_000)
@given(STORIES, st.lists(SPOILED, max_size=4))
def test_ugly_records_beside_good_ones_break_no_request(request_, uglies):
    request = json.loads(json.dumps(request_))
    for value in uglies:
        for key in request.get("prefetch") or {}:
            bundle = request["prefetch"][key]
            if bundle and bundle["resourceType"] == "Bundle":
                bundle.setdefault("entry", []).append({"resource": value})
    try:
        answer = evaluated(as_json(request), AS_OF, numbered_ids())
    except CdsServiceError as refusal:
        event(type(refusal).__name__)
        return

    assert "CheckDidNotRun" not in [card["source"]["topic"]["code"] for card in answer["cards"]]


@examples(60, 10_000)
@given(ANY_JSON | SPOILED | REQUESTS)
def test_any_json_is_inspected_or_refused(value):
    try:
        source = source_in(as_json(value), UTC)
    except (UnreadableFileError, CdsServiceError) as refusal:
        event(type(refusal).__name__)
        return

    told = [inspected(source, patient, AS_OF, UTC) for patient in source.patient_ids]

    assert json.dumps(inspection_json(source, told, show_text=True))
