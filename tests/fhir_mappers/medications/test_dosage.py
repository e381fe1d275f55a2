"""Dosage instructions: each fixture is a draft of azathioprine, named for its trap."""

import json
from dataclasses import replace
from datetime import UTC, date
from pathlib import Path

import pytest

from cards.assessment.dosage_of_a_day import DoseProblem
from cards.model.dosage.amounts import BodySize
from cards.model.therapy import DoseRegimen, DoseStep, Product
from fhir_mappers.context import MapContext
from tests.fhir_mappers.mapped import NO_SIZE, orders_of, regimen_of

FIXTURES = Path(__file__).parents[3] / "fixtures" / "fhir" / "dosage"
TODAY = date(2026, 3, 9)
CONTEXT = MapContext(
    zone=UTC,
    record_ref="MedicationRequest/draft-1",
    is_draft=True,
)
ADULT = BodySize(weight_kg=75, height_cm=180)
TABLETS = Product("azathioprine 50 MG Oral Tablet", strength_mg=50, form="tablet")

# mg/day (rounded to two places), reading, mg per dose, doses a day (to three places)
READ = {
    "as_needed_range_under_a_maximum": DoseRegimen(
        150.0,
        "1-4 tablets x 50 mg, once a day = 50-150 mg/day",
        200.0,
        1.0,
        low_mg_per_day=50.0,
        is_as_needed=True,
    ),
    "code_am_text_daily": DoseRegimen(50.0, "50 mg, in the morning = 50 mg/day", 50.0, 1.0),
    "code_bid": DoseRegimen(100.0, "50 mg, twice a day = 100 mg/day", 50.0, 2.0),
    "code_of_a_vendor_with_words": DoseRegimen(100.0, "50 mg, twice a day = 100 mg/day", 50.0, 2.0),
    "code_qod_is_every_other_day": DoseRegimen(25.0, "50 mg, every other day = 25 mg/day", 50.0, 0.5),
    "code_wk": DoseRegimen(7.14, "50 mg, once a week = 7.14 mg/day", 50.0, 0.143),
    "dose_and_rate_is_an_object": DoseRegimen(50.0, "50 mg, once a day = 50 mg/day", 50.0, 1.0),
    "dstu2_period_units": DoseRegimen(150.0, "75 mg, twice a day = 150 mg/day", 75.0, 2.0),
    "epic_three_entries_for_one_dose": DoseRegimen(100.0, "100 mg, once a day = 100 mg/day", 100.0, 1.0),
    "every_12_hours": DoseRegimen(100.0, "50 mg, twice a day = 100 mg/day", 50.0, 2.0),
    "every_3_days": DoseRegimen(23.33, "70 mg, every 3 days = 23.33 mg/day", 70.0, 0.333),
    "frequency_range": DoseRegimen(
        100.0, "50 mg, twice a day = 50-100 mg/day", 50.0, 2.0, low_mg_per_day=50.0
    ),
    "grams": DoseRegimen(100.0, "100 mg, once a day = 100 mg/day", 100.0, 1.0),
    "mg_once_a_day": DoseRegimen(100.0, "100 mg, once a day = 100 mg/day", 100.0, 1.0),
    "mg_per_kg_per_day_in_two_doses": DoseRegimen(
        150.0, "2 mg/kg x 75 kg a day, divided: twice a day = 150 mg/day", 75.0, 2.0
    ),
    "mg_per_m2": DoseRegimen(97.0, "50 mg/m2 x 1.94 m2, once a day = 97 mg/day", 97.0, 1.0),
    "micrograms_spelled_mcg": DoseRegimen(50.0, "50 mg, once a day = 50 mg/day", 50.0, 1.0),
    "millilitres_of_a_known_concentration": DoseRegimen(
        100.0, "2 mL x 50 mg/mL, once a day = 100 mg/day", 100.0, 1.0
    ),
    "morning_and_evening_add_up": DoseRegimen(
        150.0, "100 mg, in the morning + 50 mg, in the evening = 150 mg/day", None, 2.0
    ),
    "orderable_drug_form_tab": DoseRegimen(50.0, "1 tablet x 50 mg, once a day = 50 mg/day", 50.0, 1.0),
    "ordered_per_kg_calculated_in_mg": DoseRegimen(150.0, "150 mg, once a day = 150 mg/day", 150.0, 1.0),
    "period_range": DoseRegimen(50.0, "50 mg, once a day = 25-50 mg/day", 50.0, 1.0, low_mg_per_day=25.0),
    "pills_of_the_sandbox": DoseRegimen(150.0, "3 tablets x 50 mg, once a day = 150 mg/day", 150.0, 1.0),
    "range_of_tablets": DoseRegimen(
        100.0, "1-2 tablets x 50 mg, once a day = 50-100 mg/day", 100.0, 1.0, low_mg_per_day=50.0
    ),
    "same_sequence_applies_together": DoseRegimen(
        150.0, "100 mg, once a day + 50 mg, once a day = 150 mg/day", None, 2.0
    ),
    "sig_count_times_strength": DoseRegimen(
        150.0, "3 tablets x 50 mg, once a day = 150 mg/day", 150.0, 1.0, is_from_text=True
    ),
    "sig_divided_doses": DoseRegimen(
        150.0, "150 mg a day, in 2 doses = 150 mg/day", 75.0, 2.0, is_from_text=True
    ),
    "sig_every_other_day": DoseRegimen(
        25.0, "1 tablet x 50 mg, every other day = 25 mg/day", 50.0, 0.5, is_from_text=True
    ),
    "sig_half_tab_bid": DoseRegimen(
        50.0, "0.5 tablet x 50 mg, twice a day = 50 mg/day", 25.0, 2.0, is_from_text=True
    ),
    "sig_mg_per_kg": DoseRegimen(150.0, "2 mg/kg x 75 kg a day = 150 mg/day", 150.0, 1.0, is_from_text=True),
    "sig_mg_po_daily": DoseRegimen(50.0, "50 mg, once a day = 50 mg/day", 50.0, 1.0, is_from_text=True),
    "sig_monday_to_friday": DoseRegimen(
        35.71, "1 tablet x 50 mg, on 5 days a week = 35.71 mg/day", 50.0, 0.714, is_from_text=True
    ),
    "sig_morning_and_night": DoseRegimen(
        150.0,
        "1 tablet x 50 mg, in the morning + 2 tablets x 50 mg, at night = 150 mg/day",
        None,
        2.0,
        is_from_text=True,
    ),
    "sig_of_cerner_with_its_supply": DoseRegimen(
        100.0, "1 tablet x 50 mg, twice a day = 100 mg/day", 50.0, 2.0, is_from_text=True
    ),
    "sig_of_epic_with_its_total": DoseRegimen(
        100.0, "2 tablets x 50 mg, once a day = 100 mg/day", 100.0, 1.0, is_from_text=True
    ),
    "sig_of_epic_with_number_and_word": DoseRegimen(
        100.0, "1 tablet x 50 mg, twice a day = 100 mg/day", 50.0, 2.0, is_from_text=True
    ),
    "sig_one_and_a_half_tablets": DoseRegimen(
        75.0, "1.5 tablets x 50 mg, once a day = 75 mg/day", 75.0, 1.0, is_from_text=True
    ),
    "sig_range": DoseRegimen(
        100.0,
        "1-2 tablets x 50 mg, once a day = 50-100 mg/day",
        100.0,
        1.0,
        low_mg_per_day=50.0,
        is_from_text=True,
    ),
    "sig_tablets_by_mouth_daily": DoseRegimen(
        100.0, "2 tablets x 50 mg, once a day = 100 mg/day", 100.0, 1.0, is_from_text=True
    ),
    "sig_with_a_brand_name": DoseRegimen(
        100.0, "100 mg, once a day = 100 mg/day", 100.0, 1.0, is_from_text=True
    ),
    "sig_with_a_purpose": DoseRegimen(
        75.0, "75 mg, in the morning = 75 mg/day", 75.0, 1.0, is_from_text=True
    ),
    "sig_with_the_drug_s_name": DoseRegimen(
        150.0, "150 mg, once a day = 150 mg/day", 150.0, 1.0, is_from_text=True
    ),
    "structure_with_another_frequency_in_words": DoseRegimen(
        50.0, "1 tablet x 50 mg, once a day = 50 mg/day", 50.0, 1.0
    ),
    "structure_without_dose_text_with": DoseRegimen(
        200.0, "2 tablets x 50 mg, twice a day = 200 mg/day", 100.0, 2.0, is_from_text=True
    ),
    "structure_without_timing_text_with": DoseRegimen(
        100.0, "50 mg, twice a day = 100 mg/day", 50.0, 2.0, is_from_text=True
    ),
    "stu3_dose_quantity": DoseRegimen(75.0, "75 mg, once a day = 75 mg/day", 75.0, 1.0),
    "tablets_of_a_known_strength": DoseRegimen(
        200.0, "2 tablets x 50 mg, twice a day = 200 mg/day", 100.0, 2.0
    ),
    "taper_by_duration": DoseRegimen(
        50.0,
        "50 mg, once a day = 50 mg/day",
        50.0,
        1.0,
        plan="50 mg, once a day = 50 mg/day for 14 days; then 100 mg, once a day = 100 mg/day for 14 days; then 150 mg, once a day = 150 mg/day",  # noqa: E501 -- the exact words are the claim
    ),
    "taper_by_period_in_its_second_step": DoseRegimen(
        100.0,
        "100 mg, once a day = 100 mg/day",
        100.0,
        1.0,
        plan="50 mg, once a day = 50 mg/day for 14 days; then 100 mg, once a day = 100 mg/day",
    ),
    "taper_by_period_without_sequence": DoseRegimen(
        100.0,
        "100 mg, once a day = 100 mg/day",
        100.0,
        1.0,
        plan="50 mg, once a day = 50 mg/day for 14 days; then 100 mg, once a day = 100 mg/day",
    ),
    "text_not_read_beside_structure": DoseRegimen(
        50.0, "50 mg, once a day = 50 mg/day", 50.0, 1.0, plan="see titration sheet"
    ),
    "text_with_a_later_step_beside_structure": DoseRegimen(
        50.0,
        "50 mg, once a day = 50 mg/day",
        50.0,
        1.0,
        plan="50 mg daily for 2 weeks then increase to 100 mg",
    ),
    "three_times_a_week_on_three_days": DoseRegimen(30.0, "70 mg, on 3 days a week = 30 mg/day", 70.0, 0.429),
    "three_times_with_meals": DoseRegimen(75.0, "25 mg, 3 times a day = 75 mg/day", 25.0, 3.0),
    "two_clock_times": DoseRegimen(100.0, "50 mg, at 08:00 and 20:00 = 100 mg/day", 50.0, 2.0),
    "unit_one_is_a_tablet": DoseRegimen(100.0, "2 tablets x 50 mg, once a day = 100 mg/day", 100.0, 1.0),
    "unitless_synthea_count": DoseRegimen(50.0, "1 tablet x 50 mg, once a day = 50 mg/day", 50.0, 1.0),
    "value_is_a_number_in_text": DoseRegimen(50.0, "50 mg, once a day = 50 mg/day", 50.0, 1.0),
    "weekdays": DoseRegimen(50.0, "70 mg, once a day on 5 days a week = 50 mg/day", 70.0, 0.714),
    "weekdays_and_weekend_average": DoseRegimen(
        64.29,
        "50 mg, once a day on 5 days a week + 100 mg, once a day on 2 days a week = 64.29 mg/day",
        None,
        1.0,
    ),
    "weekdays_only": DoseRegimen(30.0, "70 mg, once a day on 3 days a week = 30 mg/day", 70.0, 0.429),
    "when_at_bedtime": DoseRegimen(50.0, "50 mg, at night = 50 mg/day", 50.0, 1.0),
}
REFUSED = {
    "clock_times_against_frequency": 'the timing says both "once a day" and 2 times of the day',
    "code_and_repeat_disagree": 'the timing says both "twice a day" and "once a day"',
    "code_of_a_vendor_without_words": "the timing '696547' was not understood",
    "entries_that_disagree": "one dose is given as 150 mg and as 100 mg",
    "fixed_dose_above_its_maximum": "200 mg, once a day is 200 mg/day, above its own maximum of 150 mg/day",
    "frequency_is_text": "the timing has the frequency 'two'",
    "frequency_without_a_period": "the timing has a frequency but no period",
    "mg_per_kg_without_a_weight": "the dose is 2 mg/kg, and the weight is not known",
    "millilitres_of_an_unknown_concentration": "the dose is 2 mL, and the concentration is not known",
    "no_dosage_at_all": "no dose given",
    "no_timing_at_all": "how often is not said",
    "once_a_week_on_three_days": 'the timing says both "once a week" and "on 3 days a week"',
    "only_a_rate": "the dose is given only as a rate",
    "patient_instruction_against_structure": 'the order says "50 mg, once a day", its text says "Take 3 tablets every morning"',  # noqa: E501 -- the exact words are the claim
    "period_unit_month": "the timing has the period unit 'mo'",
    "period_zero": "the timing has the period 0",
    "range_with_unlike_ends": "the dose is a range with unlike ends",
    "range_without_an_upper_end": "the dose is a range without an upper end",
    "same_instruction_twice": "several dosage instructions, not said whether together or in turn: 100 mg, once a day / 100 mg, once a day",  # noqa: E501 -- the exact words are the claim
    "sequence_partly_numbered": "several dosage instructions, some without their place in the sequence",
    "sequence_without_an_end": "several dosage instructions in sequence, not said when each one ends",
    "sig_alternating": 'the sig was not understood: "50 mg alternating with 100 mg every other day"',
    "sig_as_directed": 'the sig was not understood: "Take as directed"',
    "sig_frequency_missing": 'how often is not said: "Take 2 tablets"',
    "sig_hostile": 'the sig was not understood: "<script>alert(1)</script> 50 mg daily"',
    "sig_in_another_language": 'the sig was not understood: "2 Tabletten täglich"',
    "sig_mass_that_may_be_of_one_tablet": '2 tablets and 50 mg do not agree: "2 tablets (50 mg) daily"',
    "sig_once_is_no_rhythm": 'the sig was not understood: "Take 2 tablets once"',
    "sig_tablet_without_a_count": 'the sig was not understood: "azathioprine 50 mg tablet daily"',
    "sig_with_a_decimal_comma": 'the sig was not understood: "1,5 tablets daily"',
    "sig_with_a_taper": 'the sig was not understood: "50 mg daily for 2 weeks, then 100 mg daily"',
    "sig_with_an_unknown_word": 'the sig was not understood: "2 tablets daily, hold on Sundays"',
    "sig_with_another_strength": 'the sig has tablets of 25 mg, the product 50 mg: "2 tablets of 25 mg daily"',
    "single_events": "the timing lists single dates",
    "tablets_without_a_strength": "the dose is 2 tablets, and the strength is not known",
    "taper_that_has_ended": "every step of the plan has ended: 100 mg, once a day = 100 mg/day for 14 days; then 50 mg, once a day = 50 mg/day for 14 days",  # noqa: E501 -- the exact words are the claim
    "text_against_structure": 'the order says "50 mg, once a day", its text says "take 2 tablets by mouth twice daily"',
    "text_with_another_rhythm": 'the order says "50 mg, once a day", its text says "twice daily"',
    "two_instructions_not_said_how": "several dosage instructions, not said whether together or in turn: 100 mg, once a day / 50 mg, once a day",  # noqa: E501 -- the exact words are the claim
    "two_units_of_one_quantity": "the dose has two units, 'mg' and 'tablet'",
    "unit_dose_is_no_unit": 'the unit "dose" is not known',
    "unit_not_in_the_table": 'the unit "spoonful" is not known',
    "unitless_that_may_be_mg": "the dose is 50 without a unit",
    "unitless_without_a_strength": "the dose is 1 unit, and the strength is not known",
    "value_is_text": "the dose is not a plain number",
    "value_negative": "the dose is -50",
    "value_with_a_comparator": "the dose is not a plain number",
    "value_zero": "the dose is 0",
    "weekday_misspelt": "the timing has the weekday 'monday'",
    "when_with_meals_uncounted": "how often is not said",
}


