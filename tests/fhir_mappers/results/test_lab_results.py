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
    assert note.in_words.startswith("white cell count not used: its value is")
