"""Which daily doses may several current records of one drug make?"""

from datetime import date

import pytest

from cards.assessment.current_doses import added_up
from cards.model.therapy import DoseStep, Drug, Product, TherapyState
from tests.builders import case, days_ago, on, regimen, tablets, taking, took

AZA = Drug.AZATHIOPRINE
FIFTY, TWENTY_FIVE = tablets(50), tablets(25)
SUSPENSION = Product("azathioprine 50 mg/mL", None, 50, "suspension")
BIG = taking(AZA, 150, "2026-11-10", product=FIFTY, ref="MedicationRequest/big")
MORNING, EVENING = frozenset({"morning"}), frozenset({"evening"})
WORKDAYS, WEEKEND = frozenset({"mon", "tue", "wed", "thu", "fri"}), frozenset({"sat", "sun"})


def small(mg=25, since="2026-11-20", **fields):
    fields.setdefault("product", TWENTY_FIVE)
    return taking(AZA, mg, since, ref=fields.pop("ref", "MedicationRequest/small"), **fields)


def doses(*records):
    return case(*records).course(AZA).doses


def candidates(*records):
    return [one.mg_per_day for one in doses(*records).candidates]


def test_two_strengths_may_be_one_dose_or_two():
    found = doses(BIG, small())

    assert [one.mg_per_day for one in found.candidates] == [175, 150, 25]
    assert [one.mg_per_day for one in found.parts] == [150, 25]
    assert found.regimen == BIG.regimen  # the larger, never the sum
    assert [record.record_ref for record in found.standing] == [
        "MedicationRequest/small",
        "MedicationRequest/big",
    ]


def test_a_newer_order_of_the_same_strength_takes_the_place_of_the_older():
    found = doses(BIG, small(100, product=FIFTY))

    assert (candidates(BIG, small(100, product=FIFTY)), found.parts) == ([100], ())


@pytest.mark.parametrize("product", [TWENTY_FIVE, SUSPENSION, Product()])
def test_another_strength_form_or_an_unknown_one_is_not_the_same_product(product):
    assert candidates(BIG, small(product=product)) == [175, 150, 25]


def test_an_unknown_strength_at_the_same_dose_is_the_same_product():
    assert candidates(BIG, small(150, product=Product())) == [150]


def test_two_orders_without_a_strength_replace_each_other():
    older = taking(AZA, 150, "2026-11-10", ref="MedicationRequest/big")

    assert candidates(older, small(product=Product())) == [25]


@pytest.mark.parametrize("field", ["ordered_by", "encounter"])
def test_other_strengths_by_one_prescriber_or_in_one_encounter_of_a_day_add_up(field):
    same = {field: "Someone/1"}
    found = doses(
        taking(AZA, 100, "2026-11-20", product=FIFTY, ref="MedicationRequest/big", **same), small(**same)
    )

    assert [one.mg_per_day for one in found.candidates] == [125]
    assert (found.parts, found.regimen.reading) == ((), "100 mg x 1 and 25 mg x 1")


@pytest.mark.parametrize(
    ("since", "by"),
    [("2026-11-19", "Someone/1"), ("2026-11", "Someone/1"), (None, "Someone/1"), ("2026-11-20", "Someone/2")],
)
def test_another_day_or_prescriber_leaves_it_open(since, by):
    older = taking(AZA, 100, since, product=FIFTY, ref="MedicationRequest/big", ordered_by="Someone/1")

    assert candidates(older, small(ordered_by=by)) == [125, 100, 25]


def test_different_doses_of_one_strength_on_one_day_leave_it_open():
    assert candidates(BIG, small(50, "2026-11-10", product=FIFTY)) == [200, 150, 50]


