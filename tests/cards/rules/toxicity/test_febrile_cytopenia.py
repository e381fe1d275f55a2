"""Does a patient with a low blood count have a fever?"""

import pytest

from cards.card import Indicator
from cards.finding import Bound, DecisionKey, DecisionKind, DoseConstraint
from cards.model.conditions import ConditionState, Indication, Problem
from cards.model.facts import FactKind
from cards.model.labs import Analyte
from cards.model.therapy import Drug
from cards.rules.toxicity.febrile_cytopenia import fever_with_low_count
from tests.builders import (
    azathioprine,
    blocked_by,
    case,
    finding,
    findings,
    is_silent,
    mercaptopurine,
    missing_from,
    problem,
    result,
    taking,
    truncated,
    unknown,
    why,
)

AZA = Drug.AZATHIOPRINE
CRITICAL, WARNING = Indicator.CRITICAL, Indicator.WARNING
FEVER = problem(Problem.FEVER, recorded="2026-11-23")


def wbc(value, taken="2026-11-22"):
    return result(Analyte.WBC, value, taken, unit="10*9/L")


def ask(*facts, **fields):
    return fever_with_low_count(case(*facts, **fields))


def test_a_mild_cytopenia_with_fever_is_critical():
    found = finding(ask(taking(AZA, 100), wbc(3.4), FEVER))

    assert found.decision == DecisionKey(DecisionKind.COUNTS, "MedicationRequest/azathioprine")
    assert found.indicator is CRITICAL
    assert found.summary == "Azathioprine: WBC 3.4 x 10^9/L with fever; stop, treat as neutropenic sepsis"
    assert why(found)[:2] == ("WBC 3.4 x 10^9/L, withhold limit 3.5", "Fever")
    assert found.do == (
        "Stop azathioprine while fever and cytopenia last.",
        "Treat as neutropenic sepsis by the local protocol until it is excluded.",
    )
    assert found.constraints == ()


def test_exactly_at_the_limit_is_no_cytopenia():
    assert is_silent(ask(taking(AZA, 100), wbc(3.5), FEVER))


def test_a_count_as_low_before_the_drug_is_one_all_the_same():
    assert finding(ask(taking(AZA, 100, "2026-01-01"), wbc(3.2, "2025-12-01"), wbc(3.2), FEVER))


def test_before_a_start():
    found = finding(ask(azathioprine(), wbc(3.2), FEVER))

    assert found.summary == "Azathioprine: WBC 3.2 x 10^9/L with fever; do not start"
    assert found.do[0] == "Do not start azathioprine while fever and cytopenia last."
    assert found.constraints == (DoseConstraint("MedicationRequest/azathioprine-draft", Bound.STOP),)


@pytest.mark.parametrize(
    ("fever", "indicator"),
    [
        (problem(Problem.FEVER, recorded="2026-11-17"), CRITICAL),  # 7 days ago
        (problem(Problem.FEVER, recorded="2026-11-16"), None),
        (problem(Problem.FEVER), WARNING),  # no date
        (problem(Problem.FEVER, recorded="2026-11-23", is_confirmed=False), WARNING),
        (problem(Problem.FEVER, in_this_encounter=True), CRITICAL),
        (problem(Problem.FEVER, recorded="2026-11-23", state=ConditionState.RESOLVED), None),
    ],
)
def test_which_fever_is_current(fever, indicator):
    outcome = ask(taking(AZA, 100), wbc(3.2), fever)

    assert (findings(outcome)[0].indicator if indicator else is_silent(outcome)) == (indicator or True)


def test_an_undated_fever_asks_to_check():
    found = finding(ask(azathioprine(), wbc(3.2), problem(Problem.FEVER)))

    assert found.summary == (
        "Azathioprine: WBC 3.2 x 10^9/L and fever on record; check whether it is current"
    )
    assert found.constraints == ()


@pytest.mark.parametrize(
    "facts", [(wbc(3.2), FEVER), (taking(AZA, 100), wbc(3.2)), (taking(AZA, 100), FEVER)]
)
def test_each_part_is_needed(facts):
    assert is_silent(ask(*facts))


def test_unknown_counts_or_conditions_are_no_all_clear():
    kinds = (FactKind.COUNTS, FactKind.CONDITIONS)

    assert blocked_by(ask(taking(AZA, 100), known=unknown(*kinds))) == kinds


def test_a_cut_page_is_told_beside_the_finding():
    known = truncated(FactKind.CONDITIONS, since="2026-11-20")

    assert missing_from(ask(taking(AZA, 100), wbc(3.2), FEVER, known=known)) == (FactKind.CONDITIONS,)


IN_LEUKAEMIA = taking(Drug.MERCAPTOPURINE, 65, for_=Indication.LEUKEMIA)


def anc(value):
    return result(Analyte.ANC, value, "2026-11-22", unit="10*9/L")


def test_neutropenia_with_fever_in_leukaemia_calls_the_oncology_team():
    found = finding(ask(IN_LEUKAEMIA, anc(0.4), FEVER))

    assert found.decision == DecisionKey(DecisionKind.COUNTS, "MedicationRequest/mercaptopurine")
    assert found.indicator is CRITICAL
    assert found.summary == (
        "Mercaptopurine: ANC 0.4 x 10^9/L with fever; withhold by protocol, call the oncology team today"
    )
    assert found.do == (
        "Withhold by protocol, call the oncology team today.",
        "Treat as neutropenic sepsis by the local protocol until it is excluded.",
    )
    assert found.constraints == ()


@pytest.mark.parametrize(
    ("count", "speaks"),
    [
        (anc(0.5), False),
        (anc(0.49), True),
        (wbc(3.4), False),  # an immune limit
        (wbc(0.9), True),  # no neutrophils of the same day
        (result(Analyte.PLATELETS, 40, "2026-11-22"), False),  # the count's own card speaks
    ],
)
def test_fever_in_leukaemia_goes_by_the_neutrophils(count, speaks):
    assert is_silent(ask(IN_LEUKAEMIA, count, FEVER)) is not speaks


def test_an_undated_fever_in_leukaemia_asks_to_check():
    found = finding(ask(mercaptopurine(65, for_=Indication.LEUKEMIA), anc(0.4), problem(Problem.FEVER)))

    assert found.indicator is WARNING
    assert (
        found.summary == "Mercaptopurine: ANC 0.4 x 10^9/L and fever on record; check whether it is current"
    )
    assert found.constraints == ()


def test_an_order_with_fever_in_leukaemia_gets_no_dose():
    found = finding(ask(mercaptopurine(65, for_=Indication.LEUKEMIA), anc(0.4), FEVER))

    assert found.constraints == (DoseConstraint("MedicationRequest/mercaptopurine-draft", Bound.STOP),)
