"""Are the blood counts lower than the treatment of leukaemia wants them?"""

import pytest

from cards.card import Indicator
from cards.finding import Bound, DecisionKey, DecisionKind, DoseConstraint
from cards.model.conditions import Indication, Problem
from cards.model.facts import FactKind
from cards.model.genes import Gene
from cards.model.labs import Analyte
from cards.model.proposals import OrderTests
from cards.model.tests_ordered import OrderableTest
from cards.model.therapy import Drug
from cards.rules import PATIENT_VIEW_RULES
from cards.rules.toxicity.leukaemia_counts import count_below_protocol
from tests.builders import (
    blocked_by,
    cards,
    case,
    finding,
    is_silent,
    mercaptopurine,
    missing_from,
    on_order,
    problem,
    result,
    taking,
    titles,
    unknown,
    why,
)

MP = Drug.MERCAPTOPURINE
ALL = problem(Problem.LEUKEMIA, recorded="2026-02-01")
ON_DRUG = (taking(MP, 65, "2026-04-01"), ALL)
COUNTS = unknown(FactKind.COUNTS)


def count(analyte, value, taken="2026-11-22"):
    return result(analyte, value, taken, unit="10*9/L")


def ask(*facts, **fields):
    return count_below_protocol(case(*facts, **fields))


def test_low_neutrophils_call_the_oncology_team():
    found = finding(ask(*ON_DRUG, count(Analyte.ANC, 0.3), count(Analyte.PLATELETS, 40)))

    assert found.decision == DecisionKey(DecisionKind.COUNTS, "MedicationRequest/mercaptopurine")
    assert found.indicator is Indicator.CRITICAL
    assert found.summary == (
        "Mercaptopurine: ANC 0.3 and platelets 40 x 10^9/L; withhold by protocol, call the oncology team today"
    )
    assert why(found)[:2] == (
        "ANC 0.3 x 10^9/L, limit in leukaemia 0.5",
        "Platelets 40 x 10^9/L, limit in leukaemia 50",
    )
    assert found.do == (
        "Withhold by protocol, call the oncology team today.",
        "With fever treat as neutropenic sepsis by the local protocol.",
    )
    assert found.constraints == ()
    assert found.proposals == ()


def test_the_order_then_gets_no_dose():
    found = finding(ask(mercaptopurine(65, for_=Indication.LEUKEMIA), count(Analyte.ANC, 0.3)))

    assert found.constraints == (DoseConstraint("MedicationRequest/mercaptopurine-draft", Bound.STOP),)


def test_a_count_in_the_band_is_dosed_by_protocol():
    found = finding(
        ask(mercaptopurine(65, for_=Indication.LEUKEMIA), count(Analyte.ANC, 0.6), count(Analyte.WBC, 1.9))
    )

    assert found.indicator is Indicator.INFO
    assert found.summary == "Mercaptopurine: ANC 0.6 x 10^9/L; dose by protocol"
    assert found.constraints == ()


@pytest.mark.parametrize(
    "counts",
    [
        (count(Analyte.WBC, 2.8), count(Analyte.ANC, 0.75), count(Analyte.PLATELETS, 75)),
        (count(Analyte.WBC, 1.5),),
    ],
)
def test_what_protocols_want_is_silent(counts):
    assert is_silent(ask(*ON_DRUG, *counts))
    assert titles(cards(*ON_DRUG, *counts, rules=_COUNT_RULES)) == []


_COUNT_RULES = tuple(
    rule
    for rule in PATIENT_VIEW_RULES
    if rule.id
    in ("leukaemia-counts", "severe-cytopenia", "low-counts", "counts-after-dose-cut", "count-changes")
)


def test_the_immune_limits_hold_outside_leukaemia():
    counts = (count(Analyte.WBC, 2.8), count(Analyte.ANC, 0.9))

    assert is_silent(ask(taking(MP, 65), *counts))
    assert titles(cards(taking(MP, 65), *counts, rules=_COUNT_RULES)) == [
        ("critical", "Mercaptopurine: WBC 2.8 and ANC 0.9 x 10^9/L; stop and discuss")
    ]


def test_white_cells_alone_ask_for_the_neutrophils():
    found = finding(ask(*ON_DRUG, count(Analyte.WBC, 0.8)))

    assert found.indicator is Indicator.WARNING
    assert found.summary == "Mercaptopurine: WBC 0.8 x 10^9/L; no ANC of the same day, measure it"
    assert found.proposals == (OrderTests((OrderableTest.BLOOD_COUNT,)),)


def test_a_count_on_order_is_not_ordered_again():
    assert (
        finding(ask(*ON_DRUG, count(Analyte.WBC, 0.8), on_order(OrderableTest.BLOOD_COUNT))).proposals == ()
    )


def test_unknown_genes_are_asked_for_at_a_critical_count():
    low = (*ON_DRUG, count(Analyte.ANC, 0.3))

    found = finding(ask(*low, without=(Gene.TPMT,)))

    assert found.do[2] == "Consider testing TPMT and NUDT15: TPMT not known."
    assert found.proposals == (OrderTests((OrderableTest.TPMT,)),)
    assert finding(ask(*low, on_order(OrderableTest.TPMT), without=(Gene.TPMT,))).proposals == ()
    assert finding(ask(*low, without=(Gene.TPMT,), known=unknown(FactKind.GENES))).proposals == ()


def test_both_thiopurines_share_one_card():
    found = finding(ask(*ON_DRUG, taking(Drug.THIOGUANINE, 10), count(Analyte.ANC, 0.3)))

    assert found.summary.startswith("Mercaptopurine and thioguanine: ANC 0.3 x 10^9/L; withhold")


def test_counts_that_were_not_sent_are_missed():
    assert blocked_by(ask(*ON_DRUG, known=COUNTS)) == (FactKind.COUNTS,)
    assert missing_from(ask(*ON_DRUG, count(Analyte.ANC, 0.3), known=COUNTS)) == (FactKind.COUNTS,)


def test_is_silent_without_a_thiopurine():
    assert is_silent(ask(ALL, count(Analyte.ANC, 0.3)))
