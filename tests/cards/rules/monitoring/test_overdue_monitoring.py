"""Are blood counts or liver tests overdue in a patient who takes a thiopurine?"""

from dataclasses import replace

import pytest

from cards.assessment.case import Case
from cards.card import Indicator
from cards.finding import DecisionKey, DecisionKind
from cards.knowledge.default_policy import default_policy
from cards.model.conditions import ConditionState, Problem
from cards.model.facts import FactKind, Unread
from cards.model.labs import Analyte
from cards.model.proposals import OrderTests
from cards.model.tests_ordered import OrderableTest, TestOrder
from cards.model.therapy import Drug, TherapyState
from cards.rules.monitoring.overdue_monitoring import monitoring_overdue
from tests.builders import (
    KNOWLEDGE,
    azathioprine,
    blocked_by,
    chart,
    days_ago,
    finding,
    is_silent,
    live_vaccine,
    mercaptopurine,
    missing_from,
    on,
    on_order,
    problem,
    result,
    taking,
    truncated,
    unknown,
    unused,
    why,
)

AZA = Drug.AZATHIOPRINE
BOTH = OrderTests((OrderableTest.BLOOD_COUNT, OrderableTest.LIVER_TESTS))
COUNT_ONLY = OrderTests((OrderableTest.BLOOD_COUNT,))
LONG = taking(AZA, 100, "2026-01-10")


def ago(days):
    return str(days_ago(days))


def measured(days, liver_days=None):
    """A blood count and liver tests of so many days ago."""
    alt = result(Analyte.ALT, 20, ago(days if liver_days is None else liver_days), unit="U/L")
    return result(Analyte.WBC, 6, ago(days), unit="10*9/L"), alt


def ask(*facts, profile="summary", **fields):
    policy = replace(default_policy(), schedule_profile=profile)
    return monitoring_overdue(Case(chart(*facts, **fields), policy, KNOWLEDGE))


def test_counts_and_liver_tests_are_late():
    found = finding(ask(LONG, *measured(93)))

    assert found.decision == DecisionKey(DecisionKind.MONITORING, "MedicationRequest/azathioprine")
    assert found.indicator is Indicator.WARNING
    assert found.summary == "Azathioprine: blood count and liver tests overdue (last 2026-08-23)"
    assert why(found)[:3] == (
        "WBC 6 x 10^9/L",
        "ALT 20 U/L",
        "Azathioprine 100 mg/day (1.3 mg/kg) being taken: 100 mg x 1",
    )
    assert found.do == (
        "Blood count and liver tests: at least every 92 days (schedule profile: summary).",
        "A test done elsewhere counts: record it here.",
    )
    assert found.also == (
        "FDA label azathioprine, as summarised for prescribers: blood count at least every 31 days (grade D).",
    )
    assert found.proposals == (BOTH,)
    assert [citation.locator for citation in found.citations] == ["D03: at least every 3 months"]


@pytest.mark.parametrize(("days", "late"), [(92, False), (93, True)])
def test_at_least_every_92_days(days, late):
    assert is_silent(ask(LONG, *measured(days))) != late


@pytest.mark.parametrize(("days", "late"), [(7, False), (8, True)])
@pytest.mark.parametrize("started", [8, 28])
def test_weekly_in_the_first_28_days(started, days, late):
    outcome = ask(taking(AZA, 50, ago(started)), *measured(days))

    assert is_silent(outcome) != late


@pytest.mark.parametrize(("days", "late"), [(7, False), (8, True)])  # tests of day 22 and day 21
def test_what_fell_due_by_day_28_stays_due_and_what_did_not_has_three_months(days, late):
    assert is_silent(ask(taking(AZA, 50, ago(29)), *measured(days))) != late


@pytest.mark.parametrize("days_on_it", [29, 60, 106, 300])
def test_a_count_of_the_first_days_never_counts_for_the_weeks_after(days_on_it):
    started = taking(AZA, 50, ago(days_on_it))

    found = finding(ask(started, *measured(days_on_it - 3), profile="combined"))

    assert found.indicator is Indicator.WARNING
    assert found.summary == f"Azathioprine: blood count and liver tests overdue (last {ago(days_on_it - 3)})"
    assert found.do[0] == (
        "Blood count and liver tests: every 7 days up to day 30, then every 15 days up to day 91, then at least "
        "every 92 days (schedule profile: combined)."
    )


@pytest.mark.parametrize(("started", "late"), [(7, False), (8, True)])
def test_the_first_test_is_due_a_week_after_the_start(started, late):
    assert is_silent(ask(taking(AZA, 50, ago(started)), *measured(60))) != late


