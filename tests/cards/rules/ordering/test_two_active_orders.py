"""Do several active orders of one thiopurine leave it open how much is taken?"""

from cards.card import Indicator
from cards.finding import DecisionKey, DecisionKind, Fact, Finding, Reasons
from cards.model.facts import FactKind
from cards.model.therapy import Drug
from cards.rules.interactions import xanthine_oxidase_inhibitor
from cards.rules.ordering import two_active_orders
from cards.rules.ordering.two_active_orders import orders_leave_the_dose_open
from tests.builders import (
    KNOWLEDGE,
    azathioprine,
    blocked_by,
    cards,
    case,
    finding,
    is_silent,
    missing_from,
    on,
    ordered,
    tablets,
    taking,
    unknown,
)

AZA = Drug.AZATHIOPRINE
MEDICATIONS = FactKind.MEDICATIONS
DRAFT = "MedicationRequest/azathioprine-draft"
BIG = taking(AZA, 150, "2026-11-10", product=tablets(50), ref="MedicationRequest/big")
SMALL = taking(AZA, 75, "2026-11-20", product=tablets(25), ref="MedicationRequest/small")
TINY = taking(AZA, 10, "2026-11-21", product=tablets(10), ref="MedicationRequest/tiny")


def ask(*facts, **fields):
    return orders_leave_the_dose_open(case(*facts, **fields))


def test_two_orders_that_are_taken_ask_to_close_one():
    found = finding(ask(BIG, SMALL))

    assert (found.indicator, found.summary) == (
        Indicator.INFO,
        "Azathioprine: two active orders, 150 and 75 mg/day, together 225 mg/day; close one",
    )
    assert found.why == (
        Fact("Azathioprine, active order: 75 mg x 1", on("2026-11-20"), "MedicationRequest/small"),
        Fact("Azathioprine, active order: 150 mg x 1", on("2026-11-10"), "MedicationRequest/big"),
    )


def test_an_order_that_may_add_to_another_is_a_warning():
    order = azathioprine(50, product=tablets(25), authored_on=on("2026-11-24"))

    assert finding(ask(order, BIG)) == Finding(
        decision=DecisionKey(DecisionKind.DOSE, DRAFT),
        indicator=Indicator.WARNING,
        summary="Azathioprine: two active orders, 150 and 50 mg/day, together 200 mg/day; close one",
        why=(
            Fact("Azathioprine, active order: 150 mg x 1", on("2026-11-10"), "MedicationRequest/big"),
            Fact("Azathioprine, new order: 50 mg x 1", on("2026-11-24"), DRAFT),
        ),
        do=("Close the order that is not meant. If both are meant, the dose is 200 mg/day: say so on them.",),
        citations=(
            KNOWLEDGE.cite("project", "orders of different strengths: together or in turn is never guessed"),
        ),
        reasons=Reasons.DOSE,
        leads=False,
    )


def test_more_than_two_are_counted():
    assert finding(ask(BIG, SMALL, TINY)).summary == (
        "Azathioprine: three active orders, 150, 75 and 10 mg/day, together 235 mg/day; close one"
    )


def test_four_are_counted_in_figures():
    more = taking(AZA, 5, "2026-11-22", product=tablets(5), ref="MedicationRequest/more")

    assert finding(ask(BIG, SMALL, TINY, more)).summary.startswith(
        "Azathioprine: 4 active orders, 150, 75, 10 and"
    )


def test_is_silent_about_orders_that_make_one_dose():
    assert is_silent(ask(BIG))
    assert is_silent(ask(azathioprine(100, product=tablets(50)), BIG))
    assert is_silent(ask())


def test_an_unknown_medication_list_is_told():
    known = unknown(MEDICATIONS)

    assert blocked_by(ask(azathioprine(50), known=known)) == (MEDICATIONS,)
    assert missing_from(ask(BIG, SMALL, known=known)) == (MEDICATIONS,)


def test_many_orders_leave_room_for_the_act():
    many = [
        taking(AZA, 99999.5, product=tablets(strength), ref=f"MedicationRequest/{strength}")
        for strength in range(1, 13)
    ]

    assert finding(ask(*many)).summary == (
        "Azathioprine: 12 active orders, together 1199994 mg/day; close all but one"
    )


def test_statements_of_two_strengths_leave_it_open_too():
    big = taking(AZA, 150, "2026-11-10", product=tablets(50), ref="MedicationStatement/1")
    small = taking(AZA, 75, "2026-11-20", product=tablets(25), ref="MedicationStatement/2")

    assert [fact.text for fact in finding(ask(big, small)).why] == [
        "Azathioprine, on record: 75 mg x 1",
        "Azathioprine, on record: 150 mg x 1",
    ]


def test_beside_allopurinol_it_is_a_line_of_that_card():
    (card,) = (
        card
        for card in cards(
            BIG,
            SMALL,
            ordered(Drug.ALLOPURINOL, 300),
            rules=(xanthine_oxidase_inhibitor.RULE, two_active_orders.RULE),
        )
        if "orders" in card.summary
    )

    assert (card.indicator, card.rule_ids) == (
        Indicator.CRITICAL,
        ("xanthine-oxidase-inhibitor", "two-active-orders"),
    )
    assert card.detail.count("Close the order that is not meant") == 1


def test_beside_febuxostat_it_is_a_card_of_its_own():
    found = finding(ask(BIG, SMALL, ordered(Drug.FEBUXOSTAT, 80)))

    assert found.decision.kind is DecisionKind.DOSE
