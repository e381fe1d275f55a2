"""Which result counts today, and is it surely beyond a limit?"""

from dataclasses import replace

import pytest

from cards.assessment.results import (
    analyte_name,
    highest_undated,
    is_answered,
    is_on_order,
    is_surely_above,
    is_surely_below,
    lowest_undated,
    newest_dated,
    newest_within,
    result_fact,
    undated_facts,
    undated_words,
    unit_words,
    value_words,
)
from cards.finding import Fact
from cards.knowledge.default_policy import default_policy
from cards.model.labs import Analyte, LabFinding
from cards.model.tests_ordered import OrderableTest, TestOrder
from cards.model.therapy import Drug
from tests.builders import chart, days_ago, on, result

AZA = Drug.AZATHIOPRINE
WBC = Analyte.WBC


def test_an_analyte_without_a_name_of_ours_keeps_its_own():
    assert (analyte_name(Analyte.WBC), analyte_name(Analyte.HCG)) == ("WBC", "hCG")


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (result(WBC, 2.9), "WBC 2.9"),
        (result(WBC, 2.0, comparator="<"), "WBC <2"),
        (result(Analyte.VZV_IGG, None, finding=LabFinding.NEGATIVE), "VZV IgG negative"),
        (result(Analyte.VZV_IGG, None), "VZV IgG reported"),
    ],
)
def test_a_value_in_words(one, words):
    assert value_words(one) == words


def test_units_as_people_write_them():
    assert unit_words(result(WBC, 1, unit="10*9/L")) == "x 10^9/L"
    assert unit_words(result(Analyte.ALT, 1, unit="U/L")) == "U/L"


def test_a_fact_has_value_unit_and_what_makes_it_less_sure():
    sure = result(Analyte.ALC, 0.8, unit="10*9/L")
    unsure = replace(sure, taken_on=None, is_preliminary=True)

    assert result_fact(sure) == Fact("Lymphocytes 0.8 x 10^9/L", on("2026-11-20"), sure.record_ref)
    assert result_fact(unsure, "limit 1").text == (
        "Lymphocytes 0.8 x 10^9/L, preliminary, no date recorded, limit 1"
    )


def test_the_newest_within_so_many_days():
    facts = chart(result(WBC, 4, "2026-08-26"), result(WBC, 5, None))

    assert newest_within(facts, WBC, 90).value == 4  # 24 November is 90 days after 26 August
    assert newest_within(facts, WBC, 89) is None


def test_what_has_no_usable_date_is_undated_or_lies_ahead_and_may_be_recent():
    ahead, old = result(WBC, 3, "2026-11-25"), result(WBC, 1, None, on_record_by=days_ago(91))
    facts = chart(
        ahead, old, result(WBC, 5, None), result(WBC, 2, "2026-11-24"), result(WBC, 0.1, None, comparator=">")
    )

    assert lowest_undated(facts, WBC, 90).value == 3
    assert lowest_undated(facts, WBC, 91).value == 1
    assert highest_undated(facts, WBC, 90).value == 5
    assert undated_facts(facts, 90, WBC, note="not counted") == (
        Fact("WBC 5, no date recorded, not counted", None, "Observation/wbc-undated"),
        Fact("WBC >0.1, no date recorded, not counted", None, "Observation/wbc-undated"),
        Fact("WBC 3, dated ahead, not counted", on("2026-11-25"), "Observation/wbc-2026-11-25"),
    )


def test_without_any_such_result_there_is_nothing_to_show():
    facts = chart(result(WBC, 5))

    assert lowest_undated(facts, WBC, 90) is None
    assert highest_undated(facts, WBC, 90) is None
    assert undated_words(facts, 90, WBC) == ""


@pytest.mark.parametrize(
    ("one", "answers"),
    [
        (result(WBC, 5, "2026-08-26"), True),  # 90 days ago
        (result(WBC, 5, "2026-08-25"), False),
        (result(WBC, 5, "2026"), False),  # perhaps of January
        (result(WBC, 5, None), False),
        (result(WBC, 5, is_preliminary=True), False),
    ],
)
def test_only_a_final_result_that_is_surely_recent_answers_an_undated_one(one, answers):
    assert is_answered(chart(one), WBC, 90) is answers


def test_the_newest_dated_of_several_analytes():
    facts = chart(
        result(WBC, 4, "2026-08-26"),
        result(Analyte.PLATELETS, 200, "2026-09-01"),
        result(WBC, 5, None),
        result(WBC, 6, "2026-11-25"),
    )

    newest = newest_dated(facts, WBC, Analyte.PLATELETS)

    assert (newest.result.value, str(newest.day)) == (200, "2026-09-01")  # not tomorrow's
    assert newest_dated(facts, Analyte.ANC) is None


def test_a_year_is_as_new_as_its_first_day():
    assert newest_dated(chart(result(WBC, 4, "2026-08-26"), result(WBC, 5, "2026")), WBC).result.value == 4
    assert newest_dated(chart(result(WBC, 4, "2025-08-26"), result(WBC, 5, "2026")), WBC).result.value == 5


@pytest.mark.parametrize(
    ("value", "comparator", "below", "above"),
    [
        (3.4, None, True, False),
        (3.5, None, False, False),
        (3.45, None, False, False),  # prints as 3.5
        (3.6, None, False, True),
        (3.5, "<", True, False),
        (3.6, "<", False, False),
        (3.4, "<=", True, False),
        (3.5, ">", False, True),
        (3.4, ">", False, False),
        (3.6, ">=", False, True),
    ],
)
def test_surely_below_and_above_a_limit_of_3_5(value, comparator, below, above):
    one = result(WBC, value, comparator=comparator)

    assert (is_surely_below(one, 3.5), is_surely_above(one, 3.5)) == (below, above)


def test_a_word_or_nothing_is_surely_neither():
    word = result(WBC, None)

    assert not any((is_surely_below(word, 3.5), is_surely_above(word, 3.5)))
    assert not any((is_surely_below(None, 3.5), is_surely_above(None, 3.5)))


@pytest.mark.parametrize(
    ("is_draft", "ordered", "counts"),
    [
        (True, days_ago(400), True),
        (False, None, True),
        (False, days_ago(30), True),
        (False, days_ago(31), False),  # forgotten
    ],
)
def test_an_old_request_is_taken_for_forgotten(is_draft, ordered, counts):
    order = TestOrder("ServiceRequest/1", frozenset({OrderableTest.BLOOD_COUNT}), is_draft, ordered)

    assert is_on_order(chart(order), default_policy(), OrderableTest.BLOOD_COUNT) == counts
    assert not is_on_order(chart(order), default_policy(), OrderableTest.HBSAG)


def test_egfr_keeps_its_small_letter():
    fact = result_fact(result(Analyte.EGFR, 41, unit="mL/min/{1.73_m2}"))

    assert fact.text == "eGFR 41 mL/min/1.73 m2"