def test_none_since_the_start_is_late_also_after_the_first_weeks():
    found = finding(ask(taking(AZA, 50, ago(50)), *measured(51)))

    assert found.summary == (
        "Azathioprine: blood count and liver tests overdue (none since the start on 2026-10-05)"
    )
    assert found.do[0] == (
        "Blood count and liver tests: every 7 days up to day 28, then at least every 92 days "
        "(schedule profile: summary)."
    )


def test_counts_and_liver_tests_are_judged_apart():
    found = finding(ask(LONG, *measured(10, 93)))

    assert found.summary == "Azathioprine: liver tests overdue (last 2026-08-23)"
    assert found.proposals == (OrderTests((OrderableTest.LIVER_TESTS,)),)
    assert found.also == ()  # the label names no interval for liver tests


def test_each_has_its_own_state():
    assert finding(ask(LONG, *measured(95, 93))).summary == (
        "Azathioprine: blood count (last 2026-08-21) and liver tests (last 2026-08-23) overdue"
    )


def test_the_longest_summary_fits():
    record = taking(Drug.MERCAPTOPURINE, 50, "2026-01-10", state=TherapyState.POSSIBLY_TAKEN)
    found = finding(ask(record, measured(400)[0]))

    assert found.summary == (
        "Mercaptopurine (possibly still taken): blood count and liver tests overdue (none since the start on "
        "2026-01-10)"
    )
    assert len(found.summary) < 140


@pytest.mark.parametrize(
    ("raised", "days", "late"),
    [
        (28, 7, False),
        (28, 8, True),
        (60, 39, True),  # 21 days after the increase: the next one was due on day 28
        (60, 38, False),  # 22 days after it: the weekly tests were done
    ],
)
def test_weekly_for_28_days_after_an_increase(raised, days, late):
    records = taking(AZA, 100, "2026-01-10", ref="MedicationRequest/a"), taking(AZA, 150, ago(raised))

    outcome = ask(*records, *measured(days))

    assert is_silent(outcome) != late
    if late:
        assert finding(outcome).do[0] == (
            "Blood count and liver tests: every 7 days for 28 days after a dose increase "
            "(schedule profile: summary)."
        )


def test_none_since_the_increase():
    records = taking(AZA, 100, "2026-01-10", ref="MedicationRequest/a"), taking(AZA, 150, ago(10))

    assert finding(ask(*records, *measured(20))).summary == (
        "Azathioprine: blood count and liver tests overdue (none since the dose increase on 2026-11-14)"
    )


def test_a_cut_asks_for_no_more():
    records = taking(AZA, 150, "2026-01-10", ref="MedicationRequest/a"), taking(AZA, 100, ago(10))

    assert is_silent(ask(*records, *measured(20)))


@pytest.mark.parametrize(
    ("ended", "days", "late"), [(28, 7, False), (28, 8, True), (60, 39, True), (60, 38, False)]
)
def test_weekly_for_28_days_after_sepsis(ended, days, late):
    sepsis = problem(Problem.SEPSIS, state=ConditionState.RESOLVED, abated=ago(ended))

    outcome = ask(LONG, *measured(days), sepsis)

    assert is_silent(outcome) != late
    if late:
        assert finding(outcome).do[0] == (
            "Blood count and liver tests: every 7 days for 28 days after sepsis (schedule profile: summary)."
        )


def test_weekly_from_the_restart_where_that_is_later_than_the_end_of_the_sepsis():
    sepsis = problem(Problem.SEPSIS, state=ConditionState.RESOLVED, abated=ago(50))
    restarted = taking(AZA, 100, ago(20))

    found = finding(ask(restarted, sepsis, *measured(10), profile="bsr"))

    assert found.citations[0].locator == "H05: weekly for at least 4 weeks after restarting"
    assert found.summary == "Azathioprine: blood count and liver tests overdue (last 2026-11-14)"


@pytest.mark.parametrize(
    "sepsis",
    [
        problem(Problem.SEPSIS),  # active: another rule stops the drug
        problem(Problem.SEPSIS, state=ConditionState.RESOLVED),  # no end
        problem(Problem.VARICELLA, state=ConditionState.RESOLVED, abated="2026-11-14"),
    ],
)
def test_only_a_sepsis_that_is_over_counts(sepsis):
    assert is_silent(ask(LONG, *measured(8), sepsis))


