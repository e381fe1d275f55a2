"""Do the blood counts change in a way that deserves a note: falling, few lymphocytes, large red cells?"""

import pytest

from cards.card import Indicator
from cards.finding import DecisionKey, DecisionKind
from cards.model.facts import FactKind
from cards.model.labs import Analyte
from cards.model.therapy import Drug
from cards.rules.monitoring.count_changes import counts_changing
from tests.builders import (
    azathioprine,
    blocked_by,
    case,
    finding,
    findings,
    is_silent,
    missing_from,
    result,
    taking,
    truncated,
    unknown,
    why,
)

AZA = Drug.AZATHIOPRINE
THERAPY = taking(AZA, 100, "2026-01-01")
DAYS = ("2026-08-20", "2026-09-20", "2026-10-20", "2026-11-20")


def course_of_counts(*values, analyte=Analyte.WBC, **fields):
    return [
        result(analyte, value, day, unit="10*9/L", **fields) for value, day in zip(values, DAYS, strict=False)
    ]


def ask(*facts, **fields):
    return counts_changing(case(*facts, **fields))


def test_three_falls_in_a_row():
    found = finding(ask(THERAPY, *course_of_counts(8, 7, 6.1, 5.2)))

    assert found.decision == DecisionKey(DecisionKind.COUNTS, "MedicationRequest/azathioprine")
    assert found.indicator is Indicator.INFO
    assert found.summary == "Azathioprine: WBC falling from count to count; recheck early and seek advice"
    assert why(found)[0] == (
        "WBC fell by more than 10 % 3 times in a row: 8 (2026-08-20), 7 (2026-09-20), 6.1 (2026-10-20), "
        "5.2 (2026-11-20)"
    )
    assert found.why[0].record_ref == "Observation/wbc-2026-11-20"
    assert found.do == ("Recheck early and seek advice: counts that keep falling can announce a cytopenia.",)


@pytest.mark.parametrize(
    ("values", "speaks"),
    [
        ((10, 8.9, 8.0, 7.1), True),  # 11 %, 10.1 %, 11.3 %
        ((10, 9.0, 8.0, 7.1), False),  # the first fall is exactly 10 %
        ((10, 8.9, 8.0), False),  # two falls
        ((10, 8.9, 9.0, 7.1), False),  # one rise
    ],
)
def test_each_fall_is_more_than_a_tenth(values, speaks):
    assert is_silent(ask(THERAPY, *course_of_counts(*values))) != speaks


def test_several_kinds_of_cells_are_one_finding():
    platelets = course_of_counts(300, 250, 200, 160, analyte=Analyte.PLATELETS)

    assert finding(ask(THERAPY, *course_of_counts(8, 7, 6.1, 5.2), *platelets)).summary == (
        "Azathioprine: WBC and platelets falling from count to count; recheck early and seek advice"
    )


@pytest.mark.parametrize(("upper", "speaks"), [(400, False), (500, True), (None, True)])
def test_a_fall_from_above_the_range_is_a_return_to_it(upper, speaks):
    platelets = course_of_counts(500, 400, 300, 250, analyte=Analyte.PLATELETS, reference_high=upper)

    assert is_silent(ask(THERAPY, *platelets)) != speaks


def test_two_counts_of_one_day_are_one():
    twice = result(Analyte.WBC, 7.9, "2026-08-20", ref="Observation/again")

    assert is_silent(ask(THERAPY, *course_of_counts(8, 7, 6.1), twice))


def test_old_counts_bounds_and_days_to_come_are_left_out():
    old = [
        result(Analyte.WBC, value, day)
        for value, day in ((8, "2025-05-01"), (7, "2025-06-01"), (6.1, "2025-07-01"), (5, "2025-08-01"))
    ]
    bound = result(Analyte.WBC, 2, "2026-11-20", comparator=">")
    word = result(Analyte.WBC, None, "2026-11-21")
    undated = result(Analyte.WBC, 4, None)
    tomorrow = result(Analyte.WBC, 4.4, "2026-11-25")

    assert is_silent(ask(THERAPY, *old))
    assert is_silent(ask(THERAPY, *course_of_counts(8, 7, 6.1), bound, word, undated, tomorrow))


@pytest.mark.parametrize(("value", "speaks"), [(105, False), (105.1, True)])
def test_large_red_cells_are_a_line(value, speaks):
    outcome = ask(THERAPY, result(Analyte.MCV, value, unit="fL"))

    assert is_silent(outcome) != speaks
    if speaks:
        found = finding(outcome)
        assert found.decision == DecisionKey(DecisionKind.ALSO, "MedicationRequest/azathioprine")
        assert (found.indicator, found.leads) == (Indicator.INFO, False)
        assert found.summary == "Azathioprine: also on this patient's list"
        assert why(found) == ("MCV 105.1 fL",)
        assert found.do[0].startswith("MCV above 105 fL: seek advice (grade B)")


@pytest.mark.parametrize(
    ("fields", "speaks"),
    [
        ({"reference_low": 1.0}, True),  # 0.9 is below
        ({"reference_low": 0.9}, False),
        ({"interpretation": "L"}, True),
        ({"interpretation": "N"}, False),
        ({}, False),  # no range, no mark: nothing is said
    ],
)
def test_few_lymphocytes_by_the_laboratory_s_own_range(fields, speaks):
    assert is_silent(ask(THERAPY, result(Analyte.ALC, 0.9, unit="10*9/L", **fields))) != speaks


def test_anaemia_is_a_line():
    found = finding(ask(THERAPY, result(Analyte.HEMOGLOBIN, 9.8, unit="g/dL", reference_low=12)))

    assert why(found) == ("Haemoglobin 9.8 g/dL",)


def test_a_change_that_was_there_before_the_drug_is_left_out():
    before = result(Analyte.HEMOGLOBIN, 10, "2025-12-01", reference_low=12)

    assert is_silent(ask(THERAPY, before, result(Analyte.HEMOGLOBIN, 9.8, reference_low=12)))


def test_an_order_has_no_quiet_card_for_lines():
    facts = THERAPY, azathioprine(100), result(Analyte.MCV, 110), *course_of_counts(8, 7, 6.1, 5.2)

    assert [found.decision for found in findings(ask(*facts))] == [
        DecisionKey(DecisionKind.COUNTS, "MedicationRequest/azathioprine-draft")
    ]


@pytest.mark.parametrize("facts", [(), (azathioprine(100),)])
def test_only_on_the_drug(facts):
    assert is_silent(ask(*facts, result(Analyte.MCV, 110)))


def test_unknown_counts_are_no_all_clear():
    assert blocked_by(ask(THERAPY, known=unknown(FactKind.COUNTS))) == (FactKind.COUNTS,)


def test_a_cut_page_is_told_beside_the_finding():
    outcome = ask(THERAPY, result(Analyte.MCV, 110), known=truncated(FactKind.COUNTS))

    assert missing_from(outcome) == (FactKind.COUNTS,)
