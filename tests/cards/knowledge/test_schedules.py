"""How often are blood counts and liver tests due, by the schedule that a site follows?"""

import pytest

from cards.knowledge.default_policy import default_policy
from cards.knowledge.schedules import Monitored, Trigger, UnknownProfileError
from cards.knowledge.sources import Grade
from cards.knowledge.tables import TableError
from tests.builders import KNOWLEDGE

PROFILES = ("bsg", "bsr", "combined", "fda", "summary")


def test_five_schedules_and_the_default_among_them():
    assert sorted(KNOWLEDGE.schedules.profiles) == list(PROFILES)
    assert default_policy().schedule_profile == "combined"


def test_a_misspelt_schedule_is_named():
    with pytest.raises(
        UnknownProfileError, match=r"schedule 'bsq': expected one of \['bsg', 'bsr', 'combined'"
    ):
        KNOWLEDGE.schedules.schedule("bsq")


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("what", [Monitored.COUNT, Monitored.LIVER])
def test_every_schedule_has_a_lasting_interval_of_at_most_three_months(profile, what):
    lasting = [
        phase.interval_days
        for phase in KNOWLEDGE.schedules.schedule(profile)
        if phase.trigger is Trigger.MAINTENANCE and phase.what.covers(what) and phase.until_day is None
    ]

    assert lasting
    assert max(lasting) <= 92


@pytest.mark.parametrize("profile", PROFILES)
def test_no_phase_lasts_shorter_than_its_interval(profile):
    assert all(
        phase.until_day is None or phase.interval_days <= phase.until_day
        for phase in KNOWLEDGE.schedules.schedule(profile)
    )


@pytest.mark.parametrize(
    ("profile", "starts"),
    [
        ("combined", [(30, 7), (91, 15)]),
        ("summary", [(28, 7)]),
        ("fda", [(30, 7), (91, 15)]),
        ("bsr", [(42, 14), (133, 31)]),
        ("bsg", [(28, 14), (84, 28)]),
    ],
)
def test_the_first_weeks(profile, starts):
    found = [
        (phase.until_day, phase.interval_days)
        for phase in KNOWLEDGE.schedules.schedule(profile)
        if phase.trigger is Trigger.START
    ]

    assert found == starts


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("what", [Monitored.COUNT, Monitored.LIVER])
def test_intervals_only_grow_from_phase_to_phase(profile, what):
    starts = [
        (phase.until_day, phase.interval_days)
        for phase in KNOWLEDGE.schedules.schedule(profile)
        if phase.trigger is Trigger.START and phase.what.covers(what)
    ]

    assert starts == sorted(starts)
    assert [interval for _, interval in starts] == sorted(interval for _, interval in starts)


def test_the_default_combines_the_label_and_the_clinical_summary_and_says_that_this_is_a_choice():
    found = [
        (phase.trigger, phase.interval_days, phase.citation.source.key, phase.citation.grade)
        for phase in KNOWLEDGE.schedules.schedule("combined")
    ]

    assert found == [
        (Trigger.START, 7, "fda-imuran-summary", Grade.PROJECT),
        (Trigger.START, 15, "fda-imuran-summary", Grade.PROJECT),
        (Trigger.MAINTENANCE, 92, "clinical-summary-2025", Grade.PROJECT),
        (Trigger.INCREASE, 7, "clinical-summary-2025", Grade.SUMMARY),
        (Trigger.HIGH_RISK, 61, "project", Grade.PROJECT),
        (Trigger.SEPSIS, 7, "clinical-summary-2025", Grade.SUMMARY),
    ]


def test_both_covers_either():
    assert Monitored.BOTH.covers(Monitored.COUNT)
    assert Monitored.LIVER.covers(Monitored.LIVER)
    assert not Monitored.LIVER.covers(Monitored.COUNT)


def test_a_schedule_without_a_restart_after_sepsis_is_refused(tables):
    tables.edit("schedules", "bsg,after sepsis,28,", "bsg,after sepsis,,")

    with pytest.raises(TableError, match=r"^schedules\.csv: 'bsg' lacks a row 'after sepsis' until a day$"):
        _ = tables.knowledge