@pytest.mark.parametrize(("days", "late"), [(61, False), (62, True)])
def test_every_two_months_at_higher_risk(days, late):
    outcome = ask(LONG, *measured(days), born_on=on("1950-01-01"))

    assert is_silent(outcome) != late
    if late:
        found = finding(outcome)
        assert found.indicator is Indicator.INFO
        assert "Age 76" in why(found)
        assert found.do[0] == (
            "Blood count and liver tests: at least every 61 days at higher risk of toxicity; for others every 92 "
            "days (schedule profile: summary)."
        )


def test_overdue_for_everyone_leads_over_higher_risk():
    found = finding(ask(LONG, *measured(93), born_on=on("1950-01-01")))

    assert found.indicator is Indicator.WARNING
    assert found.citations[0].locator == "D03: at least every 3 months"


@pytest.mark.parametrize(
    ("profile", "started", "days", "late"),
    [
        ("fda", 30, 8, True),  # weekly in the first month
        ("fda", 31, 7, False),  # then twice a month
        ("fda", 31, 8, True),  # the last of the weekly ones is missing
        ("fda", 60, 15, False),
        ("fda", 60, 16, True),
        ("fda", 200, 31, False),  # then monthly
        ("fda", 200, 32, True),
        ("bsr", 42, 14, False),
        ("bsr", 42, 15, True),
        ("bsr", 43, 14, False),
        ("bsr", 43, 15, True),
        ("bsr", 90, 31, False),
        ("bsr", 133, 32, True),
        ("bsr", 190, 87, False),  # of day 103: the next was due after day 133
        ("bsr", 190, 88, True),
        ("bsg", 28, 15, True),
        ("bsg", 84, 28, False),
        ("bsg", 84, 29, True),
        ("bsg", 120, 63, False),  # of day 57: the next was due after day 84
        ("bsg", 120, 64, True),
    ],
)
def test_blood_counts_by_schedule(profile, started, days, late):
    outcome = ask(taking(AZA, 50, ago(started)), *measured(days, 1), profile=profile)

    assert is_silent(outcome) != late


def test_the_schedule_without_an_interval_for_liver_tests_at_first():
    assert is_silent(ask(taking(AZA, 50, ago(29)), *measured(1, 40), profile="fda"))
    assert finding(ask(LONG, *measured(1, 93), profile="fda")).summary == (
        "Azathioprine: liver tests overdue (last 2026-08-23)"
    )


def test_what_is_on_order_is_not_asked_for():
    assert finding(ask(LONG, *measured(93), on_order(OrderableTest.LIVER_TESTS))).proposals == (COUNT_ONLY,)
    assert is_silent(ask(LONG, *measured(93), on_order(OrderableTest.LIVER_TESTS, OrderableTest.BLOOD_COUNT)))


def test_a_forgotten_request_is_no_excuse():
    old = TestOrder("ServiceRequest/1", frozenset(BOTH.tests), is_draft=False, ordered_on=days_ago(31))

    assert finding(ask(LONG, *measured(93), old)).proposals == (BOTH,)


def test_any_part_of_a_count_will_do():
    parts = result(Analyte.PLATELETS, 200, ago(5)), result(Analyte.AST, 20, ago(5))

    assert is_silent(ask(LONG, *parts))


@pytest.mark.parametrize(
    ("taken", "words"),
    [
        (None, "WBC 5.9 x 10^9/L, no date recorded, not counted"),
        ("2062-11-20", "WBC 5.9 x 10^9/L, dated ahead, not counted"),
    ],
)
def test_a_result_without_a_usable_date_does_not_count_and_is_shown(taken, words):
    undated = result(Analyte.WBC, 5.9, taken, unit="10*9/L")

    found = finding(ask(LONG, undated, *measured(1)[1:]))

    assert found.summary == "Azathioprine: blood count overdue (none dated since the start on 2026-01-10)"
    assert why(found)[:2] == ("Blood count: no dated result on record", words)


def test_an_undated_result_that_was_on_record_long_ago_is_not_shown():
    old = result(Analyte.WBC, 5.9, None, unit="10*9/L", on_record_by=days_ago(91))

    found = finding(ask(LONG, old, *measured(1)[1:]))

    assert found.summary == "Azathioprine: blood count overdue (none since the start on 2026-01-10)"
    assert why(found)[1].startswith("Azathioprine 100 mg/day")


def test_an_unreadable_result_is_shown():
    unread = Unread("Observation/odd", FactKind.COUNTS, "3.4 K, unit not known", what="WBC")
    other = Unread("Observation/other", FactKind.COUNTS, "no value", deciding=False)

    found = finding(ask(LONG, *measured(93), unread, other))

    assert why(found)[:3] == (
        "WBC 6 x 10^9/L",
        "WBC not used: 3.4 K, unit not known",
        "ALT 20 U/L",
    )


