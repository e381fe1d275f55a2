"""Is a thiopurine started again after sepsis, and how is it watched then?"""

from dataclasses import replace

import pytest

from cards.assessment.case import Case
from cards.finding import DecisionKey, DecisionKind, Fact
from cards.knowledge.default_policy import default_policy
from cards.model.conditions import ConditionState, Problem
from cards.model.facts import FactKind
from cards.model.therapy import Drug, TherapyState
from cards.rules.infections.restart_after_infection import restarted_after_sepsis
from tests.builders import (
    KNOWLEDGE,
    azathioprine,
    blocked_by,
    case,
    chart,
    days_ago,
    finding,
    is_silent,
    on,
    problem,
    taking,
    unknown,
)

HELD = taking(Drug.AZATHIOPRINE, 100, state=TherapyState.HELD)


def over(**fields):
    return problem(Problem.SEPSIS, state=ConditionState.RESOLVED, **({"abated": "2026-11-10"} | fields))


def ask(*facts, **fields):
    return restarted_after_sepsis(case(*facts, **fields))


def test_a_restart_after_sepsis_is_watched_weekly():
    found = finding(ask(azathioprine(100), HELD, over()))

    assert (found.decision, found.leads) == (
        DecisionKey(DecisionKind.PLAN, "MedicationRequest/azathioprine-draft"),
        False,
    )
    assert found.summary == (
        "Azathioprine after sepsis: blood count and liver tests every 7 days for at least 4 weeks"
    )
    assert found.why[0] == Fact(
        "Sepsis or bacteraemia, resolved", on("2026-11-10"), "Condition/sepsis_bacteremia"
    )
    assert found.do == (
        "After sepsis, restart only once it has completely resolved and the patient is stable; then blood count and "
        "liver tests every 7 days for at least 4 weeks (grade E): 2026-12-01, 2026-12-08, 2026-12-15, "
        "2026-12-22 if started today.",
    )


def test_a_new_start_after_sepsis_is_watched_too():
    assert finding(ask(azathioprine(100), over()))


@pytest.mark.parametrize(
    ("fields", "speaks"),
    [
        ({"abated": str(days_ago(180))}, True),
        ({"abated": str(days_ago(181))}, False),
    ],
)
def test_a_sepsis_of_long_ago_no_longer_counts(fields, speaks):
    assert is_silent(ask(azathioprine(), over(**fields))) is not speaks


@pytest.mark.parametrize(
    "record",
    [
        problem(Problem.SEPSIS, state=ConditionState.RESOLVED),  # no date at all
        problem(Problem.SEPSIS, state=ConditionState.HISTORY, onset="2026-10-01"),
        problem(Problem.SEPSIS, onset="2026-11-10"),  # still active: another rule's question
        problem(Problem.FEVER, state=ConditionState.RESOLVED, onset="2026-11-10"),
    ],
)
def test_is_silent_without_a_dated_end(record):
    assert is_silent(ask(azathioprine(), record))


def test_its_beginning_or_record_stands_for_a_missing_end():
    began = problem(Problem.SEPSIS, state=ConditionState.RESOLVED, onset="2026-10-01")
    recorded = problem(Problem.SEPSIS, state=ConditionState.RESOLVED, recorded="2026-10-01")

    assert finding(ask(azathioprine(), began)).why[0].on == on("2026-10-01")
    assert finding(ask(azathioprine(), recorded)).why[0].on == on("2026-10-01")


@pytest.mark.parametrize(
    "facts",
    [
        (),
        (over(),),
        (taking(Drug.AZATHIOPRINE, 100), over()),
        (azathioprine(100), taking(Drug.AZATHIOPRINE, 100), over()),
    ],
)
def test_is_silent_without_a_start(facts):
    assert is_silent(ask(*facts))


def test_cannot_tell_without_the_problem_list():
    assert blocked_by(ask(azathioprine(), known=unknown(FactKind.CONDITIONS))) == (FactKind.CONDITIONS,)


@pytest.mark.parametrize("profile", sorted(KNOWLEDGE.schedules.profiles))
def test_every_schedule_says_how_to_watch_after_sepsis(profile):
    policy = replace(default_policy(), schedule_profile=profile)

    assert finding(restarted_after_sepsis(Case(chart(azathioprine(), over()), policy, KNOWLEDGE)))
