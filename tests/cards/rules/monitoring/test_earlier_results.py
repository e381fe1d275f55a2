"""Were blood counts or liver tests past a stop limit on an earlier course of a thiopurine?"""

import pytest

from cards.card import Indicator
from cards.finding import DecisionKey, DecisionKind
from cards.model.conditions import Indication
from cards.model.facts import FactKind
from cards.model.labs import Analyte
from cards.model.therapy import Drug, TherapyState
from cards.rules import ORDER_SELECT_RULES, ORDER_SIGN_RULES, PATIENT_VIEW_RULES
from cards.rules.monitoring.earlier_results import RULE, results_on_earlier_course
from tests.builders import (
    azathioprine,
    blocked_by,
    case,
    days_ago,
    finding,
    is_silent,
    mercaptopurine,
    on,
    result,
    taking,
    thioguanine,
    took,
    truncated,
    unknown,
    why,
)

AZA = Drug.AZATHIOPRINE
WARNING = Indicator.WARNING
COURSE = took(AZA, 100, "2023-03-01", ended_on=on("2023-06-30"))
HELD = taking(AZA, 100, "2026-01-10", state=TherapyState.HELD)
GIGA = "10*9/L"


def ask(*facts, **fields):
    return results_on_earlier_course(case(*facts, **fields))


def neutrophils(value, taken="2023-05-10", **fields):
    return result(Analyte.ANC, value, taken, unit=GIGA, **fields)


def alt(value, taken="2023-05-10", **fields):
    return result(Analyte.ALT, value, taken, unit="U/L", **fields)


@pytest.mark.parametrize("rules", [ORDER_SELECT_RULES, ORDER_SIGN_RULES, PATIENT_VIEW_RULES])
def test_it_is_asked_at_every_hook(rules):
    assert RULE in rules


def test_neutrophils_past_the_stop_limit_are_a_warning_at_a_restart():
    found = finding(
        ask(azathioprine(100), HELD, neutrophils(0.4, "2026-09-25"), neutrophils(3.1, "2026-11-20"))
    )

    assert found.decision == DecisionKey(DecisionKind.HISTORY, "MedicationRequest/azathioprine-draft")
    assert found.indicator is WARNING
    assert found.summary == (
        "Azathioprine: ANC 0.4 x 10^9/L on 2026-09-25, on an earlier thiopurine; find the cause before the restart"
    )
    assert why(found)[0] == "ANC 0.4 x 10^9/L, stop limit 1, on a thiopurine"
    assert found.do[0].startswith("Find out what lowered the counts then: ")
    assert found.constraints == ()


@pytest.mark.parametrize("order", [azathioprine(), mercaptopurine(), thioguanine()])
def test_it_speaks_at_a_new_start_of_any_thiopurine(order):
    assert finding(ask(order, COURSE, neutrophils(0.4))).summary.endswith(
        "find the cause before the first dose"
    )


@pytest.mark.parametrize(
    ("one", "speaks"),
    [
        (neutrophils(0.9), True),
        (neutrophils(1.0), False),
        (result(Analyte.WBC, 2.9, "2023-05-10", unit=GIGA), True),
        (result(Analyte.WBC, 3.0, "2023-05-10", unit=GIGA), False),
        (result(Analyte.PLATELETS, 99, "2023-05-10", unit=GIGA), True),
        (result(Analyte.PLATELETS, 100, "2023-05-10", unit=GIGA), False),
        (alt(101), True),
        (alt(100), False),
        (alt(110, reference_high=40), False),  # the source that says stop: 3 times 40
        (alt(121, reference_high=40), True),
        (result(Analyte.AST, 101, "2023-05-10", unit="U/L"), True),
    ],
)
def test_by_the_stop_limits_of_the_tables(one, speaks):
    assert is_silent(ask(azathioprine(), COURSE, one)) != speaks


@pytest.mark.parametrize(
    ("taken", "speaks"),
    [
        ("2023-02-28", False),  # before the first dose
        ("2023-07-28", True),  # 28 days after the last
        ("2023-07-29", False),
        (None, False),
    ],
)
def test_only_what_lies_on_a_course_or_soon_after(taken, speaks):
    assert is_silent(ask(azathioprine(), COURSE, neutrophils(0.4, taken))) != speaks


def test_where_no_end_is_recorded_it_is_asked():
    found = finding(ask(azathioprine(), took(AZA, 100, "2023-03-01"), neutrophils(0.4)))

    assert found.indicator is WARNING
    assert found.summary == (
        "Azathioprine: ANC 0.4 x 10^9/L on 2023-05-10, perhaps on a thiopurine; find the cause before the first dose"
    )


