from zoneinfo import ZoneInfo

import pytest

from fhir_mappers.json.reading import Reading, read

ZONE = ZoneInfo("Europe/Zurich")
ELEMENTS = (
    "status", "code", "valueQuantity", "valueString", "interpretation", "component", "effectiveDateTime",
    "issued", "extension",
)  # fmt: skip
PLAIN = {"status": "final", "code": {"text": "x"}}


def reading(**elements):
    return read({**PLAIN, **elements}, "Observation", ELEMENTS, ZONE)


def clean(**elements):
    return Reading({**PLAIN, **elements})


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"valueString": "  3.4 "}, {"valueString": "3.4"}),
        ({"valueString": ""}, {}),
        ({"valueString": None}, {}),
        ({"valueString": 3.4}, {"valueString": "3.4"}),
        ({"valueQuantity": [{"value": 1}]}, {"valueQuantity": {"value": 1}}),
        ({"interpretation": {"text": "L"}}, {"interpretation": [{"text": "L"}]}),
        ({"effectiveDateTime": "2026-03-09T10:00"}, {"effectiveDateTime": "2026-03-09T10:00:00+01:00"}),
        ({"issued": "2026-03-09"}, {"issued": "2026-03-09"}),
        ({"component": [None, {}, {"code": {"text": "a"}}]}, {"component": [{"code": {"text": "a"}}]}),
        (
            {"valueQuantity": {"value": 1, "extension": [{}], "_value": {}, "id": "q"}},
            {"valueQuantity": {"value": 1}},
        ),
        ({"text": {"div": 5}, "contained": [{"resourceType": "Nonsense"}], "performer": 7}, {}),
        (
            {"valueQuantity": {"value": 1, "flavour": "sweet"}},
            {"valueQuantity": {"value": 1, "flavour": "sweet"}},
        ),
    ],
)
def test_what_can_be_mended_is_mended_and_nothing_is_lost(sent, kept):
    assert reading(**sent) == clean(**kept)


@pytest.mark.parametrize(
    ("sent", "kept", "lost"),
    [
        (
            {"valueQuantity": {"value": "x", "unit": "u"}},
            {"valueQuantity": {"unit": "u"}},
            "valueQuantity.value",
        ),
        ({"valueQuantity": 5}, {}, "valueQuantity"),
        ({"effectiveDateTime": "09.03.2026"}, {}, "effectiveDateTime"),
        ({"component": "x"}, {}, "component"),
        (
            {"component": [5, {"code": {"text": "a"}}]},
            {"component": [{"code": {"text": "a"}}]},
            "component.0",
        ),
    ],
)
def test_only_the_place_at_fault_is_dropped(sent, kept, lost):
    assert reading(**sent) == Reading({**PLAIN, **kept}, (lost,))


def test_what_r4_requires_and_is_absent_is_told():
    assert read({}, "Observation", ELEMENTS, ZONE) == Reading({}, (), ("code",))


def test_the_first_lost_place_of_some_elements():
    found = reading(valueQuantity={"value": "x"}, effectiveDateTime="x")

    assert (found.lost_in("value"), found.lost_in("effective"), found.lost_in("code")) == (
        "valueQuantity.value",
        "effectiveDateTime",
        "",
    )


@pytest.mark.parametrize("value", [20261124, 1.5, 0])
def test_a_number_is_no_date_though_r4b_reads_it_as_seconds(value):
    given = {"status": "active", "intent": "order", "authoredOn": value}

    reading = read(given, "MedicationRequest", tuple(given), ZONE)

    assert (reading.resource.get("authoredOn"), reading.lost) == (None, ("authoredOn",))
