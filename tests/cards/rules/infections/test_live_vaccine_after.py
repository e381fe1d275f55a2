"""Does a live vaccine meet a thiopurine that is on hold or has just ended?"""

from datetime import UTC, datetime

import pytest

from cards.card import Indicator
from cards.finding import DecisionKey, DecisionKind, Fact, Finding, Reasons
from cards.model.facts import FactKind
from cards.model.therapy import Drug, OrderIntent, TherapyState
from cards.model.vaccines import VaccineKind
from cards.rules.infections.live_vaccine_after import live_vaccine_soon_after
from tests.builders import (
    KNOWLEDGE,
    azathioprine,
    blocked_by,
    case,
    days_ago,
    finding,
    findings,
    is_silent,
    live_vaccine,
    missing_from,
    on,
    taking,
    took,
    unknown,
    why,
)

AZA, MP, TG = Drug.AZATHIOPRINE, Drug.MERCAPTOPURINE, Drug.THIOGUANINE
WARNING, INFO = Indicator.WARNING, Indicator.INFO
VACCINE = "MedicationRequest/vaccine"
MMR = live_vaccine()


def ask(*facts, **fields):
    return live_vaccine_soon_after(case(*facts, **fields))


def ended(day, drug=AZA, **fields):
    return took(drug, 100, "2025-01-01", ended_on=on(day), **fields)


def held(**fields):
    return taking(AZA, 100, fields.pop("since", "2026-11-01"), state=TherapyState.HELD, **fields)


# --- after the end


def test_a_live_vaccine_five_days_after_the_end_waits_for_the_months_of_the_label():
    assert finding(ask(MMR, ended("2026-11-19"))) == Finding(
        decision=DecisionKey(DecisionKind.VACCINE, VACCINE),
        indicator=WARNING,
        summary="Measles, mumps and rubella (live) vaccine ordered, azathioprine ended by 2026-11-19: not before "
        "2027-02-19",
        why=(
            Fact("Measles, mumps and rubella vaccine ordered, live", None, VACCINE),
            Fact("Azathioprine ended: last dose by 2026-11-19", None, "MedicationRequest/azathioprine"),
        ),
        do=(
            "No live vaccine until at least 3 months after the last dose of azathioprine: not before 2027-02-19, or "
            "ask a vaccination specialist.",
        ),
        citations=(KNOWLEDGE.live_vaccines.months_after_the_end(AZA)[1],),
        reasons=Reasons.VACCINE,
    )


@pytest.mark.parametrize(
    ("day", "silent"),
    [("2026-08-25", False), ("2026-08-24", True)],  # three months on: tomorrow, and today
)
def test_the_months_end_to_the_day(day, silent):
    assert is_silent(ask(MMR, ended(day))) is silent


def test_a_month_without_such_a_day_ends_earlier():
    as_of = datetime(2026, 11, 30, 9, 30, tzinfo=UTC)

    assert "not before 2027-02-28" in finding(ask(MMR, ended("2026-11-30"), as_of=as_of)).summary


@pytest.mark.parametrize("drug", [AZA, MP, TG])
def test_each_thiopurine_has_its_months(drug):
    assert finding(ask(MMR, ended("2026-11-19", drug))).citations == (
        KNOWLEDGE.live_vaccines.months_after_the_end(drug)[1],
    )


def test_of_several_the_one_that_ended_last_counts():
    found = finding(ask(MMR, ended("2026-09-19"), ended("2026-11-19", MP)))

    assert "mercaptopurine ended by 2026-11-19" in found.summary


def test_the_supply_is_an_end_where_no_other_is_recorded():
    found = finding(ask(MMR, took(AZA, 100, "2026-02-03", supplied_until=on("2026-10-15"))))

    assert "azathioprine ended by 2026-10-15: not before 2027-01-15" in found.summary


def test_a_supply_beyond_today_is_no_end():
    found = finding(ask(MMR, took(AZA, 100, "2026-11-01", supplied_until=on("2027-01-31"))))

    assert why(found)[-1] == "Azathioprine ended: last dose not recorded, at the latest 2026-11-24"


