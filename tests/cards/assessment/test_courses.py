"""Is a drug taken, since when, and what does an order do to that?"""

import pytest

from cards.assessment.courses import CourseState, LastDose, course_of
from cards.assessment.episodes import Episode
from cards.knowledge.default_policy import default_policy
from cards.model.conditions import Indication
from cards.model.facts import FactKind
from cards.model.therapy import Drug, OrderIntent, TherapyState
from tests.builders import (
    TODAY,
    azathioprine,
    case,
    chart,
    days_ago,
    empty,
    on,
    regimen,
    reported,
    tablets,
    taking,
    took,
    truncated,
    unknown,
)

AZA = Drug.AZATHIOPRINE


def course(*facts):
    return course_of(chart(*facts), AZA, default_policy())


def episode(*facts, **fields):
    (exposure,) = case(*facts, **fields).ordered
    return exposure.episode


# --- the course


def test_there_is_no_course_without_a_record():
    assert course() is None
    assert course(taking(Drug.ALLOPURINOL)) is None


@pytest.mark.parametrize(
    ("state", "expected", "is_taken"),
    [
        (TherapyState.ACTIVE, CourseState.CURRENT, True),
        (TherapyState.HELD, CourseState.HELD, False),
        (TherapyState.POSSIBLY_TAKEN, CourseState.UNCERTAIN, True),
        (TherapyState.PAST, CourseState.PAST, False),
    ],
)
def test_a_record_says_whether_the_drug_is_taken(state, expected, is_taken):
    found = course(taking(AZA, state=state))

    assert (found.state, found.is_taken) == (expected, is_taken)


@pytest.mark.parametrize(
    ("records", "is_in_doubt"),
    [
        ((reported(AZA),), True),
        ((reported(AZA), took(AZA, ref="X/2")), True),
        ((reported(AZA), taking(AZA, ref="X/2")), False),
        ((reported(AZA), taking(AZA, ref="X/2", state=TherapyState.POSSIBLY_TAKEN)), False),
        ((took(AZA),), False),
        ((taking(AZA, state=TherapyState.HELD),), False),
    ],
)
def test_a_course_is_in_doubt_where_nothing_but_an_old_or_undated_report_says_so(records, is_in_doubt):
    assert course(*records).is_in_doubt is is_in_doubt


@pytest.mark.parametrize(
    ("since", "words"), [(None, "reported without a date"), ("2024-03", "reported 2024-03")]
)
def test_a_report_is_told_with_its_date(since, words):
    assert course(reported(AZA, since=since)).reported_words == words


def test_a_planned_therapy_is_no_course():
    assert course(taking(AZA, state=TherapyState.PLANNED)) is None


def test_many_records_are_one_course_and_the_surest_leads():
    old, current, newer = (
        taking(AZA, 50, "2026-01-01", ref="MedicationRequest/1"),
        taking(AZA, 100, "2026-08-01", ref="MedicationRequest/2"),
        took(AZA, 150, "2026-09-01", ref="MedicationRequest/3"),
    )

    found = course(old, current, newer)

    assert found.state is CourseState.CURRENT
    assert found.records == (current, newer, old)
    assert found.regimen == regimen(100)


def test_a_past_dose_is_not_the_present_one():
    found = course(taking(AZA, None, "2026-10-01"), took(AZA, 50, "2026-01-01", ref="MedicationRequest/old"))

    assert found.regimen is None


def test_the_dose_of_another_current_record_is_the_present_one():
    found = course(taking(AZA, None, "2026-10-01"), taking(AZA, 75, "2026-09-01", ref="MedicationDispense/1"))

    assert found.regimen == regimen(75)


def test_the_records_say_what_it_is_for():
    found = course(
        taking(AZA, for_=Indication.CROHNS), took(AZA, for_=Indication.PSORIASIS, ref="MedicationRequest/old")
    )

    assert found.indications == {Indication.CROHNS, Indication.PSORIASIS}


@pytest.mark.parametrize(
    ("gap_days", "since"),
    [
        (30, "2026-01-01"),  # the earlier stretch ended on 2026-01-31, 30 days before 2026-03-02
        (31, "2026-03-03"),
    ],
)
def test_a_gap_of_more_than_thirty_days_begins_a_new_stretch(gap_days, since):
    earlier = took(AZA, 50, "2026-01-01", ended_on=on("2026-01-31"), ref="MedicationRequest/1")
    later = taking(AZA, 50, "2026-03-02" if gap_days == 30 else "2026-03-03")

    assert str(course(earlier, later).started_on) == since


def test_an_order_still_open_bridges_any_gap():
    assert str(
        course(taking(AZA, since="2024-01-01", ref="a/1"), taking(AZA, since="2026-11-01")).started_on
    ) == ("2024-01-01")


def test_an_old_order_never_closed_bridges_nothing():
    stale = taking(AZA, since="2019-01-01", state=TherapyState.POSSIBLY_TAKEN, ref="MedicationRequest/stale")

    assert str(course(stale, taking(AZA, since="2026-11-01")).started_on) == "2026-11-01"


