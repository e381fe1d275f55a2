"""No record is lost in silence: a sample of every story's records, damaged in every way.

The whole is `python -m tests.damage`, and in `make reliability`.
"""

from functools import cache

import pytest

from tests.damage.campaign import SEED, cases, sampled, tally
from tests.damage.judging import Outcome
from tests.damage.places import damaged, places_in, stories
from tests.damage.ways.catalogue import ALL_WAYS
from tests.damage.ways.way import Statement
from tests.reliability.server import IS_FULL

SHARES = 4  # of the sample, so that several processes can work at it
SAMPLE = 1_400
FEWEST = 100_000  # of the whole
MOST_WITH_ANOTHER_MEANING = 8 / 50  # of all ways


@cache
def sample():
    return sampled(cases(ALL_WAYS, stories()), SAMPLE, SEED)


def counted(rows):
    return {row.way: row.outcomes[Outcome.LOST] for row in rows.values() if row.outcomes[Outcome.LOST]}


@pytest.mark.slow
@pytest.mark.skipif(IS_FULL, reason="the whole holds the sample")
@pytest.mark.parametrize("share", range(SHARES))
def test_no_record_of_the_sample_is_lost_in_silence(share):
    rows = tally(sample()[share::SHARES])

    assert counted(rows) == {}, [row.examples for row in rows.values() if row.examples]
    assert sum(row.requests for row in rows.values()) > SAMPLE / SHARES / 2


@pytest.mark.slow
@pytest.mark.skipif(not IS_FULL, reason="half an hour: make reliability")
def test_no_record_of_any_story_is_lost_in_silence():
    rows = tally(cases(ALL_WAYS, stories()))

    assert counted(rows) == {}, [row.examples for row in rows.values() if row.examples]
    assert sum(row.requests for row in rows.values()) >= FEWEST


def test_few_ways_have_another_meaning():
    others = [way for way in ALL_WAYS.values() if way.statement is Statement.OTHER]

    assert len(others) / len(ALL_WAYS) <= MOST_WITH_ANOTHER_MEANING


def test_a_way_that_tells_says_what_its_reason_is():
    assert [way.name for way in ALL_WAYS.values() if way.statement is Statement.TOLD and not way.reason] == []


def test_every_way_changes_some_record():
    """A way that fits nothing would be counted and never tried."""
    places = [place for name in stories() for place in places_in(name)]

    unused = [way.name for way in ALL_WAYS.values() if all(damaged(place, way) is None for place in places)]

    assert unused == []
