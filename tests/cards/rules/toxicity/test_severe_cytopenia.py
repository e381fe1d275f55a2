"""Are the blood counts so low that a thiopurine has to stop?"""

import pytest

from cards.card import Indicator
from cards.finding import Bound, DecisionKey, DecisionKind, DoseConstraint, Reasons
from cards.knowledge.monitoring import Tier
from cards.model.conditions import Indication, Problem
from cards.model.facts import FactKind
from cards.model.genes import Gene
from cards.model.labs import Analyte
from cards.model.proposals import OrderTests
from cards.model.protocol import Group, Protocol
from cards.model.tests_ordered import OrderableTest
from cards.model.therapy import Drug, OrderIntent, TherapyState
from cards.rules.toxicity.severe_cytopenia import count_below_stop_limit
from tests.builders import (
    KNOWLEDGE,
    azathioprine,
    blocked_by,
    case,
    days_ago,
    finding,
    findings,
    is_silent,
    mercaptopurine,
    missing_from,
    on_order,
    problem,
    result,
    taking,
    took,
    truncated,
    unknown,
    why,
)

AZA, MP = Drug.AZATHIOPRINE, Drug.MERCAPTOPURINE
CRITICAL, WARNING = Indicator.CRITICAL, Indicator.WARNING
COUNTS = FactKind.COUNTS


def count(analyte, value, taken="2026-11-20", **fields):
    return result(analyte, value, taken, unit="10*9/L", **fields)


def wbc(value, taken="2026-11-20", **fields):
    return count(Analyte.WBC, value, taken, **fields)


def platelets(value, taken="2026-11-20", **fields):
    return count(Analyte.PLATELETS, value, taken, **fields)


def ask(*facts, **fields):
    return count_below_stop_limit(case(*facts, **fields))


def test_a_low_count_on_the_drug_asks_to_stop():
    found = finding(ask(taking(AZA, 100), wbc(2.1)))

    assert found.decision == DecisionKey(DecisionKind.COUNTS, "MedicationRequest/azathioprine")
    assert found.indicator is CRITICAL
    assert found.summary == "Azathioprine: WBC 2.1 x 10^9/L; stop and discuss"
    assert why(found)[0] == "WBC 2.1 x 10^9/L, stop limit 3"
    assert (str(found.why[0].on), found.why[0].record_ref) == ("2026-11-20", "Observation/wbc-2026-11-20")
    assert found.do == (
        "Stop azathioprine and discuss with the treating specialist; recheck the count. With fever: treat as "
        "neutropenic sepsis by the local protocol.",
    )
    assert found.citations == (
        KNOWLEDGE.monitoring.count_limits(Tier.STOP, Protocol(Group.IMMUNE))[0].citation,
        KNOWLEDGE.cite("project", "tiers: stop below the lowest published limits"),
    )
    assert (found.reasons, found.constraints, found.proposals) == (Reasons.STOP, (), ())


def test_a_low_count_before_a_start_asks_not_to_start():
    found = finding(ask(azathioprine(), wbc(2.1)))

    assert found.summary == "Azathioprine: WBC 2.1 x 10^9/L; do not start"
    assert found.do == ("Do not start azathioprine until the count has recovered or its cause is known.",)
    assert found.constraints == (DoseConstraint("MedicationRequest/azathioprine-draft", Bound.STOP),)


def test_a_low_count_at_a_renewal_asks_to_stop():
    assert finding(ask(azathioprine(100), taking(AZA, 100), wbc(2.1))).summary.endswith("stop and discuss")


def test_all_low_counts_make_one_finding():
    found = finding(ask(taking(AZA), wbc(2.1), count(Analyte.ANC, 0.8), platelets(60)))

    assert found.summary == "Azathioprine: WBC 2.1, ANC 0.8 and platelets 60 x 10^9/L; stop and discuss"


@pytest.mark.parametrize(
    ("analyte", "value", "fires"),
    [
        (Analyte.WBC, 2.9, True),
        (Analyte.WBC, 2.94, True),  # prints as 2.9
        (Analyte.WBC, 2.95, False),  # prints as 3
        (Analyte.WBC, 3.0, False),
        (Analyte.ANC, 0.9, True),
        (Analyte.ANC, 0.95, False),  # prints as 1
        (Analyte.ANC, 1.0, False),
        (Analyte.PLATELETS, 99.9, True),
        (Analyte.PLATELETS, 100, False),
        (Analyte.HEMOGLOBIN, 1.0, False),
    ],
)
def test_the_printed_count_is_compared_with_the_limit(analyte, value, fires):
    assert is_silent(ask(taking(AZA), count(analyte, value))) is not fires


