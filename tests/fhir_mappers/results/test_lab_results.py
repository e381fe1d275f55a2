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
