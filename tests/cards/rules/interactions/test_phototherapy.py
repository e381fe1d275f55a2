"""Is ultraviolet phototherapy given or ordered together with a thiopurine?"""

import pytest

from cards.card import Indicator
from cards.finding import DecisionKey, DecisionKind
from cards.model.conditions import ProcedureKind
from cards.model.facts import FactKind
from cards.model.therapy import Drug
from cards.rules.interactions.phototherapy import phototherapy_with_thiopurine
from tests.builders import (
    azathioprine,
    blocked_by,
    case,
    days_ago,
    finding,
    is_silent,
    procedure,
    taking,
    unknown,
    why,
)

AZA, LIGHT = Drug.AZATHIOPRINE, ProcedureKind.PHOTOTHERAPY


def ask(*facts, **fields):
    return phototherapy_with_thiopurine(case(*facts, **fields))


def test_an_ordered_treatment_meets_the_drug():
    found = finding(ask(taking(AZA, 100), procedure(LIGHT, "2026-11-24", is_planned=True, text="PUVA")))

    assert found.decision == DecisionKey(DecisionKind.PHOTOTHERAPY, "MedicationRequest/azathioprine")
    assert found.indicator is Indicator.WARNING
    assert found.summary == (
        "Azathioprine with ultraviolet phototherapy (ordered): not advised together, choose one"
    )
    assert why(found)[0] == "Ultraviolet phototherapy ordered: PUVA"
    assert found.do[0].startswith(
        "Ultraviolet phototherapy (PUVA or UVB) together with azathioprine is not advised"
    )
    assert found.also == ("The FDA label: limit exposure to sunlight and ultraviolet light (grade A).",)


def test_a_treatment_given_lately_meets_an_order():
    found = finding(ask(azathioprine(50), procedure(LIGHT, "2026-11-01")))

    assert "(given lately)" in found.summary
    assert why(found)[0] == "Ultraviolet phototherapy given"


@pytest.mark.parametrize(
    ("record", "speaks"),
    [
        (procedure(LIGHT, str(days_ago(60))), True),
        (procedure(LIGHT, str(days_ago(61))), False),
        (procedure(LIGHT, None), False),
        (procedure(LIGHT, None, is_planned=True), True),
        (procedure(LIGHT, "2026-12-24", is_planned=True), True),
        (procedure(LIGHT, "2026-12-24"), False),  # given in the future: a slip
        (procedure(LIGHT, str(days_ago(61)), is_planned=True), False),
        (procedure(ProcedureKind.DIALYSIS), False),
    ],
)
def test_what_counts_as_current(record, speaks):
    assert is_silent(ask(taking(AZA, 100), record)) is not speaks


@pytest.mark.parametrize("kind", [FactKind.PROCEDURES, FactKind.ORDERED_TESTS])
def test_a_start_without_the_facts_cannot_be_checked(kind):
    assert blocked_by(ask(azathioprine(50), known=unknown(kind))) == (kind,)
    assert is_silent(ask(taking(AZA, 100), known=unknown(kind)))


def test_is_silent_without_a_thiopurine():
    assert is_silent(ask(procedure(LIGHT)))
