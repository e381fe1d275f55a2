"""Are the blood counts low enough to reduce or withhold a thiopurine?"""

import pytest

from cards.card import Indicator
from cards.finding import DecisionKey, DecisionKind
from cards.knowledge.monitoring import Tier
from cards.model.conditions import Indication, Problem
from cards.model.facts import FactKind
from cards.model.genes import Gene
from cards.model.labs import Analyte
from cards.model.proposals import OrderTests
from cards.model.protocol import Group, Protocol
from cards.model.tests_ordered import OrderableTest
from cards.model.therapy import Drug
from cards.rules.toxicity.low_counts import count_below_withhold_limit
from tests.builders import (
    KNOWLEDGE,
    azathioprine,
    blocked_by,
    case,
    finding,
    is_silent,
    missing_from,
    on_order,
    problem,
    result,
    taking,
    truncated,
    unknown,
    why,
)

AZA, MP = Drug.AZATHIOPRINE, Drug.MERCAPTOPURINE
RECHECK = OrderTests((OrderableTest.BLOOD_COUNT,))


def count(analyte, value, taken="2026-11-20", **fields):
    return result(analyte, value, taken, unit="10*9/L", **fields)


def wbc(value, taken="2026-11-20", **fields):
    return count(Analyte.WBC, value, taken, **fields)


def ask(*facts, **fields):
    return count_below_withhold_limit(case(*facts, **fields))


def test_a_mild_cytopenia_on_the_drug():
    found = finding(ask(taking(AZA, 100), wbc(3.2)))

    assert found.decision == DecisionKey(DecisionKind.COUNTS, "MedicationRequest/azathioprine")
    assert (found.indicator, found.leads) == (Indicator.WARNING, True)
    assert found.summary == "Azathioprine: WBC 3.2 x 10^9/L; reduce or withhold, and recheck"
    assert why(found)[0] == "WBC 3.2 x 10^9/L, withhold limit 3.5"
    assert found.do == (
        "Reduce the dose or withhold it and discuss with the treating specialist; recheck the count.",
    )
    assert found.also == (
        "The clinical summary: reduce the dose in a mild cytopenia and stop in a severe one (grade E).",
        "The clinical summary calls leucopenia below 2.5 x 10^9/L significant (grade E): guidelines act earlier, "
        "at the limit here.",
    )
    assert (
        found.citations[0]
        == KNOWLEDGE.monitoring.count_limits(Tier.WITHHOLD, Protocol(Group.IMMUNE))[0].citation
    )
    assert found.proposals == (RECHECK,)
    assert found.constraints == ()


@pytest.mark.parametrize(
    ("analyte", "value", "low"),
    [
        (Analyte.WBC, 3.5, False),
        (Analyte.WBC, 3.45, False),  # prints as 3.5
        (Analyte.WBC, 3.44, True),  # prints as 3.4
        (Analyte.WBC, 3.0, True),  # not below the stop limit
        (Analyte.ANC, 1.6, False),
        (Analyte.ANC, 1.5, True),
        (Analyte.PLATELETS, 140, False),
        (Analyte.PLATELETS, 139, True),
    ],
)
def test_exactly_at_the_limits(analyte, value, low):
    assert is_silent(ask(taking(AZA, 100), count(analyte, value))) != low


@pytest.mark.parametrize(("comparator", "value", "low"), [("<", 3.5, True), (">", 1.0, False)])
def test_bounds(comparator, value, low):
    assert is_silent(ask(taking(AZA, 100), wbc(value, comparator=comparator))) != low


@pytest.mark.parametrize(("taken", "low"), [("2026-08-26", True), ("2026-08-25", False), (None, False)])
def test_only_a_count_of_the_last_90_days_is_judged(taken, low):
    assert is_silent(ask(taking(AZA, 100), wbc(3.2, taken))) != low


def test_several_counts_are_one_finding():
    found = finding(ask(taking(AZA, 100), wbc(3.2), count(Analyte.PLATELETS, 120)))

    assert found.summary == (
        "Azathioprine: WBC 3.2 and platelets 120 x 10^9/L; reduce or withhold, and recheck"
    )


def test_before_a_start_the_cause_is_asked_for():
    found = finding(ask(azathioprine(), wbc(3.2)))

    assert found.summary == "Azathioprine: WBC 3.2 x 10^9/L; find the cause before the first dose"
    assert found.do == ("Find the cause of the low count before the first dose.",)


def test_an_increase_is_told_not_to():
    found = finding(ask(taking(AZA, 100), azathioprine(150), wbc(3.2)))

    assert found.summary == "Azathioprine: WBC 3.2 x 10^9/L; no increase, reduce or withhold"


def test_a_reduction_in_the_order_is_part_of_the_remedy():
    found = finding(ask(taking(AZA, 150), azathioprine(100), wbc(3.2)))

    assert found.indicator is Indicator.INFO
    assert found.summary == "Azathioprine: WBC 3.2 x 10^9/L; dose lowered by this order, recheck"
    assert found.do == ("This order lowers the dose: recheck the count after it.",)


