"""A slice of the fuzzing, the same cases each time."""

import pytest

from tests.fuzz.campaign import campaign
from tests.fuzz.targets import TARGETS

pytestmark = pytest.mark.slow

_CASES = {"decoder": 1_000, "mappers": 1_000, "service": 60, "search": 500, "feedback": 60}
_CASES |= {"tokens": 200, "key-sets": 200}


@pytest.mark.parametrize("name", TARGETS)
def test_a_slice_of_the_cases_breaks_no_promise(name: str) -> None:
    tally = campaign(TARGETS[name], _CASES[name], seed=8)

    assert not tally.broken
    assert tally.cases == _CASES[name]
    assert len(tally.outcomes) > 1, "every case had the same outcome: nothing was tried"
