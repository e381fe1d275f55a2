"""Has the patient taken this dose, or more, long enough and well enough for it to be established?"""

from dataclasses import replace

import pytest

from cards.assessment.case import Case
from cards.assessment.established import is_established, why_not_established
from cards.knowledge.default_policy import default_policy
from cards.model.conditions import Problem, Reaction
from cards.model.facts import FactKind, Unread
from cards.model.labs import Analyte, LabFinding
from cards.model.therapy import Drug, TherapyState
from tests.builders import (
    KNOWLEDGE,
    allergy,
    azathioprine,
    chart,
    days_ago,
    empty,
    problem,
    regimen,
    result,
    taking,
    took,
    truncated,
    unknown,
)

AZA, TG = Drug.AZATHIOPRINE, Drug.THIOGUANINE
WBC, ANC, PLATELETS = Analyte.WBC, Analyte.ANC, Analyte.PLATELETS


def ago(days):
    return str(days_ago(days))


def count(value=6.0, days=10, analyte=WBC, **fields):
    return result(analyte, value, ago(days), **fields)


def asked(mg, *facts, policy=None, **fields):
    drawn, policy = chart(azathioprine(mg), *facts, **fields), policy or default_policy()
    (exposure,) = Case(drawn, policy, KNOWLEDGE).ordered
    established = is_established(exposure, mg, drawn, policy, KNOWLEDGE)
    assert established is (why_not_established(exposure, mg, drawn, policy, KNOWLEDGE) == ())
    return established


def reasons(mg, *facts, **fields):
    drawn = chart(azathioprine(mg), *facts, **fields)
    (exposure,) = Case(drawn, default_policy(), KNOWLEDGE).ordered
    return [fact.text for fact in why_not_established(exposure, mg, drawn, default_policy(), KNOWLEDGE)]


# --- long enough


@pytest.mark.parametrize(("days", "expected"), [(55, False), (56, True)])
def test_a_dose_is_established_after_eight_weeks(days, expected):
    assert asked(150, taking(AZA, 150, ago(days)), count()) is expected


@pytest.mark.parametrize(("days", "expected"), [(83, False), (84, True)])
def test_a_site_may_ask_for_more_weeks(days, expected):
    policy = replace(default_policy(), genotype_days=84)

    assert asked(150, taking(AZA, 150, ago(days)), count(), policy=policy) is expected


@pytest.mark.parametrize(("mg", "expected"), [(149.9, False), (150, True), (200, True)])
def test_the_same_dose_or_a_higher_one_counts(mg, expected):
    assert asked(150, taking(AZA, mg, ago(90)), count()) is expected


def test_a_month_with_a_part_of_a_date_counts_from_its_last_day():
    assert asked(150, taking(AZA, 150, "2026-09"), count()) is False  # at the least 55 days
    assert asked(150, taking(AZA, 150, "2026-08"), count()) is True


def test_a_drug_never_taken_is_not_established():
    assert reasons(150, count()) == ["No record shows 150 mg/day or more taken for 8 weeks"]


@pytest.mark.parametrize(
    "record",
    [
        taking(AZA, 150, None),  # undated
        taking(AZA, None, ago(90)),  # no dose
        taking(AZA, 150, ago(90), state=TherapyState.HELD),
        taking(AZA, 150, ago(90), regimen=regimen(150, is_as_needed=True)),
        taking(AZA, 150, ago(90), regimen=regimen(150, plan="50 mg, then 150 mg")),
        taking(AZA, 150, ago(90), regimen=regimen(150, low_mg_per_day=100)),
        taking(AZA, 150, ago(90), state=TherapyState.POSSIBLY_TAKEN),  # nothing shows how long
    ],
)
def test_what_is_in_doubt_establishes_nothing(record):
    assert asked(150, record, count()) is False


def test_the_lower_end_of_a_range_is_taken():
    assert asked(100, taking(AZA, 150, ago(90), regimen=regimen(150, low_mg_per_day=100)), count()) is True


# --- one therapy in several records


def test_prescriptions_of_the_same_dose_are_one_stretch():
    old = took(AZA, 150, ago(120), ended_on=days_ago(30), ref="MedicationRequest/1")

    assert asked(150, old, taking(AZA, 150, ago(29), ref="MedicationRequest/2"), count()) is True


def test_a_lower_dose_begins_a_new_count():
    old = took(AZA, 100, ago(120), ended_on=days_ago(55), ref="MedicationRequest/1")
    new = taking(AZA, 150, ago(55), ref="MedicationRequest/2")

    assert asked(150, old, new, count()) is False
    assert asked(100, old, new, count()) is True


def test_a_stretch_before_a_long_gap_does_not_count():
    old = took(AZA, 150, ago(400), ended_on=days_ago(100), ref="MedicationRequest/1")

    assert asked(150, old, taking(AZA, 150, ago(30), ref="MedicationRequest/2"), count()) is False


@pytest.mark.parametrize(("mg", "expected"), [(50, False), (150, True), (None, True)])
def test_a_lower_undated_dose_that_may_be_taken_is_a_doubt(mg, expected):
    undated = taking(AZA, mg, None, ref="MedicationStatement/1")

    assert asked(150, taking(AZA, 150, ago(90)), undated, count()) is expected


def test_an_undated_dose_of_the_past_is_not():
    undated = took(AZA, 50, None, ref="MedicationStatement/1")

    assert asked(150, taking(AZA, 150, ago(90)), undated, count()) is True