def order(name):
    resource = json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
    (read,) = orders_of(resource, CONTEXT, TODAY, NO_SIZE if name == "mg_per_kg_without_a_weight" else ADULT)
    return read


def rounded(read):
    """The regimen averaged to a day; what it says of single days has its own tests."""
    return replace(
        read,
        largest_mg_of_a_day=None,
        days_a_week=None,
        parts_of_day=frozenset(),
        weekdays=frozenset(),
        steps=(),
        earlier_steps=(),
        step_begins=None,
        mg_per_day=round(read.mg_per_day, 2),
        mg_per_dose=None if read.mg_per_dose is None else round(read.mg_per_dose, 2),
        doses_per_day=round(read.doses_per_day, 3),
    )


@pytest.mark.parametrize("name", READ)
def test_reads_the_dose_as_it_is_taken(name):
    assert rounded(order(name).regimen) == READ[name]


def test_a_taper_in_its_second_step_keeps_the_first():
    regimen = order("taper_by_period_in_its_second_step").regimen

    assert [(step.begins, step.mg_per_day) for step in regimen.earlier_steps] == [(date(2026, 2, 23), 50.0)]
    assert regimen.step_begins == date(2026, 3, 9)


# the most mg on one day and the days a week, where it is not every day alike
UNEVEN = {
    "code_qod_is_every_other_day": (50.0, 3.5),
    "code_wk": (50.0, 1.0),
    "every_3_days": (70.0, 2.333),
    "sig_every_other_day": (50.0, 3.5),
    "sig_monday_to_friday": (50.0, 5.0),
    "three_times_a_week_on_three_days": (70.0, 3.0),
    "weekdays": (70.0, 5.0),
    "weekdays_and_weekend_average": (100.0, None),
    "weekdays_only": (70.0, 3.0),
}


