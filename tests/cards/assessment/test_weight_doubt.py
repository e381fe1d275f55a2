"""Can the newest weight be right, beside those before it?"""

import pytest

from tests.builders import case, days_ago, on, weight

CHILD = on("2016-05-05")  # ten years old
INFANT = on("2025-10-01")  # one year old on the day of the tests


def doubt(*weights, **fields):
    """The doubt about the last of some weights, each kg and how many days ago."""
    facts = [weight(kg, str(days_ago(days)), ref=f"Observation/{n}") for n, (kg, days) in enumerate(weights)]
    return case(*facts, **fields).weight.doubt


def test_pounds_typed_as_kilograms_are_in_doubt_and_read_both_ways():
    found = doubt((75, 200), (75, 100), (165, 0))

    assert found.words == "75 kg on 2026-08-16, 165 kg on 2026-11-24 (= 74.8 kg in lb)"
    assert [round(kg, 1) for kg in found.candidates] == [165, 74.8, 75]


def test_kilograms_typed_as_pounds_are_in_doubt():
    found = doubt((75, 100), (34, 0))  # 75 / 2.2046

    assert found.words == "75 kg on 2026-08-16, 34 kg on 2026-11-24 (= 75 lb: kg may be meant)"
    assert [round(kg, 1) for kg in found.candidates] == [34, 75, 75]


def test_a_slip_that_is_no_mistake_of_units_has_two_candidates():
    found = doubt((91, 100), (19 + 6, 0))

    assert found.words == "91 kg on 2026-08-16, 25 kg on 2026-11-24"
    assert found.candidates == (25, 91)


@pytest.mark.parametrize(
    ("before", "days", "now", "is_doubtful"),
    [
        (75, 0, 79, False),  # 4 kg on one day
        (75, 0, 79.1, True),
        (75, 30, 91.3, False),  # 4 + 18 x ln(1 + 0.986) = 16.35 kg
        (75, 30, 91.4, True),
        (75, 30, 58.7, False),
        (75, 30, 58.6, True),
        (75, 365, 125.1, False),  # 4 + 18 x ln(1 + 11.99) = 50.16 kg
        (75, 365, 125.2, True),
        (75, 366, 165, False),  # more than a year apart
        (64.2, 365, 45, False),  # at most 45 kg: not below 0.7 of the one before, 44.94
        (64.3, 365, 45, True),  # 45.01
        (64.3, 365, 45.1, False),
        (100, 365, 50, False),  # above 45 kg: not below 0.4
    ],
)
def test_an_adult_may_change_by_so_much(before, days, now, is_doubtful):
    assert (doubt((before, days), (now, 0)) is not None) is is_doubtful


@pytest.mark.parametrize(
    ("now", "is_doubtful"),
    [
        (90.4, True),  # 41.005 kg: 1.995 off, and 47.4 kg above
        (90.3, False),  # 40.96 kg: 2.04 off
        (83, False),  # 37.65 kg
    ],
)
def test_a_weight_in_pounds_is_found_within_what_a_year_allows(now, is_doubtful):
    assert (doubt((43, 365), (now, 0)) is not None) is is_doubtful


def test_what_is_at_most_forty_kilograms_above_is_not_read_as_pounds():
    assert doubt((33, 365), (72.9, 0)) is None  # 39.9 kg above, 33.07 kg in pounds
    assert doubt((33, 365), (73.1, 0)) is not None


@pytest.mark.parametrize(
    ("before", "days", "now", "is_doubtful"),
    [
        (30, 90, 37.5, False),  # 1.25 times
        (30, 90, 37.6, True),
        (30, 90, 24, False),
        (30, 90, 23.9, True),
        (30, 91, 45, False),  # 1.5 times
        (30, 91, 45.1, True),
        (30, 365, 45.1, True),
        (30, 366, 70, False),
    ],
)
def test_a_child_may_change_by_so_many_times(before, days, now, is_doubtful):
    assert (doubt((before, days), (now, 0), born_on=CHILD) is not None) is is_doubtful


@pytest.mark.parametrize(("now", "is_doubtful"), [(10, False), (10.1, True)])
def test_an_infant_may_double_its_weight_in_three_months(now, is_doubtful):
    assert (doubt((5, 90), (now, 0), born_on=INFANT) is not None) is is_doubtful


def test_an_infants_weight_of_longer_ago_says_nothing():
    assert doubt((5, 91), (15, 0), born_on=INFANT) is None


def test_a_child_is_fast_in_growing_until_the_second_birthday():
    assert doubt((10, 60), (13, 0), born_on=days_ago(60 + 730)) is None  # 730 days are less than two years
    assert doubt((10, 60), (13, 0), born_on=days_ago(60 + 731)) is not None


def test_a_childs_weight_of_more_than_three_months_ago_speaks_against_and_does_not_stand_in():
    found = doubt((31.8, 91), (70.1, 0), born_on=CHILD)

    assert found.words == "31.8 kg on 2026-08-25, 70.1 kg on 2026-11-24 (= 31.8 kg in lb)"
    assert [round(kg, 1) for kg in found.candidates] == [70.1, 31.8]
    assert [round(kg, 1) for kg in doubt((31.8, 90), (70.1, 0), born_on=CHILD).candidates] == [
        70.1,
        31.8,
        31.8,
    ]


def test_a_slip_does_not_speak_alone_against_the_next_right_weight():
    assert doubt((75, 200), (165, 100), (75, 0)) is None


def test_a_slip_that_is_repeated_is_still_in_doubt():
    assert doubt((75, 200), (165, 100), (165, 0)) is not None
    assert doubt((75, 300), (75, 200), (165, 100), (165, 0)) is not None


def test_a_weight_that_most_earlier_ones_allow_is_believed():
    assert doubt((75, 300), (165, 200), (165, 100), (165, 0)) is None


def test_an_implausible_newest_weight_may_be_read_in_the_other_unit():
    found = doubt((165, 100), (364, 0))

    assert found.words == "165 kg on 2026-08-16, 364 kg on 2026-11-24 (= 165.1 kg in lb)"
    assert [round(kg, 1) for kg in found.candidates] == [165.1, 165]


def test_weights_without_a_day_are_not_compared():
    assert case(weight(75, None), weight(165, None, ref="Observation/2")).weight.doubt is None
    assert case(weight(75, None), weight(165, "2026-11-01")).weight.doubt is None


def test_of_partial_dates_the_shortest_time_between_counts():
    assert case(weight(75, "2025"), weight(100, "2026-01-20")).weight.doubt is not None  # 20 days
    assert case(weight(75, "2025-06-01"), weight(100, "2026-01-20")).weight.doubt is None