@pytest.mark.parametrize(
    ("one", "other", "total"),
    [
        ({"parts_of_day": MORNING}, {"parts_of_day": EVENING}, [150]),
        ({"weekdays": WORKDAYS}, {"weekdays": WEEKEND}, [150]),
        ({"parts_of_day": MORNING}, {"parts_of_day": MORNING}, [50]),
        ({"parts_of_day": MORNING}, {}, [50]),
    ],
)
def test_complementary_times_and_days_add_up(one, other, total):
    older = taking(
        AZA, None, "2026-11-10", regimen=regimen(100, **one), product=FIFTY, ref="MedicationRequest/a"
    )

    assert candidates(older, small(product=FIFTY, regimen=regimen(50, **other))) == total


@pytest.mark.parametrize(("days", "expected"), [(31, [25]), (30, [175, 150, 25])])
def test_an_order_whose_supply_is_over_for_longer_than_a_late_refill_takes_is_replaced_by_any_newer_one(
    days, expected
):
    older = taking(
        AZA, 150, "2026-10-01", product=FIFTY, supplied_until=days_ago(days), ref="MedicationRequest/big"
    )

    assert candidates(older, small()) == expected


def test_what_is_no_order_describes_the_same_therapy():
    order = taking(AZA, 150, "2026-10-01", product=FIFTY, ref="MedicationRequest/1")

    assert candidates(order, small(75, ref="MedicationStatement/1")) == [
        150,
        75,
    ]  # the newest: one or the other
    assert candidates(order, small(75, "2026-09-01", ref="MedicationStatement/1")) == [
        150
    ]  # older than the order


def test_orders_of_hospital_and_home_never_add_up():
    found = doses(BIG, small(50, setting="inpatient"))

    assert ([one.mg_per_day for one in found.candidates], found.parts) == ([150, 50], ())
    assert found.regimen == BIG.regimen


def test_of_what_is_on_hold_the_newest_dose_is_known():
    older = taking(AZA, 150, "2026-05-01", product=FIFTY, state=TherapyState.HELD, ref="MedicationRequest/1")

    assert candidates(older, small(state=TherapyState.HELD)) == [25]


def test_of_old_reports_the_newest_dose_is_known():
    old = {"state": TherapyState.POSSIBLY_TAKEN, "is_stale_report": True}
    older = taking(AZA, 150, "2026-05-01", product=FIFTY, ref="MedicationRequest/1", **old)

    assert candidates(older, small(**old)) == [25]


def test_what_is_possibly_taken_adds_up_as_what_is_taken():
    possibly = {"state": TherapyState.POSSIBLY_TAKEN}
    older = taking(AZA, 150, "2026-05-01", product=FIFTY, ref="MedicationRequest/1", **possibly)

    assert candidates(older, small(**possibly)) == [175, 150, 25]


def test_a_past_order_does_not_count():
    assert candidates(took(AZA, 150, "2026-11-10", product=FIFTY, ref="MedicationRequest/1"), small()) == [25]


def test_nothing_readable_is_no_dose():
    found = doses(taking(AZA, None))

    assert (found.regimen, found.candidates, found.is_complete) == (None, (), True)


@pytest.mark.parametrize(
    ("unread", "is_complete"),
    [
        ({"product": FIFTY, "ref": "MedicationRequest/2"}, False),
        ({"product": TWENTY_FIVE, "ref": "MedicationRequest/2"}, False),  # newer: the dose of today
        ({"product": TWENTY_FIVE, "ref": "MedicationRequest/2", "since": "2026-01-01"}, True),  # replaced
        ({"ref": "MedicationRequest/2"}, False),  # of a strength that nobody names
        ({"product": FIFTY, "ref": "MedicationStatement/2"}, True),
    ],
)
def test_an_unreadable_order_that_may_be_the_dose_of_today_leaves_the_dose_incomplete(unread, is_complete):
    found = doses(small(), taking(AZA, None, **{"since": "2026-11-21"} | unread))

    assert (found.is_complete, found.is_at_most(25)) == (is_complete, is_complete)


@pytest.mark.parametrize(("limit", "expected"), [(175, True), (174.5, True), (174.4, False), (150, False)])
def test_a_dose_is_at_most_a_limit_only_if_every_candidate_is(limit, expected):
    assert doses(BIG, small()).is_at_most(limit) is expected  # 150 + 25 = 175


