"""How often are blood counts and liver tests due, by the schedule that a site follows?"""

import pytest

from cards.knowledge.default_policy import default_policy
from cards.knowledge.schedules import Monitored, Trigger, UnknownProfileError, profiles, schedule

PROFILES = ("bsg", "bsr", "fda", "summary")


def test_four_schedules_and_the_default_among_them():
    assert sorted(profiles()) == list(PROFILES)
    assert default_policy().schedule_profile == "summary"


def test_a_misspelt_schedule_is_named():
    with pytest.raises(UnknownProfileError, match=r"schedule 'bsq': expected one of \['bsg', 'bsr'"):
        schedule("bsq")


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("what", [Monitored.COUNT, Monitored.LIVER])
def test_every_schedule_has_a_lasting_interval_of_at_most_three_months(profile, what):
    lasting = [
        phase.interval_days
        for phase in schedule(profile)
        if phase.trigger is Trigger.MAINTENANCE and phase.what.covers(what) and phase.until_day is None
    ]

    assert lasting
    assert max(lasting) <= 92


@pytest.mark.parametrize("profile", PROFILES)
def test_no_phase_lasts_shorter_than_its_interval(profile):
    assert all(
        phase.until_day is None or phase.interval_days <= phase.until_day for phase in schedule(profile)
    )


@pytest.mark.parametrize(
    ("profile", "starts"),
    [
        ("summary", [(28, 7)]),
        ("fda", [(30, 7), (91, 15)]),
        ("bsr", [(42, 14), (133, 31)]),
        ("bsg", [(28, 14), (84, 28)]),
    ],
)
def test_the_first_weeks(profile, starts):
    found = [
        (phase.until_day, phase.interval_days)
        for phase in schedule(profile)
        if phase.trigger is Trigger.START
    ]

    assert found == starts


def test_both_covers_either():
    assert Monitored.BOTH.covers(Monitored.COUNT)
    assert Monitored.LIVER.covers(Monitored.LIVER)
    assert not Monitored.LIVER.covers(Monitored.COUNT)
