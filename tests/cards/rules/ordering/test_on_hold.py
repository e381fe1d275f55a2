"""Does a thiopurine meet a xanthine oxidase inhibitor once the one on hold is resumed?"""

import pytest

from cards.card import Indicator
from cards.finding import DecisionKey, DecisionKind, Fact, Finding, Reasons
from cards.model.facts import FactKind
from cards.model.therapy import Drug, OrderIntent, TherapyState
from cards.rules.ordering.on_hold import resumed_into_an_interaction
from tests.builders import (
    KNOWLEDGE,
    azathioprine,
    blocked_by,
    case,
    finding,
    findings,
    is_silent,
    mercaptopurine,
    ordered,
    taking,
    thioguanine,
    took,
    unknown,
)

AZA, MP, ALLOPURINOL, FEBUXOSTAT = Drug.AZATHIOPRINE, Drug.MERCAPTOPURINE, Drug.ALLOPURINOL, Drug.FEBUXOSTAT
DRAFT = "MedicationRequest/azathioprine-draft"


def held(drug, since="2026-10-01"):
    return taking(drug, 100, since, state=TherapyState.HELD)


def ask(*facts, **fields):
    return resumed_into_an_interaction(case(*facts, **fields))


def test_allopurinol_ordered_while_azathioprine_is_on_hold():
    assert finding(ask(ordered(ALLOPURINOL, 300), held(AZA))) == Finding(
        decision=DecisionKey(DecisionKind.INTERACTION, "MedicationRequest/azathioprine", "allopurinol"),
        indicator=Indicator.WARNING,
        summary="Azathioprine on hold, allopurinol ordered: cut its dose before it is resumed",
        why=(
            Fact("Allopurinol ordered", record_ref="MedicationRequest/allopurinol-draft"),
            Fact(
                "Azathioprine on hold, first recorded 2026-10-01", record_ref="MedicationRequest/azathioprine"
            ),
        ),
        do=(
            "Before azathioprine is resumed: give azathioprine at one quarter to one third of the usual dose, or keep "
            "the two apart. Write it on the order on hold.",
            "Then check blood counts weekly at first.",
        ),
        citations=(KNOWLEDGE.interactions.interaction(ALLOPURINOL, AZA).citation,),
        reasons=Reasons.INTERACTION,
    )


def test_azathioprine_ordered_while_allopurinol_is_on_hold():
    found = finding(ask(azathioprine(150), held(ALLOPURINOL, None)))

    assert (found.decision, found.indicator) == (
        DecisionKey(DecisionKind.INTERACTION, DRAFT, "allopurinol"),
        Indicator.WARNING,
    )
    assert found.summary == (
        "Azathioprine ordered, allopurinol on hold: cut the dose of azathioprine before allopurinol is resumed"
    )
    assert found.why[-1] == Fact("Allopurinol on hold", record_ref="MedicationRequest/allopurinol")
    assert found.proposals == ()


@pytest.mark.parametrize(
    ("facts", "summary"),
    [
        (
            (ordered(FEBUXOSTAT, 80), held(AZA)),
            "Azathioprine on hold, febuxostat ordered: contraindicated, do not resume azathioprine",
        ),
        (
            (mercaptopurine(50), held(FEBUXOSTAT)),
            "Mercaptopurine ordered, febuxostat on hold: contraindicated, do not resume febuxostat",
        ),
        (
            (ordered(Drug.LESINURAD_ALLOPURINOL, 200), held(MP)),
            "Mercaptopurine on hold, lesinurad/allopurinol ordered: cut its dose before it is resumed",
        ),
    ],
)
def test_each_inhibitor_counts_in_both_directions(facts, summary):
    assert finding(ask(*facts)).summary == summary


def test_what_is_contraindicated_is_not_resumed():
    assert finding(ask(ordered(FEBUXOSTAT, 80), held(AZA))).do == (
        "Azathioprine and febuxostat are contraindicated together: end the azathioprine order, or choose another drug "
        "instead of febuxostat before it is resumed.",
    )


def test_each_pair_has_its_finding():
    assert len(findings(ask(ordered(ALLOPURINOL, 300), held(AZA), held(MP)))) == 2


@pytest.mark.parametrize(
    "facts",
    [
        (ordered(ALLOPURINOL, 300), taking(AZA, 100)),  # taken: another rule's question
        (ordered(ALLOPURINOL, 300), took(AZA, 100)),
        (ordered(ALLOPURINOL, 300), held(Drug.THIOGUANINE)),
        (thioguanine(40), held(ALLOPURINOL)),
        (azathioprine(100), held(ALLOPURINOL), ordered(ALLOPURINOL, 300)),  # being resumed
        (ordered(ALLOPURINOL, 300), held(AZA), azathioprine(intent=OrderIntent.END)),
        (azathioprine(100), held(ALLOPURINOL), ordered(ALLOPURINOL, intent=OrderIntent.END)),
        (taking(AZA, 100), held(ALLOPURINOL)),  # nothing is ordered
        (held(AZA), held(ALLOPURINOL)),
    ],
)
def test_is_silent_where_nothing_on_hold_meets_an_order(facts):
    assert is_silent(ask(*facts))


def test_an_unknown_medication_list_is_told_where_it_matters():
    known = unknown(FactKind.MEDICATIONS)

    assert blocked_by(ask(azathioprine(100), known=known)) == (FactKind.MEDICATIONS,)
    assert blocked_by(ask(ordered(ALLOPURINOL, 300), known=known)) == (FactKind.MEDICATIONS,)
    assert is_silent(ask(known=known))