@pytest.mark.parametrize(
    ("since", "summary"),
    [("2026-01-10", "none readable since the start on 2026-01-10"), (None, "no dated result")],
)
def test_where_a_result_could_not_be_read_it_is_not_said_that_there_is_none(since, summary):
    found = finding(ask(taking(AZA, 100, since), unused(FactKind.COUNTS), unused(FactKind.LIVER)))

    assert found.summary == f"Azathioprine: blood count and liver tests overdue ({summary})"
    assert why(found)[0] == "Blood count: no dated, readable result on record"


def test_without_start_and_result_it_is_said():
    found = finding(ask(taking(AZA, 100, None)))

    assert found.summary == "Azathioprine: blood count and liver tests overdue (no dated result)"
    assert found.do[0] == "Blood count and liver tests: at least every 92 days (schedule profile: summary)."


@pytest.mark.parametrize(
    ("taken", "is_late"),
    [
        ("2026-09", False),  # 84 days from its first day
        ("2026-08", True),  # 115: nothing shows that it was later
        ("2026", True),
    ],
)
def test_a_result_of_a_month_or_year_counts_from_its_first_day(taken, is_late):
    results = [replace(one, taken_on=on(taken)) for one in measured(1)]

    assert is_silent(ask(LONG, *results)) is not is_late


def test_a_result_of_a_year_does_not_stand_before_a_day_of_that_year():
    facts = (LONG, *measured(1), *(replace(one, taken_on=on("2026")) for one in measured(1)))

    assert is_silent(ask(*facts))


def test_a_start_of_a_year_counts_from_its_first_day():
    found = finding(ask(taking(AZA, 100, "2026")))

    assert found.summary.startswith("Azathioprine: blood count and liver tests overdue")


def test_what_may_no_longer_be_taken_is_asked_quietly():
    found = finding(ask(taking(AZA, 100, "2026-01-10", state=TherapyState.POSSIBLY_TAKEN), *measured(93)))

    assert found.indicator is Indicator.INFO
    assert found.summary.startswith("Azathioprine (possibly still taken): ")
    assert found.do[0] == "First ask whether azathioprine is still taken."


@pytest.mark.parametrize(
    "facts",
    [
        (),
        (taking(AZA, 100, "2026-01-10", state=TherapyState.HELD),),
        (LONG, live_vaccine()),  # signing something else
        (LONG, azathioprine(150, is_selected=False)),
        (azathioprine(100),),  # a new start: the tests before the first dose are another rule's
    ],
)
def test_only_what_is_taken_or_given_again_is_watched(facts):
    assert is_silent(ask(*facts))


def test_nothing_sent_is_neither_late_nor_in_time():
    kinds = (FactKind.COUNTS, FactKind.LIVER)

    assert blocked_by(ask(LONG, known=unknown(*kinds))) == kinds


def test_one_kind_unknown_is_told_beside_the_other():
    outcome = ask(LONG, *measured(93), known=unknown(FactKind.COUNTS))

    assert finding(outcome).summary == "Azathioprine: liver tests overdue (last 2026-08-23)"
    assert missing_from(outcome) == (FactKind.COUNTS,)


@pytest.mark.parametrize(("since", "sure"), [("2026-08-22", True), ("2026-08-23", False), (None, False)])
def test_a_cut_page_shows_that_nothing_newer_is_there_only_as_far_as_it_reaches(since, sure):
    outcome = ask(LONG, *measured(93), known=truncated(FactKind.COUNTS, since=since))

    assert (missing_from(outcome) == ()) == sure


def test_a_cut_page_without_any_date_tells_nothing():
    outcome = ask(taking(AZA, 100, None), *measured(1)[1:], known=truncated(FactKind.COUNTS, since="2020"))

    assert blocked_by(outcome) == (FactKind.COUNTS,)


# --- when more is signed


def draft_of(*tests):
    return on_order(*tests, is_draft=True)


@pytest.mark.parametrize(
    ("mg", "act"),
    [
        (100, "have them done before more is taken"),
        (None, "have them done before more is taken"),  # a change that cannot be read
        (150, "have them done before the dose is raised"),
    ],
)
def test_signing_more_asks_for_the_tests(mg, act):
    found = finding(ask(LONG, *measured(93), azathioprine(mg)))

    assert found.decision == DecisionKey(DecisionKind.MONITORING, "MedicationRequest/azathioprine-draft")
    assert found.indicator is Indicator.WARNING
    assert found.summary == f"Azathioprine: blood count and liver tests overdue (last {ago(93)}); {act}"
    assert found.proposals == (BOTH,)