@pytest.mark.parametrize("since", ["2026-03-01", None])
def test_a_stop_without_a_day_asks_when_it_was(since):
    found = finding(ask(MMR, took(AZA, 100, since)))

    assert found.summary == (
        "Measles, mumps and rubella (live) vaccine ordered, azathioprine stopped, day not recorded: wait 3 months "
        "after the last dose"
    )
    assert why(found)[-1] == "Azathioprine ended: last dose not recorded, at the latest 2026-11-24"
    assert found.do == (
        "No live vaccine until at least 3 months after the last dose of azathioprine: ask when that was, or ask a "
        "vaccination specialist.",
    )


def test_a_short_name_leaves_room_to_ask():
    assert finding(ask(live_vaccine("BCG"), took(AZA, 100, "2026-03-01"))).summary == (
        "BCG (live) vaccine ordered, azathioprine stopped, day not recorded: not within 3 months of the last dose; "
        "ask when it was"
    )


@pytest.mark.parametrize(
    ("since", "silent"),
    # ended 365 days later at the latest: 2026-08-25, three months before tomorrow; 2026-08-24
    [("2025-08-25", False), ("2025-08-24", True)],
)
def test_a_stop_without_a_day_was_within_a_year_of_the_order(since, silent):
    assert is_silent(ask(MMR, took(AZA, 100, since))) is silent


def test_a_therapy_that_this_request_ends_ends_today():
    found = finding(ask(MMR, taking(AZA, 100), azathioprine(intent=OrderIntent.END)))

    assert "azathioprine ended by 2026-11-24: not before 2027-02-24" in found.summary


# --- on hold


def test_on_hold_the_therapy_is_decided_on_first():
    found = finding(ask(live_vaccine("BCG"), held()))

    assert (found.indicator, found.proposals) == (WARNING, ())
    assert found.summary == (
        "BCG (live) vaccine ordered, azathioprine on hold: not within 3 months of its last dose, nor before it is "
        "resumed"
    )
    assert found.do == (
        "No live vaccine until at least 3 months after the last dose of azathioprine, and none if azathioprine is to "
        "be resumed soon: decide on the therapy first.",
    )


@pytest.mark.parametrize(
    ("last", "indicator"),
    [({"supplied_until": days_ago(91)}, INFO), ({"supplied_until": days_ago(90)}, WARNING), ({}, WARNING)],
)
def test_a_hold_known_to_be_long_is_a_note(last, indicator):
    assert finding(ask(MMR, held(since="2024-01-01", **last))).indicator is indicator


def test_a_drug_on_hold_comes_before_one_that_ended():
    assert "azathioprine on hold" in finding(ask(MMR, held(), ended("2026-11-19", MP))).summary


# --- which vaccines


def test_a_vaccine_that_may_be_live_is_to_be_looked_at():
    found = finding(ask(live_vaccine("polio", kind=VaccineKind.UNCERTAIN), ended("2026-11-19")))

    assert found.summary == (
        "Polio vaccine ordered, azathioprine ended by 2026-11-19: may be live; not before 2027-02-19"
    )


def test_each_vaccine_has_its_finding():
    assert len(findings(ask(MMR, live_vaccine("BCG", ref="ServiceRequest/1"), ended("2026-11-19")))) == 2


@pytest.mark.parametrize(
    "facts",
    [
        (ended("2026-11-19"),),
        (live_vaccine(kind=VaccineKind.NON_LIVE), ended("2026-11-19")),
        (MMR,),
        (MMR, taking(AZA, 100), ended("2026-11-19", MP)),  # taken: another rule's question
        (MMR, azathioprine(100), held()),
    ],
)
def test_is_silent_where_no_live_vaccine_meets_a_hold_or_an_end(facts):
    assert is_silent(ask(*facts))


def test_an_unknown_medication_list_is_told():
    known = unknown(FactKind.MEDICATIONS)

    assert blocked_by(ask(MMR, known=known)) == (FactKind.MEDICATIONS,)
    assert missing_from(ask(MMR, ended("2026-11-19"), known=known)) == (FactKind.MEDICATIONS,)


def test_the_longest_names_leave_room_for_the_act():
    order = live_vaccine("measles, mumps, rubella and varicella", kind=VaccineKind.UNCERTAIN)

    assert finding(ask(order, took(MP, 50, None))).summary == (
        "Measles, mumps, rubella and varicella vaccine, mercaptopurine lately: may be live; wait 3 months after the "
        "last dose"
    )