def test_supply_bridges_a_gap():
    supplied = took(AZA, since="2026-01-01", supplied_until=on("2026-06-30"), ref="MedicationDispense/1")

    assert str(course(supplied, taking(AZA, since="2026-07-30")).started_on) == "2026-01-01"  # 30 days


def test_undated_records_give_no_start():
    found = course(taking(AZA, since=None))

    assert (found.started_on, found.days_on(TODAY), found.dose_since) == (None, None, None)


def test_days_on_a_drug_are_counted_at_the_least():
    assert course(taking(AZA, since="2026-08-26")).days_on(TODAY) == 90
    assert course(taking(AZA, since="2026-08")).days_on(TODAY) == 85  # at the latest since 31 August


def test_the_present_dose_dates_from_its_first_prescription():
    found = course(
        taking(AZA, 50, "2025-01-01", ref="MedicationRequest/1", ended_on=on("2026-01-31")),
        taking(AZA, 100, "2026-02-01", ref="MedicationRequest/2"),
        taking(AZA, None, "2026-06-01", ref="MedicationDispense/3"),
        taking(AZA, 100, "2026-11-10", ref="MedicationRequest/4"),
    )

    assert str(found.dose_since) == "2026-02-01"
    assert str(found.started_on) == "2025-01-01"


def test_the_same_dose_before_a_gap_does_not_count_for_the_present_one():
    found = course(
        took(AZA, 100, "2024-01-01", ref="MedicationRequest/1", ended_on=on("2024-12-31")),
        taking(AZA, 100, "2026-11-01", ref="MedicationRequest/2"),
    )

    assert str(found.dose_since) == "2026-11-01"


@pytest.mark.parametrize(("days", "is_course"), [(0, False), (1, True)])
def test_the_order_being_signed_is_a_course_only_if_it_was_in_force_before_today(days, is_course):
    draft = azathioprine(100, ref="MedicationRequest/7")

    found = course(draft, taking(AZA, 100, str(days_ago(days)), ref="MedicationRequest/7"))

    assert (found is not None) is is_course


def test_an_order_signed_again_is_a_renewal():
    draft = azathioprine(100, ref="MedicationRequest/7")

    assert episode(draft, taking(AZA, 100, str(days_ago(400)), ref="MedicationRequest/7")) is Episode.RENEWAL


def test_an_order_being_stopped_still_stands_for_the_course_it_ends():
    stop = azathioprine(50, ref="MedicationRequest/7", intent=OrderIntent.END)

    assert course(stop, taking(AZA, 50, ref="MedicationRequest/7")).state is CourseState.CURRENT


# --- the episode


def test_an_order_without_any_record_is_a_new_start():
    assert episode(azathioprine()) is Episode.NEW_START
    assert episode(azathioprine(), known=empty(FactKind.MEDICATIONS)) is Episode.NEW_START


def test_an_order_without_a_medication_list_may_be_anything():
    assert episode(azathioprine(), known=unknown(FactKind.MEDICATIONS)) is Episode.UNKNOWN


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        (None, Episode.UNKNOWN),
        ("2026-05-28", Episode.UNKNOWN),  # 180 days before 2026-11-24: more of that day may be missing
        ("2026-05-27", Episode.NEW_START),  # 181 days
    ],
)
def test_a_cut_medication_list_tells_a_new_start_only_within_its_reach(since, expected):
    assert episode(azathioprine(), known=truncated(FactKind.MEDICATIONS, since=since)) is expected


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (0, Episode.RENEWAL),
        (29, Episode.RENEWAL),
        (30, Episode.RESTART),
        (180, Episode.RESTART),
        (181, Episode.NEW_START),
    ],
)
def test_the_gap_decides_between_renewal_restart_and_new_start(days, expected):
    past = took(AZA, 100, "2025-01-01", ended_on=days_ago(days))

    assert episode(azathioprine(100), past) is expected


def test_a_stop_without_a_day_lies_between_the_last_evidence_and_what_bounds_it():
    def stopped(since, **fields):
        return episode(azathioprine(100), took(AZA, 100, since, **fields))

    assert stopped("2026-11-01") is Episode.RENEWAL  # 23 days ago at the most
    assert stopped("2026-01-01") is Episode.UNKNOWN  # yesterday, or in January
    assert stopped("2026-01-01", supplied_until=days_ago(30)) is Episode.RESTART
    assert stopped("2025-11-01") is Episode.UNKNOWN  # at the latest 23 days ago
    assert stopped("2025-10-25") is Episode.RESTART  # at the latest 30 days ago
    assert stopped("2025-05-27") is Episode.NEW_START  # at the latest 181 days ago


def test_a_supply_that_came_to_its_end_is_an_end():
    handed_out = took(AZA, 100, "2026-05-01", supplied_until=days_ago(29), ref="MedicationDispense/1")

    assert episode(azathioprine(100), handed_out) is Episode.RENEWAL


