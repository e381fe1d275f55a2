"""Numbers and names as cards print them."""

import pytest

from cards.model.therapy import Drug
from cards.wording import (
    LONGEST_SUMMARY,
    drug_name,
    fitting,
    listed,
    number,
    per_kg,
    rounded,
    shortened,
    span,
    titled,
)


@pytest.mark.parametrize("drug", Drug)
def test_every_drug_has_a_name_for_running_text(drug):
    assert "_" not in drug_name(drug)


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (2.5, 0, 3.0),
        (-2.5, 0, -3.0),
        (1.25, 1, 1.3),
        (0.95, 1, 1.0),
        (1e30, 1, 1e30),
        (float("inf"), 1, float("inf")),
    ],
)
def test_halves_go_up_and_the_absurd_stays(value, decimals, expected):
    assert rounded(value, decimals) == expected


@pytest.mark.parametrize(
    ("value", "decimals", "printed"),
    [
        (0.0, 2, "0"),
        (100, 2, "100"),
        (100.0, 0, "100"),
        (0.125, 2, "0.13"),
        (66.666, 0, "67"),
        (1e300, 1, "1.0e+300"),
        (float("inf"), 1, "inf"),
        (float("nan"), 0, "nan"),
    ],
)
def test_a_number_is_printed_without_needless_zeros(value, decimals, printed):
    assert number(value, decimals) == printed


@pytest.mark.parametrize(
    ("drug", "mg", "kg", "printed"),
    [
        (Drug.AZATHIOPRINE, 200, 80, 2.5),
        (Drug.MERCAPTOPURINE, 75, 80, 0.94),
        (Drug.THIOGUANINE, 40, 70, 0.57),
    ],
)
def test_mg_per_kg_has_the_decimals_that_its_limits_need(drug, mg, kg, printed):
    assert per_kg(drug, mg, kg) == printed


def test_a_range_with_equal_ends_is_one_number():
    assert (span(1.5, 2.5), span(2, 2), span(66.6, 67.4, 0)) == ("1.5-2.5", "2", "67")


@pytest.mark.parametrize(
    ("words", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_words_are_listed(words, text):
    assert listed(words) == text


def test_only_the_first_letter_is_made_capital():
    assert (titled("TPMT and tea"), titled("a TNF inhibitor"), titled("")) == (
        "TPMT and tea",
        "A TNF inhibitor",
        "",
    )


def test_the_fullest_summary_that_fits_is_taken():
    long, fits, short = "x" * (LONGEST_SUMMARY + 1), "y" * LONGEST_SUMMARY, "z"

    assert fitting(long, fits, short) == fits
    assert fitting(long, long + "x") == long + "x"


@pytest.mark.parametrize(
    ("summary", "short"),
    [
        ("x" * 139, "x" * 139),
        (f"{'x' * 130} (2.5 mg/kg): stop", f"{'x' * 130}: stop"),  # 136 without its remark
        (f"{'x' * 140}; stop", f"{'x' * 131} …; stop"),  # 131 + 8 = 139
        (f"{'x' * 140}: stop", f"{'x' * 131} …: stop"),
        (f"{'x' * 140}, stop", f"{'x' * 131} …, stop"),
        (f"{'x' * 60}; {'y' * 60}: {'z' * 60}", f"{'x' * 60}; {'y' * 13} …: {'z' * 60}"),
        (f"{'x' * 60} {'y' * 140}", f"{'x' * 60} {'y' * 77}…"),  # no clause to keep
        (f"drug: {'y' * 140}", f"drug: {'y' * 132}…"),  # an act that leaves no room for the drug
    ],
)
def test_a_long_summary_is_shortened_before_its_act(summary, short):
    assert shortened(summary) == short
    assert len(short) <= LONGEST_SUMMARY