@pytest.mark.parametrize(
    ("comparator", "value", "fires"),
    [("<", 3.0, True), ("<", 3.1, False), ("<=", 2.9, True), ("<=", 3.0, False), (">", 1.0, False)],
)
def test_a_bound_counts_where_it_is_surely_below(comparator, value, fires):
    outcome = ask(taking(AZA), wbc(value, comparator=comparator))

    assert is_silent(outcome) is not fires


def test_a_bound_is_printed_as_one():
    assert "WBC <2 x" in finding(ask(taking(AZA), wbc(2.0, comparator="<"))).summary


@pytest.mark.parametrize(("days", "fires"), [(90, True), (91, False)])
def test_only_a_recent_count_counts(days, fires):
    assert is_silent(ask(taking(AZA), wbc(2.0, str(days_ago(days))))) is not fires


def test_the_newest_count_decides():
    assert is_silent(ask(taking(AZA), wbc(2.0, "2026-11-01"), wbc(4.0, "2026-11-20")))
    assert not is_silent(ask(taking(AZA), wbc(4.0, "2026-11-01"), wbc(2.0, "2026-11-20")))


def test_an_undated_count_does_not_count():
    assert is_silent(ask(taking(AZA), wbc(2.0, None)))


def test_a_preliminary_count_says_so():
    found = finding(ask(taking(AZA), wbc(2.0, is_preliminary=True)))

    assert why(found)[0] == "WBC 2 x 10^9/L, preliminary, stop limit 3"


# --- as low before the drug


def test_a_count_as_low_before_the_first_dose_is_not_blamed_on_the_drug():
    found = finding(
        ask(azathioprine(100), taking(AZA, 100, "2026-01-10"), platelets(55, "2026-01-05"), platelets(60))
    )

    assert found.indicator is WARNING
    assert found.summary == (
        "Azathioprine: platelets 60 x 10^9/L; as low before the first dose; review with the treating specialist"
    )
    assert why(found)[:2] == (
        "Platelets 60 x 10^9/L, stop limit 100",
        "Platelets 55 x 10^9/L, before the first dose",
    )
    assert found.do[0].startswith(
        "The count was as low before the first dose of a thiopurine: azathioprine may"
    )


@pytest.mark.parametrize(
    ("before", "now", "indicator"),
    [
        (wbc(2.5, "2026-01-05"), wbc(2.5), WARNING),  # no lower than before
        (wbc(2.5, "2026-01-05"), wbc(2.4), CRITICAL),
        (wbc(3.0, "2026-01-05"), wbc(2.9), CRITICAL),  # not below the limit before
        (wbc(2.5, "2026-01-10"), wbc(2.5), WARNING),  # on the day of the first dose
        (wbc(2.5, "2026-01-11"), wbc(2.5), CRITICAL),
        (wbc(2.5, None), wbc(2.5), CRITICAL),  # nobody knows when
        (wbc(2.0, "2026-01-05", comparator="<"), wbc(2.5), WARNING),
        (wbc(0.9, "2026-01-05"), wbc(1.0, comparator="<"), CRITICAL),  # may be far lower now
        (wbc(2.0, "2026-01-05", comparator=">"), wbc(2.5), CRITICAL),  # may have been normal
    ],
)
def test_only_a_count_surely_as_low_before_explains_it(before, now, indicator):
    assert finding(ask(taking(AZA, since="2026-01-10"), before, now)).indicator is indicator


def test_one_new_fall_among_old_ones_is_critical():
    facts = (platelets(55, "2026-01-05"), platelets(60), wbc(5, "2026-01-05"), wbc(2.0))

    assert finding(ask(taking(AZA, since="2026-01-10"), *facts)).indicator is CRITICAL


@pytest.mark.parametrize(
    "earlier",
    [
        took(AZA, since="2025-01-01", ended_on=days_ago(500), ref="MedicationRequest/old"),
        took(MP, since="2025-01-01", ended_on=days_ago(400)),
        took(MP, since=None),
    ],
)
def test_a_count_during_an_earlier_thiopurine_explains_nothing(earlier):
    facts = (taking(AZA, since="2026-01-10"), earlier, wbc(2.5, "2026-01-05"), wbc(2.5))

    assert finding(ask(*facts)).indicator is CRITICAL