@pytest.mark.parametrize("name", READ)
def test_says_how_much_on_the_day_that_has_the_most(name):
    read = order(name).regimen
    days = read.days_a_week

    assert (read.largest_mg_of_a_day, days and round(days, 3)) == UNEVEN.get(name, (None, None))


@pytest.mark.parametrize("name", REFUSED)
def test_says_why_a_dose_is_not_readable(name):
    read = order(name)

    assert (read.regimen, read.dose_problem) == (None, REFUSED[name])


def test_every_fixture_is_in_a_table():
    assert {path.stem for path in FIXTURES.glob("*.json")} == {*READ, *REFUSED}


def taper(*steps):
    return [
        {
            "sequence": place,
            "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d", **bounds}},
            "doseAndRate": [{"doseQuantity": {"value": mg, "unit": "mg"}}],
        }
        for place, (mg, bounds) in enumerate(steps, start=1)
    ]


TWO_WEEKS = {"boundsDuration": {"value": 2, "code": "wk"}}


@pytest.mark.parametrize(
    ("begins", "mg_per_day"),
    [
        (date(2026, 3, 9), 50),  # the first day of the first step
        (date(2026, 2, 24), 50),  # its fourteenth and last day
        (date(2026, 2, 23), 100),  # the first day of the second step
        (date(2026, 2, 9), 150),  # four weeks on: the open last step
        (date(2026, 4, 1), 50),  # not begun: the first step
    ],
)
def test_a_taper_is_read_at_the_step_of_the_day(begins, mg_per_day):
    steps = taper((50, TWO_WEEKS), (100, TWO_WEEKS), (150, {}))

    assert regimen_of(steps, TABLETS, TODAY, begins=begins).mg_per_day == mg_per_day