@pytest.mark.parametrize(("days", "expected"), [(29, True), (30, False)])
def test_a_supply_that_ran_out_lately_still_shows_what_was_taken(days, expected):
    record = taking(AZA, 150, ago(200), state=TherapyState.POSSIBLY_TAKEN, supplied_until=days_ago(days))

    assert asked(150, record, count()) is expected


def test_what_was_supplied_counts_to_its_end():
    def record(until):
        return taking(AZA, 150, ago(80), state=TherapyState.POSSIBLY_TAKEN, supplied_until=days_ago(until))

    assert asked(150, record(24), count()) is True  # 80 - 24 = 56 days
    assert asked(150, record(25), count()) is False


# --- well enough


@pytest.mark.parametrize(("days", "expected"), [(0, True), (90, True), (91, False)])
def test_a_white_count_of_the_last_ninety_days_is_needed(days, expected):
    assert asked(150, taking(AZA, 150, ago(400)), count(days=days)) is expected


def test_a_count_before_steady_state_shows_nothing():
    since = taking(AZA, 150, ago(80))

    assert asked(150, since, count(days=53)) is False  # 27 days after the start
    assert asked(150, since, count(days=52)) is True  # CPIC: up to 4 weeks


def test_thioguanine_has_its_own_time_to_steady_state():
    drawn = chart(taking(TG, 40, ago(80)), count(days=52))
    (exposure,) = Case(drawn, default_policy(), KNOWLEDGE).taken

    assert is_established(exposure, 40, drawn, default_policy(), KNOWLEDGE)


@pytest.mark.parametrize(
    "useless",
    [
        (),
        (count(analyte=PLATELETS, value=250),),
        (result(WBC, 6.0, None),),
        (count(is_preliminary=True),),
        (count(days=-1),),  # of a day to come
    ],
)
def test_what_is_no_dated_final_white_count_shows_nothing(useless):
    assert reasons(150, taking(AZA, 150, ago(90)), *useless) == ["No recent blood count at this dose"]


LOW = "A count since then was, or may have been, under a withhold limit"


@pytest.mark.parametrize(
    ("low", "expected"),
    [
        (count(3.5, 30), True),
        (count(3.4, 30), False),
        (count(1.6, 30, ANC), True),
        (count(1.5, 30, ANC), False),
        (count(140, 30, PLATELETS), True),
        (count(139, 30, PLATELETS), False),
        (count(4.0, 30, comparator="<"), False),  # may be anything below
        (count(None, 30, finding=LabFinding.POSITIVE), False),
        (result(WBC, 3.4, None), False),  # may be of this stretch
        (count(3.4, 90), False),
        (count(3.4, 91), True),  # before the dose
    ],
)
def test_a_low_count_since_the_dose_began_shows_the_opposite(low, expected):
    assert asked(150, taking(AZA, 150, ago(90)), low, count()) is expected


def test_a_low_count_at_a_higher_dose_does_not_count_once_the_lower_one_is_taken_long_enough():
    before = took(AZA, 200, ago(300), ended_on=days_ago(60), ref="MedicationRequest/1")
    now = taking(AZA, 150, ago(60), ref="MedicationRequest/2")

    assert asked(150, before, now, count(2.9, 61), count()) is True
    assert reasons(150, before, now, count(2.9, 60), count()) == [LOW]


@pytest.mark.parametrize("toxic", [Problem.CYTOPENIA, Problem.PANCREATITIS, Problem.VENO_OCCLUSIVE_DISEASE])
def test_a_toxicity_since_is_told(toxic):
    facts = (taking(AZA, 150, ago(90)), count())

    assert reasons(150, *facts, problem(toxic, onset=ago(90))) == ["A toxicity is on record"]
    assert reasons(150, *facts, problem(toxic, recorded=ago(90))) == ["A toxicity is on record"]
    assert reasons(150, *facts, problem(toxic)) == ["A toxicity is on record"]
    assert reasons(150, *facts, problem(toxic, onset=ago(91))) == []
    assert reasons(150, *facts, problem(Problem.CROHNS)) == []


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (allergy(AZA), False),
        (allergy(TG), False),
        (allergy(AZA, is_allergy=False), True),  # nausea
        (allergy(AZA, is_allergy=False, reactions=(Reaction.CYTOPENIA,)), False),
        (allergy(Drug.ALLOPURINOL), True),
    ],
)
def test_a_reaction_to_a_thiopurine_is_no_tolerance(record, expected):
    assert asked(150, taking(AZA, 150, ago(90)), count(), record) is expected


# --- what was seen


@pytest.mark.parametrize("kind", [FactKind.MEDICATIONS, FactKind.COUNTS, FactKind.CONDITIONS])
def test_what_was_not_seen_establishes_nothing(kind):
    facts = (taking(AZA, 150, ago(90)), count())
    expected = [f"Not seen, so that no dose counts as established: {kind.value}"]

    assert reasons(150, *facts, known=unknown(kind)) == expected
    assert reasons(150, *facts, Unread("Observation/9", kind, "no unit")) == expected
    assert reasons(150, *facts, Unread("Observation/9", kind, "no method", deciding=False)) == []
    assert reasons(150, *facts, known=empty(FactKind.ALLERGIES)) == []


@pytest.mark.parametrize(("since", "expected"), [(None, False), (ago(90), True), (ago(89), False)])
def test_counts_of_the_whole_time_are_needed(since, expected):
    cut = truncated(FactKind.COUNTS, since=since)

    assert asked(150, taking(AZA, 150, ago(90)), count(), known=cut) is expected