def test_a_planned_thiopurine_is_no_earlier_dose():
    planned = taking(MP, since="2020-01-01", state=TherapyState.PLANNED)
    facts = (taking(AZA, since="2026-01-10"), planned, wbc(2.5, "2026-01-05"), wbc(2.5))

    assert finding(ask(*facts)).indicator is WARNING


def test_without_the_whole_medication_list_the_first_dose_is_not_known():
    facts = (taking(AZA, since="2026-01-10"), wbc(2.5, "2026-01-05"), wbc(2.5))

    assert finding(ask(*facts, known=truncated(FactKind.MEDICATIONS))).indicator is CRITICAL


def test_platelets_in_itp_are_the_disease_before_a_start():
    itp = problem(Problem.ITP)

    assert is_silent(ask(azathioprine(for_=Indication.ITP), platelets(20)))
    assert is_silent(ask(azathioprine(), itp, platelets(20)))
    assert not is_silent(ask(azathioprine(for_=Indication.ITP), wbc(2.0)))
    assert finding(ask(taking(AZA), itp, platelets(20))).indicator is CRITICAL
    assert is_silent(ask(azathioprine(), itp, took(AZA, since="2020-01-01"), platelets(20)))


# --- genes


def test_an_unknown_gene_asks_for_both_and_offers_the_missing_one():
    found = finding(ask(taking(AZA), wbc(2.0), without=(Gene.NUDT15,)))

    assert found.do[1] == "Consider testing TPMT and NUDT15: NUDT15 not known."
    assert found.proposals == (OrderTests((OrderableTest.NUDT15,)),)


def test_both_unknown_genes_are_offered():
    found = finding(ask(taking(AZA), wbc(2.0), without=tuple(Gene)))

    assert found.proposals == (OrderTests((OrderableTest.TPMT, OrderableTest.NUDT15)),)


def test_a_test_on_order_is_not_offered_again():
    found = finding(ask(taking(AZA), wbc(2.0), on_order(OrderableTest.NUDT15), without=tuple(Gene)))

    assert found.proposals == (OrderTests((OrderableTest.TPMT,)),)


def test_no_test_is_offered_where_the_results_could_not_be_looked_up():
    found = finding(ask(taking(AZA), wbc(2.0), without=tuple(Gene), known=unknown(FactKind.GENES)))

    assert found.proposals == ()
    assert found.do[1] == "Consider testing TPMT and NUDT15: TPMT and NUDT15 not known."


# --- silence and gaps


@pytest.mark.parametrize(
    "facts",
    [
        (wbc(1.0),),
        (taking(AZA),),
        (taking(AZA), wbc(4.0), platelets(200)),
        (azathioprine(intent=OrderIntent.END), taking(AZA), wbc(1.0)),
    ],
)
def test_is_silent_without_a_low_count_and_a_thiopurine(facts):
    assert is_silent(ask(*facts))


def test_each_thiopurine_has_its_finding():
    assert len(findings(ask(mercaptopurine(), taking(AZA), wbc(2.0)))) == 2


def test_cannot_tell_without_the_counts():
    assert blocked_by(ask(taking(AZA), known=unknown(COUNTS))) == (COUNTS,)
    assert missing_from(ask(taking(AZA), wbc(2.0), known=unknown(COUNTS))) == (COUNTS,)
    assert is_silent(ask(known=unknown(COUNTS)))


@pytest.mark.parametrize(("since", "is_blocked"), [("2026-08-25", False), ("2026-08-26", True), (None, True)])
def test_a_cut_page_has_to_reach_back_beyond_ninety_days(since, is_blocked):
    outcome = ask(taking(AZA), wbc(5.0), known=truncated(COUNTS, since=since))

    assert is_silent(outcome) is not is_blocked


@pytest.mark.parametrize(
    ("for_", "team"),
    [(Indication.KIDNEY_TRANSPLANT, "transplant team"), (Indication.CROHNS, "treating specialist")],
)
def test_the_team_of_the_group_is_named(for_, team):
    found = finding(ask(taking(Drug.AZATHIOPRINE, 100, "2026-01-01", for_=for_), wbc(2.5)))
    older = finding(
        ask(taking(Drug.AZATHIOPRINE, 100, "2026-01-01", for_=for_), wbc(2.5), wbc(2.5, "2025-12-01"))
    )

    assert found.do[0].startswith(f"Stop azathioprine and discuss with the {team};")
    assert older.summary.endswith(f"review with the {team}")
