"""Each fixture is one trap, named for it; `expected.json` holds what it must map to, line for line."""

import pytest

from tests.fhir_mappers.mapped import chart_of, fixture, lines, names_in

EXPECTED = fixture("labs", "expected")


@pytest.mark.parametrize("trap", names_in("labs"))
def test_a_result_is_read_as_the_table_says(trap):
    mapped = chart_of(fixture("labs", trap))

    assert list(lines(mapped)) == EXPECTED[trap]


def test_every_expectation_has_its_fixture():
    assert sorted(EXPECTED) == names_in("labs")


@pytest.mark.parametrize("kind", ["valueTime", "valueSampledData", "valueAttachment", "valueReference"])
def test_a_value_of_a_kind_that_is_not_read_is_told(kind):
    value = "08:00:00" if kind == "valueTime" else {"reference": "Binary/1"}
    result = {"resourceType": "Observation", "id": "1", "status": "final", "effectiveDateTime": "2026-03-01"}
    code = {"coding": [{"system": "http://loinc.org", "code": "6690-2"}]}

    (note,) = chart_of(result | {"code": code, kind: value}).chart.unread

    assert note.deciding
    assert note.why.startswith("its value is")


def coded(code, **fields):
    """A final result of one code without a value."""
    concept = {"coding": [{"system": "http://loinc.org", "code": code}]}
    named = {"resourceType": "Observation", "id": "1", "status": "final", "effectiveDateTime": "2026-03-01"}
    return named | {"code": concept} | fields


def marked(mark):
    return [{"coding": [{"code": mark}]}]


@pytest.mark.parametrize(
    ("code", "fields", "told"),
    [
        ("2106-3", {"interpretation": marked("POS")}, "hcg positive on 2026-03-01 [positive] flag POS"),
        ("5195-3", {"interpretation": marked("NEG")}, "hbsag negative on 2026-03-01 [negative] flag NEG"),
        (
            "5195-3",
            {"interpretation": marked("A")},
            "unread serology: HBsAg: it has no value and is marked 'A'",
        ),
        (
            "6690-2",
            {"interpretation": marked("LL")},
            "unread blood counts: white cell count: it has no value and is marked 'LL'",
        ),
        (
            "6690-2",
            {"interpretation": [{"text": "Panic value"}]},
            "unread blood counts: white cell count: it has no value and is marked 'Panic value'",
        ),
        (
            "5195-3",
            {"interpretation": marked("POS"), "dataAbsentReason": {"text": "error"}},
            "unread serology: HBsAg: it has no value and is marked 'POS'",
        ),
        (
            "6690-2",
            {"interpretation": marked("N")},
            "unread blood counts: white cell count: no value (nothing lost)",
        ),
        (
            "5195-3",
            {"valueString": "Negative", "interpretation": marked("POS")},
            "unread serology: HBsAg Negative: its value says negative and its mark positive",
        ),
        (
            "1742-6",
            {"valueQuantity": {"value": 1e12, "unit": "U/L"}},  # as a baseline it would hide every rise
            "unread liver tests: ALT: 1e+12 U/L is not plausible",
        ),
        (
            "5195-3",
            {"valueString": "Positive", "interpretation": marked("POS")},
            "hbsag positive on 2026-03-01 [Positive] flag POS",
        ),
    ],
)
def test_the_mark_of_a_result_is_not_lost_without_a_value_or_against_it(code, fields, told):
    assert list(lines(chart_of(coded(code, **fields)))) == [told]


def test_a_value_that_has_no_result_yet_by_its_status_is_told_and_counts_neither_way():
    count = coded("6690-2", valueQuantity={"value": 0.4, "unit": "10*9/L"}, status="registered")

    assert list(lines(chart_of(count))) == [
        "unread blood counts: white cell count 0.4 10*9/L: it holds a value, and its status says that there is none yet"
    ]
    assert list(lines(chart_of(coded("6690-2", status="registered")))) == []
