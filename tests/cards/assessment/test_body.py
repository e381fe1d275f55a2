"""Which weight are doses computed with, and how old may it be?"""

import pytest

from cards.assessment.body import Age, age_of, age_years, is_child, surface_m2
from cards.knowledge.default_policy import default_policy
from cards.model.labs import Analyte
from tests.builders import KNOWLEDGE, case, chart, on, result, weight

NO_WEIGHT = {"without": (Analyte.BODY_WEIGHT,)}
CHILD = on("2016-05-05")


def test_the_newest_weight_counts():
    assert case(weight(70, "2026-01-01"), weight(82.54, "2026-11-01")).weight.kg == 82.5


def test_no_weight_is_no_weight():
    assert case(**NO_WEIGHT).weight is None


@pytest.mark.parametrize(
    ("taken", "is_old"),
    [
        ("2025-11-24", False),  # 365 days
        ("2025-11-23", True),
        ("2024-11-24", True),  # 730 days
    ],
)
def test_an_old_weight_of_an_adult_is_used_and_flagged(taken, is_old):
    assert case(weight(80, taken)).weight.is_old is is_old


@pytest.mark.parametrize(("taken", "is_old"), [("2026-08-26", False), ("2026-08-25", True)])  # 90 and 91 days
def test_an_old_weight_of_a_child_is_flagged_sooner(taken, is_old):
    assert case(weight(30, taken), born_on=CHILD).weight.is_old is is_old


def test_a_weight_of_more_than_two_years_ago_is_not_used():
    assert case(weight(80, "2024-11-23")).weight is None  # 731 days


def test_an_undated_weight_is_used_and_flagged():
    found = case(weight(80, None)).weight

    assert (found.words, found.is_old) == ("weight 80 kg, no date recorded", True)


def test_an_old_weight_says_so():
    assert case(weight(80.5, "2025-01-01")).weight.words == "weight 80.5 kg, not recent"


def test_a_dated_weight_goes_before_an_undated_one():
    assert case(weight(70, None), weight(80, "2025-01-01")).weight.kg == 80


def test_a_year_is_as_recent_as_it_can_be():
    assert case(weight(80, "2025")).weight.is_old is False  # at the latest 2025-12-31, 328 days ago


@pytest.mark.parametrize(("kg", "is_used"), [(24.9, False), (25, True), (350, True), (350.1, False)])
def test_an_implausible_weight_of_an_adult_is_not_used(kg, is_used):
    assert (case(weight(kg, "2026-11-01")).weight is not None) is is_used


def test_an_implausible_newest_weight_puts_the_one_before_in_doubt():
    found = case(weight(60, "2026-01-01"), weight(12, "2026-11-01")).weight

    assert (found.kg, found.doubt.candidates) == (60, (60,))


def test_of_a_weight_in_doubt_the_lightest_counts_for_what_is_too_much_and_the_heaviest_for_too_little():
    found = case(weight(75, "2026-08-01"), weight(165, "2026-11-10")).weight

    assert (found.kg, found.heaviest.kg) == (74.8, 165)
    assert found.words == (
        "weight in doubt, 75 kg on 2026-08-01, 165 kg on 2026-11-10 (= 74.8 kg in lb): mg/kg is for 74.8 kg"
    )


def test_a_weight_without_a_doubt_is_its_own_heaviest():
    found = case(weight(75, "2026-08-01")).weight

    assert found.heaviest is found


@pytest.mark.parametrize(("kg", "is_used"), [(0.9, False), (1, True)])
def test_a_child_may_be_lighter(kg, is_used):
    found = case(weight(kg, "2026-11-01"), born_on=CHILD).weight

    assert (found is not None) is is_used


def test_a_bound_a_word_and_a_weight_of_tomorrow_are_no_weights():
    bound = weight(80, "2026-11-01", comparator="<")
    word = weight(None, "2026-11-02")
    tomorrow = weight(90, "2026-11-25")

    assert case(bound, word, tomorrow).weight is None


@pytest.mark.parametrize(
    ("born", "years", "child"),
    [
        ("2008-11-24", 18, False),  # birthday today
        ("2008-11-25", 17, True),
        ("2008", 17, True),  # at the youngest
        ("2007", 18, False),
    ],
)
def test_age_is_the_lower_one_where_the_birth_date_is_partial(born, years, child):
    young = chart(born_on=on(born))

    assert (age_years(young), is_child(young, default_policy())) == (years, child)


@pytest.mark.parametrize(
    ("born", "age", "words"),
    [
        ("1961-11-24", Age(65, 65), "65"),
        ("1961-11", Age(64, 65), "64 or 65"),
        ("1961-10", Age(65, 65), "65"),
        ("1961", Age(64, 65), "64 or 65"),
        ("2026", Age(0, 0), "0"),  # born by today
    ],
)
def test_of_a_birth_year_or_month_both_ends_of_the_age_are_known(born, age, words):
    found = age_of(chart(born_on=on(born)))

    assert (found, found.words) == (age, words)


@pytest.mark.parametrize(
    ("low", "high", "possible"), [(60, 63, False), (60, 64, True), (65, 70, True), (66, 70, False)]
)
def test_an_age_may_lie_between_two_if_one_end_does(low, high, possible):
    assert Age(64, 65).may_be_within(low, high) is possible


def test_without_a_birth_date_nobody_is_known_to_be_a_child():
    unborn = chart(born_on=None)

    assert age_years(unborn) is None
    assert not is_child(unborn, default_policy())


def test_body_surface_follows_mosteller():
    tall = chart(result(Analyte.BODY_HEIGHT, 180))

    assert surface_m2(tall, case().weight, KNOWLEDGE.formulas) == 2.0  # sqrt(180 x 80 / 3600)


def test_body_surface_needs_both_weight_and_height():
    assert surface_m2(chart(), case().weight, KNOWLEDGE.formulas) is None
    assert surface_m2(chart(result(Analyte.BODY_HEIGHT, None)), case().weight, KNOWLEDGE.formulas) is None
    assert surface_m2(chart(result(Analyte.BODY_HEIGHT, 180)), None, KNOWLEDGE.formulas) is None