def test_the_worst_result_of_each_is_named():
    found = finding(
        ask(
            azathioprine(),
            COURSE,
            neutrophils(0.4),
            neutrophils(0.8, "2023-05-20"),
            alt(300),
            alt(200, "2023-05-20"),
        )
    )

    assert found.summary == (
        "Azathioprine: ANC 0.4 x 10^9/L on 2023-05-10 and ALT 300 U/L on 2023-05-10, on an earlier thiopurine; "
        "find the cause before the first dose"
    )
    assert len(found.do) == 2


def test_the_longest_summary_fits():
    low = (
        result(Analyte.WBC, 1.2, "2023-05-10", unit=GIGA),
        neutrophils(0.4),
        result(Analyte.PLATELETS, 40, "2023-05-10", unit=GIGA),
        alt(300),
        result(Analyte.AST, 300, "2023-05-10", unit="U/L"),
    )
    assert finding(ask(mercaptopurine(), COURSE, *low)).summary == (
        "Mercaptopurine: WBC, ANC, platelets, ALT and AST past the stop limits on an earlier thiopurine; find the "
        "cause before the first dose"
    )


def test_what_another_rule_says_of_the_newest_result_is_not_said_again():
    assert is_silent(
        ask(azathioprine(100), HELD, neutrophils(0.4, "2026-09-25"), neutrophils(0.9, "2026-11-20"))
    )


def test_what_was_so_before_any_thiopurine_is_not_laid_to_it():
    assert is_silent(ask(azathioprine(), COURSE, neutrophils(0.9, "2023-02-01"), neutrophils(0.8)))


@pytest.mark.parametrize(
    ("indication", "one"),
    [
        (Indication.LEUKEMIA, neutrophils(0.4)),
        (Indication.ACUTE_PROMYELOCYTIC_LEUKEMIA, neutrophils(0.4)),
        (Indication.LEUKEMIA, result(Analyte.PLATELETS, 40, "2023-05-10", unit=GIGA)),
        (Indication.ITP, result(Analyte.PLATELETS, 40, "2023-05-10", unit=GIGA)),
        (Indication.AUTOIMMUNE_HEPATITIS, alt(300)),
    ],
)
def test_what_is_wanted_or_the_disease_is_no_toxicity(indication, one):
    assert is_silent(ask(mercaptopurine(for_=indication), COURSE, one))
    assert is_silent(ask(mercaptopurine(), took(AZA, 100, "2023-03-01", for_=indication), one))


@pytest.mark.parametrize(
    "facts",
    [
        (azathioprine(100), taking(AZA, 100, "2023-03-01")),  # a renewal
        (taking(AZA, 100, "2023-03-01"),),
        (azathioprine(),),  # no earlier course
        (),
    ],
)
def test_it_is_not_said_on_therapy_or_without_an_earlier_course(facts):
    assert is_silent(ask(*facts, neutrophils(0.4)))


@pytest.mark.parametrize(("taken", "speaks"), [("2023-05-10", True), (str(days_ago(20)), False)])
def test_soon_after_a_drug_was_resumed_what_happened_before_is_told(taken, speaks):
    resumed = taking(AZA, 100, str(days_ago(40)), ref="MedicationRequest/resumed")

    outcome = ask(resumed, COURSE, neutrophils(0.4, taken), neutrophils(3, str(days_ago(2))))

    assert is_silent(outcome) != speaks
    if speaks:
        assert finding(outcome).summary.endswith("; find the cause before the next dose")


def test_what_is_not_sent_is_not_known():
    kinds = (FactKind.COUNTS, FactKind.LIVER)

    assert blocked_by(ask(azathioprine(), COURSE, known=unknown(*kinds))) == kinds
    assert is_silent(ask(azathioprine(), known=unknown(*kinds)))  # no earlier course


@pytest.mark.parametrize(("since", "is_enough"), [("2023-02-28", True), ("2023-03-01", False)])
def test_a_cut_page_must_reach_back_to_the_first_course(since, is_enough):
    outcome = ask(azathioprine(), COURSE, known=truncated(FactKind.COUNTS, since=since))

    assert is_silent(outcome) == is_enough


def test_without_a_recorded_start_the_last_half_year_must_be_there():
    known = truncated(FactKind.COUNTS, since=str(days_ago(181)))

    assert is_silent(ask(azathioprine(), took(AZA, 100, None), known=known))