def test_a_count_as_low_before_the_first_dose_is_not_blamed():
    therapy = taking(AZA, 100, "2026-01-01")

    assert is_silent(ask(therapy, wbc(3.2, "2025-12-01"), wbc(3.2)))
    assert is_silent(ask(therapy, wbc(3.2, "2025-12-01"), wbc(3.4)))


def test_a_count_lower_than_before_is_shown_beside_it():
    found = finding(ask(taking(AZA, 100, "2026-01-01"), wbc(3.4, "2025-12-01"), wbc(3.2)))

    assert why(found)[:2] == (
        "WBC 3.2 x 10^9/L, withhold limit 3.5",
        "WBC 3.4 x 10^9/L, before the first dose",
    )


def test_platelets_before_a_start_in_thrombocytopenia_are_the_disease():
    assert is_silent(ask(azathioprine(for_=Indication.ITP), count(Analyte.PLATELETS, 110)))
    assert finding(ask(taking(AZA, 100, for_=Indication.ITP), count(Analyte.PLATELETS, 110)))


def test_beside_a_severe_count_it_only_adds_its_values():
    found = finding(ask(taking(AZA, 100), wbc(2.5), count(Analyte.PLATELETS, 120)))

    assert (found.leads, found.do, found.also, found.proposals) == (False, (), (), ())
    assert why(found) == ("Platelets 120 x 10^9/L, withhold limit 140",)
    assert found.summary == "Azathioprine: platelets 120 x 10^9/L; reduce or withhold, and recheck"


def test_a_severe_count_alone_is_left_to_its_own_rule():
    assert is_silent(ask(taking(AZA, 100), wbc(2.5)))


@pytest.mark.parametrize(("recorded", "leads"), [("2026-11-20", False), (None, True)])
def test_beside_a_sure_fever_it_only_adds_its_values(recorded, leads):
    fever = problem(Problem.FEVER, **({"recorded": recorded} if recorded else {}))

    assert finding(ask(taking(AZA, 100), wbc(3.2), fever)).leads == leads


def test_unknown_genes_are_offered():
    found = finding(ask(taking(AZA, 100), wbc(3.2), without=list(Gene)))

    assert found.do[1] == "TPMT and NUDT15 not known: consider testing both TPMT and NUDT15."
    assert found.proposals == (
        OrderTests((OrderableTest.BLOOD_COUNT, OrderableTest.TPMT, OrderableTest.NUDT15)),
    )


def test_genes_that_were_not_sent_are_not_ordered():
    outcome = ask(taking(AZA, 100), wbc(3.2), without=list(Gene), known=unknown(FactKind.GENES))

    assert finding(outcome).proposals == (RECHECK,)


def test_what_is_on_order_is_not_offered():
    facts = taking(AZA, 100), wbc(3.2), on_order(OrderableTest.BLOOD_COUNT, OrderableTest.TPMT)

    assert finding(ask(*facts)).proposals == ()
    assert finding(ask(*facts, without=list(Gene))).proposals == (OrderTests((OrderableTest.NUDT15,)),)


def test_mercaptopurine_has_another_limit_beside():
    found = finding(ask(taking(MP, 75), wbc(3.2)))

    assert found.also[-1] == "For mercaptopurine the limit for neutrophils is 2.0 x 10^9/L (grade B)."
    assert found.citations[-1].source.key == "sps-mercaptopurine"


def test_without_a_thiopurine_there_is_no_question():
    assert is_silent(ask(wbc(3.2)))


@pytest.mark.parametrize("known", [unknown(FactKind.COUNTS), truncated(FactKind.COUNTS)])
def test_unknown_counts_are_no_all_clear(known):
    assert blocked_by(ask(taking(AZA, 100), known=known)) == (FactKind.COUNTS,)


def test_a_low_count_on_a_cut_page_is_said():
    assert missing_from(ask(taking(AZA, 100), wbc(3.2), known=truncated(FactKind.COUNTS))) == (
        FactKind.COUNTS,
    )


@pytest.mark.parametrize(("value", "fires"), [(4.0, False), (3.9, True)])
def test_after_a_transplantation_white_cells_below_four_ask_to_reduce_with_its_team(value, fires):
    outcome = ask(taking(Drug.AZATHIOPRINE, 100, "2026-01-01", for_=Indication.KIDNEY_TRANSPLANT), wbc(value))

    assert is_silent(outcome) is not fires
    if fires:
        assert "Agree the change with the transplant team." in finding(outcome).do


def test_the_transplant_team_is_not_named_where_no_transplant_is_the_reason():
    outcome = ask(taking(Drug.AZATHIOPRINE, 100, "2026-01-01", for_=Indication.CROHNS), wbc(3.4))

    assert not any("transplant" in line for line in finding(outcome).do)
