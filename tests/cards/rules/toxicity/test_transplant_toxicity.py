"""In a transplant recipient with a low blood count, may the threat of rejection decide the dose?"""

import pytest

from cards.card import Indicator
from cards.finding import DecisionKey, DecisionKind
from cards.model.conditions import Indication
from cards.model.facts import FactKind
from cards.model.labs import Analyte
from cards.model.therapy import Drug
from cards.rules.toxicity.transplant_toxicity import toxicity_in_transplant_recipient
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

AZA, KIDNEY = Drug.AZATHIOPRINE, Indication.KIDNEY_TRANSPLANT
RECIPIENT = taking(AZA, 100, "2026-01-01", for_=KIDNEY)
STOP = (
    "Stop for severe haematological or other toxicity, even if rejection of the graft may follow; act with the "
    "transplant team."
)


def wbc(value, taken="2026-11-20"):
    return result(Analyte.WBC, value, taken, unit="10*9/L")


def ask(*facts, **fields):
    return toxicity_in_transplant_recipient(case(*facts, **fields))


def test_no_increase_with_a_cytopenia():
    found = finding(ask(RECIPIENT, azathioprine(150, for_=KIDNEY), wbc(3.4)))

    assert found.decision == DecisionKey(DecisionKind.COUNTS, "MedicationRequest/azathioprine-draft")
    assert (found.indicator, found.leads) == (Indicator.WARNING, True)
    assert found.summary == (
        "Azathioprine 150 mg/day (1.9 mg/kg): increase with WBC 3.4 x 10^9/L; do not raise the dose"
    )
    assert why(found)[0] == "WBC 3.4 x 10^9/L, withhold limit 4"
    assert found.do == (
        "Do not raise the dose to toxic levels, even if rejection is threatened; decide with the transplant team.",
    )


def test_an_increase_with_a_severe_cytopenia_is_told_both():
    increase, stop = findings(ask(RECIPIENT, azathioprine(150, for_=KIDNEY), wbc(2.5)))

    assert why(increase)[0] == "WBC 2.5 x 10^9/L, stop limit 3"
    assert (stop.do, stop.leads) == ((STOP,), False)


@pytest.mark.parametrize(("value", "speaks"), [(4.0, False), (3.9, True)])
def test_exactly_at_the_withhold_limit(value, speaks):
    assert is_silent(ask(RECIPIENT, azathioprine(150, for_=KIDNEY), wbc(value))) != speaks


@pytest.mark.parametrize(("value", "speaks"), [(3.0, False), (2.9, True)])
def test_exactly_at_the_stop_limit(value, speaks):
    outcome = ask(RECIPIENT, wbc(value))

    assert is_silent(outcome) != speaks
    if speaks:
        assert finding(outcome).summary == (
            "Azathioprine 100 mg/day (1.3 mg/kg): WBC 2.9 x 10^9/L in a transplant recipient; stop"
        )


def test_a_count_as_low_before_the_first_dose_is_not_blamed():
    assert is_silent(ask(RECIPIENT, wbc(2.5, "2025-12-01"), wbc(2.5)))


@pytest.mark.parametrize(
    "facts",
    [
        (),
        (taking(AZA, 100, for_=Indication.CROHNS),),
        (azathioprine(150, for_=KIDNEY),),  # not taken yet
    ],
)
def test_only_a_recipient_on_the_drug(facts):
    assert is_silent(ask(*facts, wbc(2.5)))


def test_unknown_counts_are_no_all_clear():
    assert blocked_by(ask(RECIPIENT, known=unknown(FactKind.COUNTS))) == (FactKind.COUNTS,)


def test_a_cut_page_is_told_beside_the_finding():
    outcome = ask(RECIPIENT, wbc(2.5), known=truncated(FactKind.COUNTS))

    assert missing_from(outcome) == (FactKind.COUNTS,)
