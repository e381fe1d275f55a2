"""Has the creatinine risen within a year on a thiopurine?"""

import pytest

from cards.card import Indicator
from cards.finding import DecisionKind
from cards.model.chart import Sex
from cards.model.conditions import Indication, Problem, ProcedureKind
from cards.model.facts import FactKind
from cards.model.labs import Analyte
from cards.model.proposals import OrderTests
from cards.model.tests_ordered import OrderableTest
from cards.model.therapy import Drug, TherapyState
from cards.rules.monitoring.creatinine_rising import creatinine_has_risen
from tests.builders import (
    azathioprine,
    blocked_by,
    case,
    finding,
    is_silent,
    on,
    on_order,
    problem,
    procedure,
    result,
    taking,
    unknown,
    why,
)

ON_DRUG = taking(Drug.AZATHIOPRINE, 100)


def creatinine(value, taken="2026-11-20", **fields):
    return result(Analyte.CREATININE, value, taken, unit="mg/dL", **fields)


BEFORE = creatinine(0.8, "2026-01-20")
HIGH = creatinine(1.2, reference_high=1.1)
AGAIN = creatinine(1.2, "2026-10-20")


def ask(*facts, **fields):
    return creatinine_has_risen(case(*facts, **fields))


def test_a_rise_above_the_range_is_to_be_repeated():
    found = finding(ask(ON_DRUG, BEFORE, HIGH))

    assert (found.decision.kind, found.indicator) == (DecisionKind.KIDNEYS, Indicator.WARNING)
    assert found.summary == "Azathioprine: creatinine risen from 0.8 to 1.2 mg/dL within a year; repeat it"
    assert found.do == (
        "Repeat the creatinine within 7 days; if the rise is confirmed, withhold azathioprine and discuss with "
        "the treating specialist.",
    )
    assert why(found)[:2] == (
        "Creatinine 1.2 mg/dL, laboratory's upper limit 1.1",
        "Creatinine 0.8 mg/dL, the lowest of the year before",
    )
    assert [str(one.source.key) for one in found.citations] == ["bsr-2017", "sps-mercaptopurine"]
    assert found.proposals == (OrderTests((OrderableTest.CREATININE,)),)


def test_a_rise_that_a_second_value_confirms_asks_to_withhold():
    found = finding(ask(ON_DRUG, BEFORE, AGAIN, creatinine(1.3, is_preliminary=True)))

    assert found.summary.endswith("from 0.8 to 1.3 mg/dL within a year; withhold and discuss")
    assert why(found)[:2] == ("Creatinine 1.3 mg/dL, preliminary", "Creatinine 1.2 mg/dL, risen as well")
    assert found.proposals == ()


@pytest.mark.parametrize(
    ("before", "now", "speaks"),
    [
        (1.0, 1.3, True),  # 30 %, and 0.3 mg/dL
        (1.0, 1.29, False),
        (0.7, 0.99, False),  # 41 %, and 0.29
        (0.7, 1.0, True),
        (1.5, 1.94, False),  # 0.44 mg/dL, and 29 %
        (1.5, 1.95, True),
    ],
)
def test_the_rise_is_of_30_percent_and_0_3_mg(before, now, speaks):
    rise = (creatinine(before, "2026-01-20"), creatinine(now, reference_high=0.9))

    assert is_silent(ask(ON_DRUG, *rise)) is not speaks


def test_a_confirmed_rise_speaks_where_the_kidneys_are_not_impaired_yet():
    rise = (creatinine(0.7, "2026-01-20"), creatinine(1.0, "2026-10-20"), creatinine(1.0))

    found = finding(ask(ON_DRUG, *rise, born_on=on("2000-01-01"), sex=Sex.MALE))

    assert found.summary.endswith("from 0.7 to 1 mg/dL within a year; withhold and discuss")


@pytest.mark.parametrize(("taken", "speaks"), [("2025-11-20", True), ("2025-11-19", False), ("2025", False)])
def test_the_lowest_of_a_year_counts(taken, speaks):
    assert is_silent(ask(ON_DRUG, creatinine(0.8, taken), HIGH)) is not speaks


@pytest.mark.parametrize(("taken", "speaks"), [("2026-08-26", True), ("2026-08-25", False)])  # 90 and 91 days
def test_the_rise_is_recent(taken, speaks):
    high = creatinine(1.2, taken, reference_high=1.1)

    assert is_silent(ask(ON_DRUG, BEFORE, high)) is not speaks


@pytest.mark.parametrize(
    "unconfirmed",
    [
        (BEFORE, creatinine(1.2)),  # one value, no range
        (BEFORE, creatinine(1.2, reference_high=1.2)),
        (BEFORE, creatinine(1.2, ref="Observation/a"), creatinine(1.2, ref="Observation/b")),  # of one day
        (BEFORE, creatinine(1.0, "2026-10-20"), creatinine(1.2)),
        (AGAIN, creatinine(0.8, "2026-11-01"), creatinine(1.2)),  # high before the lowest, not since
        (creatinine(0.8, "2026-01-20", comparator=">"), HIGH),
        (BEFORE, creatinine(1.2, comparator="<", reference_high=1.1)),
    ],
)
def test_is_silent_where_it_may_be_chance(unconfirmed):
    assert is_silent(ask(ON_DRUG, *unconfirmed))


@pytest.mark.parametrize(
    "graver",
    [
        (creatinine(0.8, "2026-11-14"),),  # within days
        (problem(Problem.ACUTE_KIDNEY_INJURY, recorded="2026-11-20"),),
        (procedure(ProcedureKind.DIALYSIS, "2026-11-20"),),
        (result(Analyte.EGFR, 25, "2026-11-20"),),
    ],
)
def test_what_is_graver_is_told_by_another_rule(graver):
    assert is_silent(ask(ON_DRUG, BEFORE, HIGH, *graver))


def test_kidneys_long_known_to_be_impaired_may_get_worse():
    stage = problem(Problem.SEVERE_KIDNEY_DISEASE, onset="2020-01-01")

    assert finding(ask(ON_DRUG, BEFORE, HIGH, stage))


def test_in_leukaemia_the_protocol_decides():
    taken = taking(Drug.MERCAPTOPURINE, 50, for_=Indication.LEUKEMIA)

    found = finding(ask(taken, BEFORE, AGAIN, HIGH))

    assert found.summary.endswith("tell the oncology team")
    assert "withhold" not in " ".join((found.summary, *found.do))


def test_no_second_repeat_is_ordered():
    assert finding(ask(ON_DRUG, BEFORE, HIGH, on_order(OrderableTest.CREATININE))).proposals == ()


def test_is_silent_without_a_thiopurine_and_blocked_without_results():
    past = taking(Drug.AZATHIOPRINE, 100, state=TherapyState.PAST)

    assert is_silent(ask(BEFORE, HIGH))
    assert is_silent(ask(past, BEFORE, HIGH))
    assert is_silent(ask(azathioprine(100), BEFORE, HIGH))
    assert is_silent(ask(ON_DRUG))
    assert blocked_by(ask(ON_DRUG, known=unknown(FactKind.KIDNEY))) == (FactKind.KIDNEY,)
