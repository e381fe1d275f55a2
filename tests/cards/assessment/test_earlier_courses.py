"""Did something happen on a thiopurine, after one, or can no record tell?"""

from dataclasses import replace

import pytest

from cards.assessment.earlier_courses import (
    DayPlace,
    asks_for_history,
    before_words,
    began_on,
    place_of,
    taken_records,
)
from cards.assessment.episodes import Episode
from cards.knowledge.default_policy import default_policy
from cards.model.conditions import ConditionState, Problem
from cards.model.therapy import Drug, TherapyState
from tests.builders import azathioprine, case, chart, days_ago, on, problem, taking, took

AZA = Drug.AZATHIOPRINE
COURSE = took(AZA, 100, "2023-03-01", ended_on=on("2023-06-30"))


def place(when, *records):
    return place_of(on(when) if when else None, chart(*records), default_policy())


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2023-02-28", DayPlace.ELSEWHERE),
        ("2023-03-01", DayPlace.ON_DRUG),
        ("2023-06-30", DayPlace.ON_DRUG),
        ("2023-07-01", DayPlace.SOON_AFTER),
        ("2023-07-28", DayPlace.SOON_AFTER),  # 28 days after the last
        ("2023-07-29", DayPlace.ELSEWHERE),
        ("2023", DayPlace.UNCLEAR),  # may be before the start
        (None, DayPlace.UNCLEAR),
    ],
)
def test_a_day_lies_before_on_soon_after_or_long_after_a_course(when, expected):
    assert place(when, COURSE) is expected


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (took(AZA, 100, "2023-03-01"), DayPlace.UNCLEAR),  # no end
        (took(AZA, 100, None, ended_on=on("2023-06-30")), DayPlace.UNCLEAR),  # no start
        (took(AZA, 100, "2023-03-01", supplied_until=on("2023-05-30")), DayPlace.UNCLEAR),  # or ended before
        (
            took(AZA, 100, "2023-03-01", supplied_until=on("2023-05-30"), ref="MedicationDispense/1"),
            DayPlace.ON_DRUG,
        ),
        (taking(AZA, 100, "2023-03-01", supplied_until=on("2023-03-30")), DayPlace.ON_DRUG),  # still taken
        (taking(AZA, 100, "2023-03-01", state=TherapyState.HELD), DayPlace.ON_DRUG),
        (taking(AZA, 100, "2023-03-01", state=TherapyState.PLANNED), DayPlace.ELSEWHERE),
        (taking(Drug.ALLOPURINOL, 100, "2023-03-01"), DayPlace.ELSEWHERE),
    ],
)
def test_what_a_record_says_of_a_day(record, expected):
    assert place("2023-05-10", record) is expected


def test_the_surest_place_of_several_courses_counts():
    assert place("2023-05-10", took(AZA, 100, "2022-01-01"), COURSE) is DayPlace.ON_DRUG


def test_without_any_thiopurine_nothing_is_on_one():
    assert place(None) is DayPlace.ELSEWHERE
    assert taken_records(chart()) == ()


def test_a_history_is_not_dated_by_the_day_it_was_written_down():
    record = problem(Problem.PANCREATITIS, recorded="2023-05-10")

    assert began_on(record) == on("2023-05-10")
    assert began_on(replace(record, state=ConditionState.HISTORY)) is None
    assert began_on(replace(record, state=ConditionState.HISTORY, onset_on=on("2023"))) == on("2023")


def asked(*records):
    shown = case(*records)
    return [asks_for_history(one, shown.chart, shown.policy) for one in shown.exposures]


@pytest.mark.parametrize(
    ("records", "asks"),
    [
        ((azathioprine(),), True),  # a new start
        ((azathioprine(), taking(AZA, 100, "2026-01-10", state=TherapyState.HELD)), True),  # a restart
        ((azathioprine(100), taking(AZA, 100)), False),  # a renewal
        ((taking(AZA, 100, str(days_ago(89))),), True),
        ((taking(AZA, 100, str(days_ago(90))),), False),  # established
        ((taking(AZA, 100, None),), False),
    ],
)
def test_the_past_is_asked_about_at_a_start_and_soon_after(records, asks):
    assert asked(*records) == [asks]


def test_by_when_it_should_be_known():
    (start,) = case(azathioprine()).exposures
    (taken,) = case(taking(AZA)).exposures

    assert before_words(start) == "the first dose"
    assert before_words(replace(start, episode=Episode.RESTART)) == "the restart"
    assert before_words(replace(start, episode=Episode.RENEWAL)) == "the next dose"
    assert before_words(taken) == "the next dose"


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (took(AZA, 100, ended_on=days_ago(20)), True),  # a renewal by its days, after a recorded stop
        (
            taking(
                AZA, 100, state=TherapyState.HELD, shown_until=days_ago(5).first, is_held_for_admission=True
            ),
            True,
        ),
        (
            taking(AZA, 100, str(days_ago(60)), state=TherapyState.POSSIBLY_TAKEN),
            False,
        ),  # a gap in supply is no end
    ],
)
def test_after_a_stop_or_a_hold_however_short_history_is_asked_for(record, expected):
    asked = case(azathioprine(100), record)

    assert asks_for_history(asked.ordered[0], asked.chart, asked.policy) is expected
