"""Which phases of the monitoring schedule apply to a course today, and from which day do they count?"""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from cards.assessment.courses import Course, CourseState
from cards.assessment.current_doses import CurrentDoses
from cards.assessment.monitoring_phases import CountedPhase, phases_in_force
from cards.assessment.results import Dated
from cards.knowledge.schedules import Monitored, Trigger
from cards.model.conditions import ConditionState, Problem
from cards.model.dates import whole_day
from cards.model.labs import Analyte
from cards.model.therapy import Drug
from tests.builders import AS_OF, KNOWLEDGE, POLICY, TODAY, chart, problem, result, taking

START = date(2025, 1, 1)
LAST_DAY = 400
PROFILES = sorted(KNOWLEDGE.schedules.profiles)


def course_from(*records):
    newest, oldest = records[0], records[-1]
    doses = CurrentDoses(newest.regimen, standing=(newest,))
    return Course(
        Drug.AZATHIOPRINE,
        CourseState.CURRENT,
        newest,
        records,
        (),
        TODAY,
        POLICY,
        oldest.started_on,
        doses,
        is_sure=True,
    )


STARTED = course_from(taking(Drug.AZATHIOPRINE, 100, str(START)))
RAISED = course_from(
    taking(Drug.AZATHIOPRINE, 150, str(START + timedelta(days=100)), ref="MedicationRequest/b"),
    taking(Drug.AZATHIOPRINE, 100, str(START)),
)
OVER_SEPSIS = problem(Problem.SEPSIS, state=ConditionState.RESOLVED, abated=str(START + timedelta(days=100)))


def on_day(day, *facts):
    return replace(chart(*facts), as_of=AS_OF + (START + timedelta(days=day) - TODAY))


def count_of(day):
    when = whole_day(START + timedelta(days=day))
    return Dated(replace(result(Analyte.WBC, 6), taken_on=when), when)


def late_by(what, course, last, shown, profile):
    policy = replace(KNOWLEDGE.default_policy, schedule_profile=profile)
    return {
        counted.phase
        for counted in phases_in_force(what, course, last, shown, policy, KNOWLEDGE.schedules)
        if counted.is_late(last, shown)
    }


def assert_stays_due(profile, what, course, facts, last_days):
    from_day = 100 if course is RAISED or facts else 1  # what happened that day is known from then on
    days = {day: on_day(day, *facts) for day in range(from_day, LAST_DAY + 1)}
    for last_day in last_days:
        last = None if last_day is None else count_of(last_day)
        late: set[object] = set()
        for day in range(max(from_day, (last_day or 0) + 1), LAST_DAY + 1):
            before, late = late, late_by(what, course, last, days[day], profile)
            assert before <= late, f"last on day {last_day}: no longer due on day {day}"
        assert late, f"last on day {last_day}: never due"


@pytest.mark.slow
def test_a_test_that_fell_due_stays_due_until_one_is_done():
    assert_stays_due("combined", Monitored.COUNT, STARTED, (), [None, *range(120)])


@pytest.mark.parametrize(
    "profile", [pytest.param(one, marks=() if one == "combined" else pytest.mark.slow) for one in PROFILES]
)
@pytest.mark.parametrize(
    ("what", "course", "facts"),
    [
        (Monitored.COUNT, STARTED, ()),
        (Monitored.LIVER, RAISED, ()),
        (Monitored.COUNT, STARTED, (OVER_SEPSIS,)),
    ],
    ids=["start", "raise", "sepsis"],
)
def test_so_it_does_by_every_schedule_after_every_event(profile, what, course, facts):
    assert_stays_due(profile, what, course, facts, [None, 3, 20, 29, 84, 103, 121])


@pytest.mark.parametrize("profile", PROFILES)
def test_never_without_a_test_for_longer_than_the_interval_of_the_day(profile):
    starts = [phase for phase in KNOWLEDGE.schedules.schedule(profile) if phase.trigger is Trigger.START]
    for last_day in range(0, 200, 3):
        last = count_of(last_day)
        in_time = next(
            (
                phase.interval_days
                for phase in starts
                if phase.until_day is not None and last_day + phase.interval_days <= phase.until_day
            ),
            next(
                phase.interval_days
                for phase in KNOWLEDGE.schedules.schedule(profile)
                if phase.trigger is Trigger.MAINTENANCE and phase.what.covers(Monitored.COUNT)
            ),
        )
        in_time_on = late_by(Monitored.COUNT, STARTED, last, on_day(last_day + in_time), profile)

        assert {late.trigger for late in in_time_on} <= {Trigger.HIGH_RISK}
        assert late_by(Monitored.COUNT, STARTED, last, on_day(last_day + in_time + 1), profile)


def test_the_weeks_follow_each_other():
    def due(last_day):
        (phase,) = (
            counted
            for counted in phases_in_force(
                Monitored.COUNT,
                STARTED,
                count_of(last_day),
                on_day(last_day),
                KNOWLEDGE.default_policy,
                KNOWLEDGE.schedules,
            )
            if counted.phase.trigger is Trigger.START
        )
        return (phase.due_on(count_of(last_day)) - START).days

    assert [due(day) for day in (0, 3, 14, 23)] == [7, 10, 21, 30]  # weekly in the first month
    assert [due(day) for day in (24, 45, 76)] == [39, 60, 91]  # then twice a month


def test_after_the_third_month_the_lasting_interval_decides():
    found = list(
        phases_in_force(
            Monitored.COUNT, STARTED, count_of(77), on_day(120), KNOWLEDGE.default_policy, KNOWLEDGE.schedules
        )
    )

    assert [counted.phase.trigger for counted in found] == [Trigger.MAINTENANCE, Trigger.HIGH_RISK]


def test_a_phase_for_good_or_without_a_day_that_began_it_does_not_end():
    lasting = next(
        one for one in KNOWLEDGE.schedules.schedule("combined") if one.trigger is Trigger.MAINTENANCE
    )
    weekly = next(one for one in KNOWLEDGE.schedules.schedule("combined") if one.trigger is Trigger.START)

    assert not CountedPhase(lasting, whole_day(START)).is_over_before_due(None)
    assert not CountedPhase(weekly, None).is_over_before_due(None)