def test_the_steps_that_follow_are_kept_with_their_first_day():
    steps = taper((50, TWO_WEEKS), (100, TWO_WEEKS), (150, {}))

    assert regimen_of(steps, TABLETS, TODAY, begins=date(2026, 2, 24)).steps == (
        DoseStep(date(2026, 3, 10), 100.0, 100.0, "100 mg, once a day = 100 mg/day"),
        DoseStep(date(2026, 3, 24), 150.0, 150.0, "150 mg, once a day = 150 mg/day"),
    )


def test_a_step_on_some_days_keeps_its_largest_day():
    steps = taper((50, TWO_WEEKS), (300, {"period": 1, "periodUnit": "wk"}))

    (step,) = regimen_of(steps, TABLETS, TODAY).steps

    assert (round(step.mg_per_day, 2), step.largest_mg_of_a_day) == (42.86, 300.0)


@pytest.mark.parametrize(
    ("repeat", "most"),
    [
        ({"frequency": 3, "period": 2, "periodUnit": "d"}, 100.0),  # three doses in two days: two on one
        ({"frequency": 2, "period": 1, "periodUnit": "d", "dayOfWeek": ["mon", "thu"]}, 100.0),
        ({"frequency": 2, "period": 1, "periodUnit": "wk"}, 50.0),
    ],
)
def test_the_largest_day_is_not_the_mean(repeat, most):
    given = [{"timing": {"repeat": repeat}, "doseAndRate": [{"doseQuantity": {"value": 50, "unit": "mg"}}]}]

    assert regimen_of(given, TABLETS, TODAY).largest_mg_of_a_day == most