@pytest.mark.parametrize(("days", "expected"), [(29, Episode.RENEWAL), (30, Episode.UNKNOWN)])
def test_a_stop_without_a_day_may_be_as_old_as_the_order_although_its_supply_would_last(days, expected):
    started = days_ago(days).text
    stopped = took(AZA, 100, since=started, supplied_until=days_ago(-300))

    assert episode(azathioprine(100), stopped) is expected


@pytest.mark.parametrize(
    "known",
    [
        took(AZA, 100, since="2020-01-01", ended_on=days_ago(0)),
        took(AZA, 100, since=days_ago(10).text, supplied_until=days_ago(0)),
    ],
)
def test_a_known_end_or_late_evidence_settles_that_the_therapy_goes_on(known):
    stopped = took(AZA, 100, since="2020-01-01", supplied_until=days_ago(0), ref="MedicationRequest/old")

    assert episode(azathioprine(100), stopped, known) is Episode.RENEWAL


def test_a_stop_without_a_day_of_an_order_without_a_start_may_be_any_time_ago():
    stopped = took(AZA, 100, since=None, supplied_until=days_ago(-300))

    assert episode(azathioprine(100), stopped) is Episode.UNKNOWN


def test_a_past_therapy_without_a_date_may_have_been_any_time_ago():
    assert episode(azathioprine(100), took(AZA, 100, None)) is Episode.UNKNOWN


def test_a_possible_therapy_without_a_date_goes_on():
    undated = taking(AZA, 100, None, state=TherapyState.POSSIBLY_TAKEN)

    assert episode(azathioprine(100), undated) is Episode.CONTINUATION


def test_a_therapy_on_hold_is_restarted():
    assert episode(azathioprine(100), taking(AZA, 100, state=TherapyState.HELD)) is Episode.RESTART


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (100, 100, Episode.RENEWAL),
        (100, 100.04, Episode.RENEWAL),  # both print as 100
        (100, 100.1, Episode.ESCALATION),
        (100, 99.9, Episode.REDUCTION),
        (None, 100, Episode.CONTINUATION),
        (100, None, Episode.CONTINUATION),
    ],
)
def test_an_order_changes_the_dose_that_is_taken_and_is_never_added_to_it(before, after, expected):
    assert episode(azathioprine(after), taking(AZA, before)) is expected


@pytest.mark.parametrize("starts", [Episode.NEW_START, Episode.RESTART, Episode.UNKNOWN])
def test_advice_for_starting_applies(starts):
    assert starts.starts


@pytest.mark.parametrize(
    "goes_on", [Episode.RENEWAL, Episode.ESCALATION, Episode.REDUCTION, Episode.CONTINUATION]
)
def test_advice_for_starting_does_not_apply(goes_on):
    assert not goes_on.starts


@pytest.mark.parametrize(
    ("mg", "expected"),
    [
        (200, Episode.ESCALATION),
        (175, Episode.RENEWAL),
        (150, Episode.RENEWAL),
        (100, Episode.CONTINUATION),  # between the doses that may each be the present one
        (25, Episode.RENEWAL),
        (10, Episode.REDUCTION),
    ],
)
def test_an_order_is_compared_with_every_dose_that_may_be_the_present_one(mg, expected):
    big = taking(AZA, 150, "2026-11-10", product=tablets(50), ref="MedicationRequest/big")
    small = taking(AZA, 25, "2026-11-20", product=tablets(25), ref="MedicationRequest/small")

    touched = azathioprine(mg, replaces_ref="MedicationRequest/big", product=tablets(25))
    assert episode(touched, big, small) is expected


@pytest.mark.parametrize(
    ("shown", "fields", "expected"),
    [
        (40, {}, LastDose(days_ago(40).first, TODAY, is_recorded=False)),  # handed out after the hold
        (100, {}, LastDose(days_ago(90).first, days_ago(90).first, is_recorded=True)),  # before it
        (40, {"is_stale_report": True}, LastDose(days_ago(90).first, days_ago(90).first, is_recorded=True)),
    ],
)
def test_what_was_handed_out_after_a_hold_may_be_taken_until_today(shown, fields, expected):
    held = taking(AZA, state=TherapyState.HELD, since="2026-01-01", ended_on=days_ago(90))
    given = taking(
        AZA,
        since=str(days_ago(shown + 30).first),
        state=TherapyState.POSSIBLY_TAKEN,
        shown_until=days_ago(shown).first,
        ref="MedicationDispense/1",
        **fields,
    )

    assert course(held, given).last_dose == expected


def test_what_was_reported_is_told_with_the_day_of_the_report():
    said = reported(AZA, since="2019-01-01", reported_on=days_ago(400).first)

    assert course(said).reported_words == f"reported {days_ago(400).first}"


def test_the_last_dose_of_what_is_taken_is_today_s():
    course = course_of(chart(taking(AZA, 100, "2026-01-05")), AZA, default_policy())

    assert course.last_dose == LastDose(TODAY, TODAY, is_recorded=True)