def test_signing_more_says_when_none_was_done_since_the_start():
    found = finding(ask(taking(AZA, 50, ago(28)), *measured(3, 3)[1:], azathioprine(100)))

    assert found.indicator is Indicator.WARNING
    assert found.summary == (
        f"Azathioprine: blood count overdue (none since the start on {ago(28)}); have it done before the dose is raised"
    )
    assert found.proposals == (COUNT_ONLY,)


@pytest.mark.parametrize("days", [7, 92])
def test_signing_more_is_silent_while_the_tests_are_in_time(days):
    started = ago(28) if days == 7 else "2026-01-10"

    assert is_silent(ask(taking(AZA, 100, started), *measured(days), azathioprine(100)))


def test_a_lower_dose_is_not_a_reason_to_warn():
    found = finding(ask(LONG, *measured(93), azathioprine(50)))

    assert found.indicator is Indicator.INFO
    assert found.summary.endswith("; have them done with the lower dose")


HELD = taking(AZA, 100, "2026-01-10", state=TherapyState.HELD)


def test_a_restart_asks_for_the_tests():
    found = finding(ask(HELD, *measured(93), azathioprine(100)))

    assert found.indicator is Indicator.WARNING
    assert found.summary.endswith("; have them done before the restart")


def test_a_restart_does_not_ask_for_the_weekly_tests_that_follow_it():
    sepsis = problem(Problem.SEPSIS, state=ConditionState.RESOLVED, abated=ago(20))

    assert is_silent(ask(HELD, sepsis, *measured(12), azathioprine(100)))


def test_a_raise_with_the_tests_in_the_draft_waits_for_the_result_and_offers_no_second_order():
    found = finding(ask(LONG, *measured(93), azathioprine(150), draft_of(*BOTH.tests)))

    assert found.indicator is Indicator.WARNING
    assert found.summary.endswith("; ordered, see the result before the dose is raised")
    assert found.proposals == ()


def test_a_renewal_with_the_tests_in_the_draft_is_all_that_can_be_done():
    assert is_silent(ask(LONG, *measured(93), azathioprine(100), draft_of(*BOTH.tests)))


def test_a_renewal_with_tests_ordered_before_is_told_that_no_result_is_there():
    found = finding(ask(LONG, *measured(93), azathioprine(100), on_order(*BOTH.tests)))

    assert found.indicator is Indicator.INFO
    assert found.summary.endswith("; ordered, see the result before more is taken")
    assert found.proposals == ()


def test_only_the_test_that_is_not_on_order_is_offered():
    found = finding(ask(LONG, *measured(93), azathioprine(150), on_order(OrderableTest.LIVER_TESTS)))

    assert found.indicator is Indicator.WARNING
    assert found.proposals == (COUNT_ONLY,)


def test_signing_more_for_a_higher_risk_alone_is_told_quietly():
    found = finding(ask(LONG, *measured(62), azathioprine(100), born_on=on("1950-01-01")))

    assert found.indicator is Indicator.INFO


def test_an_order_settles_whether_the_drug_is_still_taken():
    supplied = taking(AZA, 100, "2026-01-10", state=TherapyState.POSSIBLY_TAKEN, supplied_until=days_ago(5))
    found = finding(ask(supplied, *measured(93), azathioprine(100)))

    assert found.indicator is Indicator.WARNING
    assert found.do[0].startswith("Blood count and liver tests: ")


def test_signing_more_with_nothing_sent_is_neither_late_nor_in_time():
    kinds = (FactKind.COUNTS, FactKind.LIVER)

    assert blocked_by(ask(LONG, azathioprine(100), known=unknown(*kinds))) == kinds


def test_the_longest_summaries_fit():
    six = Drug.MERCAPTOPURINE
    state = TherapyState.POSSIBLY_TAKEN
    raised = (
        taking(six, 50, "2026-01-10", ref="MedicationRequest/a", state=state, supplied_until=days_ago(9)),
        taking(six, 75, ago(9), state=state, supplied_until=days_ago(1)),
    )
    count = result(Analyte.WBC, 6, ago(20), unit="10*9/L")

    assert finding(ask(*raised, count)).summary == (
        "Mercaptopurine (possibly still taken): blood count and liver tests overdue"
    )
    assert finding(ask(*raised, count, mercaptopurine(100))).summary == (
        "Mercaptopurine: blood count and liver tests overdue; have them done before the dose is raised"
    )