# --- since when


def test_the_present_dose_is_taken_since_its_newest_part_began():
    assert case(BIG, small()).course(AZA).dose_since == on("2026-11-20")
    assert case(BIG, small(since=None)).course(AZA).dose_since == on("2026-11-10")


def test_one_dose_has_no_newest_part():
    assert doses(BIG).newest_part is None


# --- added up


def test_regimens_add_up_their_days_too():
    some = regimen(50, largest_mg_of_a_day=100.0, days_a_week=3.5)

    total = added_up([some, regimen(25, days_a_week=1.0)])

    assert (total.mg_per_day, total.largest_mg_of_a_day, total.days_a_week) == (75, 125, 4.5)
    assert (total.mg_per_dose, total.doses_per_day, total.reading) == (None, None, "50 mg x 1 and 25 mg x 1")


def test_parts_of_every_day_make_a_dose_of_every_day():
    assert added_up([regimen(50), regimen(25, days_a_week=1.0)]).days_a_week is None
    assert added_up([regimen(50, days_a_week=5.0), regimen(25, days_a_week=2.0)]).days_a_week is None


def test_days_apart_do_not_make_a_larger_day():
    workdays = regimen(50, largest_mg_of_a_day=70.0, weekdays=WORKDAYS, days_a_week=5.0)
    weekend = regimen(20, largest_mg_of_a_day=70.0, weekdays=WEEKEND, days_a_week=2.0)

    total = added_up([workdays, weekend])

    assert (total.mg_per_day, total.largest_mg_of_a_day) == (70, None)


def test_one_regimen_stays_as_it_is():
    assert added_up([None, regimen(50)]) == regimen(50)


def step(day, mg, largest=None):
    return DoseStep(date.fromisoformat(day), mg, largest or mg, f"{mg:g} mg")


def test_the_later_steps_of_several_parts_are_added_up_day_by_day():
    rising = regimen(50, steps=(step("2026-12-04", 100), step("2026-12-18", 150)))
    other = regimen(25, steps=(step("2026-12-18", 150),))

    total = added_up([rising, other, regimen(10, largest_mg_of_a_day=70)])

    assert [(str(one.begins), one.mg_per_day, one.largest_mg_of_a_day) for one in total.steps] == [
        ("2026-12-04", 135, 195),
        ("2026-12-18", 310, 370),
    ]
    assert total.steps[0].reading == "100 mg and 25 mg x 1 and 10 mg x 1"


def test_steps_for_other_weekdays_are_not_taken_on_one_day():
    workdays = regimen(50, weekdays=frozenset({"mon"}), steps=(step("2026-12-04", 100, 300),))
    weekend = regimen(50, weekdays=frozenset({"sun"}), largest_mg_of_a_day=200)

    (only,) = added_up([workdays, weekend]).steps

    assert (only.mg_per_day, only.largest_mg_of_a_day) == (150, 300)


@pytest.mark.parametrize(
    ("mg_in_hospital", "since"),
    [(150, "2026-11-10"), (100, "2026-11-23")],  # the same dose goes on; another one is new
)
def test_the_order_in_hospital_that_repeats_the_home_dose_does_not_begin_it(mg_in_hospital, since):
    inpatient = taking(AZA, mg_in_hospital, "2026-11-23", setting="inpatient", ref="MedicationRequest/2")

    assert str(case(BIG, inpatient).course(AZA).dose_since) == since


@pytest.mark.parametrize(
    ("reported", "candidates"),
    [("2026-11-22", [300, 150]), ("2026-11-10", [150])],  # BIG was written on 2026-11-10
)
def test_a_statement_counts_where_it_was_last_said_to_hold_after_the_newest_order(reported, candidates):
    said = taking(
        AZA, 300, "2024-01-01", reported_on=date.fromisoformat(reported), ref="MedicationStatement/1"
    )

    assert [dose.mg_per_day for dose in doses(BIG, said).candidates] == candidates