def test_a_dose_of_the_whole_day_is_its_own_largest():
    given = [{"text": "100 mg/day in 2 divided doses"}]

    assert regimen_of(given, TABLETS, TODAY).largest_mg_of_a_day is None


def test_a_regimen_knows_the_time_and_the_days_it_is_for():
    read = order("sig_monday_to_friday").regimen

    assert (read.weekdays, order("code_am_text_daily").regimen.parts_of_day) == (
        frozenset({"mon", "tue", "wed", "thu", "fri"}),
        frozenset({"morning"}),
    )


def test_an_unreadable_later_step_does_not_hide_the_current_one():
    steps = taper((50, TWO_WEEKS), (0, {}))

    read = regimen_of(steps, TABLETS, TODAY)

    assert (read.mg_per_day, read.plan, read.steps) == (
        50,
        "50 mg, once a day = 50 mg/day for 14 days; then not readable (the dose is 0)",
        (),
    )


@pytest.mark.parametrize("given", [None, [], {}, "50 mg daily", 5, [None], [[]]])
def test_no_dosage_is_no_dose(given):
    assert regimen_of(given, TABLETS, TODAY) in (DoseProblem("no dose given"),)


def test_a_dose_is_exact_before_it_is_rounded():
    third = [
        {"doseAndRate": [{"doseQuantity": {"value": 0.1, "unit": "g"}}], "timing": {"code": {"text": "TID"}}}
    ]

    assert regimen_of(third, TABLETS, TODAY).mg_per_day == 300.0
