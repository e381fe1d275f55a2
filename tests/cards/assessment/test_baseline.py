"""What a test was before the drug."""

import pytest

from cards.assessment.baseline import baseline_of, before_any_dose, preliminary_before
from cards.knowledge.default_policy import default_policy
from cards.model.facts import FactKind
from cards.model.labs import Analyte
from cards.model.therapy import Drug, TherapyState
from tests.builders import chart, on, result, taking, took, truncated, unknown

AZA, MP, WBC = Drug.AZATHIOPRINE, Drug.MERCAPTOPURINE, Analyte.WBC
EARLY, LATE = result(WBC, 4, "2025-12-01"), result(WBC, 5, "2026-02-01")


def baseline(*facts, **fields):
    found = baseline_of(chart(*facts, **fields), WBC, default_policy())
    return found and found.value


def on_day(value, day):
    return result(WBC, value, day)


def test_the_last_result_before_the_first_dose():
    therapy = taking(AZA, since="2026-01-01")

    assert baseline(therapy, EARLY, LATE) == 4
    assert before_any_dose(chart(therapy, EARLY, LATE), WBC) == EARLY


@pytest.mark.parametrize(("day", "expected"), [("2026-01-01", 6), ("2026-01-02", 4)])
def test_the_day_of_the_start_is_before_it(day, expected):
    assert baseline(taking(AZA, since="2026-01-01"), EARLY, on_day(6, day)) == expected


def test_a_preliminary_result_is_no_baseline():
    preliminary = result(WBC, 2, "2025-12-20", is_preliminary=True)

    assert baseline(taking(AZA, since="2026-01-01"), EARLY, preliminary) == 4


@pytest.mark.parametrize(
    ("analyte", "final", "preliminary", "expected"),
    [
        (WBC, 2, 6, 6),  # the drug lowers it: a low one before would excuse one now
        (WBC, 6, 2, 6),
        (Analyte.ALT, 150, 24, 24),  # the drug raises it
        (Analyte.ALT, 24, 150, 24),
        (Analyte.MCV, 104, 90, 90),
        (Analyte.ALT, 24, None, 24),
    ],
)
def test_a_preliminary_result_after_a_final_one_excuses_nothing(analyte, final, preliminary, expected):
    facts = (
        taking(AZA, since="2026-01-01"),
        result(analyte, final, "2017-12-11"),
        result(analyte, preliminary, "2025-12-20", is_preliminary=True),
    )

    assert baseline_of(chart(*facts), analyte, default_policy()).value == expected


def test_a_preliminary_result_alone_is_no_baseline():
    assert (
        baseline(taking(AZA, since="2026-01-01"), result(WBC, 2, "2025-12-20", is_preliminary=True)) is None
    )


def test_a_preliminary_result_alone_is_shown_and_excuses_nothing():
    therapy, preliminary = taking(AZA, since="2026-01-01"), result(WBC, 2, "2025-12-20", is_preliminary=True)

    assert baseline(therapy, preliminary) is None
    assert preliminary_before(chart(therapy, preliminary), WBC, default_policy()) == preliminary
    assert preliminary_before(chart(therapy, preliminary, EARLY), WBC, default_policy()) is None
    assert preliminary_before(chart(preliminary), WBC, default_policy()) is None
    assert preliminary_before(chart(therapy), WBC, default_policy()) is None


def test_without_a_therapy_there_is_nothing_to_compare_with():
    assert baseline(EARLY) is None
    assert before_any_dose(chart(EARLY), WBC) is None


@pytest.mark.parametrize(
    ("records", "known"),
    [
        ((taking(AZA, since=None),), {}),  # since when is not known
        ((taking(AZA, since="2026-01-01"), took(AZA, since=None, ref="MedicationRequest/old")), {}),
        ((taking(AZA, since="2026-01-01"),), truncated(FactKind.MEDICATIONS)),
        ((taking(AZA, since="2026-01-01"),), unknown(FactKind.MEDICATIONS)),
        ((taking(AZA, since="2026-01-01", state=TherapyState.PLANNED),), {}),
    ],
)
def test_an_earlier_dose_that_cannot_be_ruled_out_leaves_no_value_before(records, known):
    assert baseline(*records, EARLY, known=known) is None
    assert before_any_dose(chart(*records, EARLY, known=known), WBC) is None


EARLIER = took(AZA, since="2018-01-01", ended_on=on("2020-01-01"), ref="MedicationRequest/earlier")
AGAIN = taking(AZA, since="2026-01-01")


def test_after_a_therapy_of_years_ago_the_present_one_has_a_baseline_of_its_own():
    facts = (EARLIER, AGAIN, on_day(9, "2017-12-01"), EARLY, LATE)

    assert baseline(*facts) == 4
    assert before_any_dose(chart(*facts), WBC).value == 9


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2019-06-01", 9),  # on it
        ("2020-06-29", 9),  # 180 days after its end: a start on that day is none yet
        ("2020-06-30", 3),
    ],
)
def test_a_result_on_an_earlier_therapy_or_soon_after_it_is_no_baseline(day, expected):
    assert baseline(EARLIER, AGAIN, on_day(9, "2017-12-01"), on_day(3, day)) == expected


def test_a_switch_from_one_thiopurine_to_another_is_no_new_baseline():
    before_switch = took(AZA, since="2020-01-01", ended_on=on("2026-01-01"))

    assert baseline(before_switch, taking(MP, since="2026-01-01"), on_day(9, "2019-12-01"), EARLY) == 9


@pytest.mark.parametrize(("since", "expected"), [("2018-01-01", 4), ("2025-05-05", 9)])
def test_an_earlier_therapy_without_an_end_may_have_gone_on_for_a_year(since, expected):
    endless = took(AZA, since=since, ref="MedicationRequest/earlier")

    assert baseline(endless, AGAIN, on_day(9, "2017-12-01"), EARLY) == expected
