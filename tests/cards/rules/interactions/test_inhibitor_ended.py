"""Did a xanthine oxidase inhibitor end so lately that it still acts on a thiopurine which starts or is raised?"""

import pytest

from cards.card import Indicator
from cards.finding import Bound, DecisionKey, DecisionKind
from cards.model.facts import FactKind
from cards.model.labs import Analyte
from cards.model.therapy import Drug, OrderIntent, TherapyState
from cards.rules.interactions.inhibitor_ended import inhibitor_still_acts
from tests.builders import (
    azathioprine,
    blocked_by,
    case,
    days_ago,
    finding,
    is_silent,
    missing_from,
    on,
    ordered,
    result,
    taking,
    thioguanine,
    took,
    unknown,
    weight,
    why,
)

AZA, ALLOPURINOL, FEBUXOSTAT = Drug.AZATHIOPRINE, Drug.ALLOPURINOL, Drug.FEBUXOSTAT
KIDNEYS_WELL = result(Analyte.EGFR, 90, "2026-11-01", unit="mL/min/{1.73_m2}")
KIDNEYS_ILL = result(Analyte.EGFR, 24, "2026-11-01", unit="mL/min/{1.73_m2}")
DRAFT = "MedicationRequest/azathioprine-draft"


def ended(days, drug=ALLOPURINOL):
    """An inhibitor with its last dose so many days ago."""
    return took(drug, since="2026-01-01", ended_on=days_ago(days), ref=f"MedicationRequest/{drug.value}")


def ask(*facts, **fields):
    return inhibitor_still_acts(case(*facts, weight(75), **fields))


def test_a_start_within_days_of_allopurinol_waits_or_is_dosed_as_beside_it():
    found = finding(ask(azathioprine(150), ended(2), KIDNEYS_WELL))

    assert found.decision == DecisionKey(DecisionKind.INTERACTION, DRAFT, ALLOPURINOL)
    assert found.indicator is Indicator.WARNING
    assert found.summary == (
        "Azathioprine 150 mg/day (2 mg/kg): allopurinol ended 2026-11-22, may act until 2026-11-29; "
        "wait, or dose as if still taken"
    )
    assert found.do[0] == (
        "Until 2026-11-29 dose azathioprine as if allopurinol were still taken, at one quarter to one third of the "
        "usual dose, or start on that day."
    )
    assert why(found)[0] == "Allopurinol ended 2026-11-22: may act until 2026-11-29"


@pytest.mark.parametrize(
    ("days", "kidneys", "is_told"),
    [
        (0, KIDNEYS_WELL, True),
        (6, KIDNEYS_WELL, True),
        (7, KIDNEYS_WELL, False),
        (7, KIDNEYS_ILL, True),
        (29, KIDNEYS_ILL, True),
        (30, KIDNEYS_ILL, False),
        (29, None, True),  # not known
        (30, None, False),
    ],
)
def test_allopurinol_acts_for_longer_where_the_kidneys_are_impaired_or_not_known(days, kidneys, is_told):
    facts = [azathioprine(150), ended(days), *([kidneys] if kidneys else [])]

    assert is_silent(ask(*facts)) is not is_told


@pytest.mark.parametrize(("days", "is_told"), [(2, True), (3, False)])
def test_febuxostat_is_gone_after_three_days(days, is_told):
    asked = ask(azathioprine(150), ended(days, FEBUXOSTAT))

    assert is_silent(asked) is not is_told


def test_beside_febuxostat_no_share_of_the_dose_is_named():
    found = finding(ask(azathioprine(150), ended(1, FEBUXOSTAT)))

    assert found.summary.endswith("febuxostat ended 2026-11-23, may act until 2026-11-26; wait")
    assert (
        found.do[0]
        == "Start or raise azathioprine on 2026-11-26 at the earliest: until then they would meet."
    )


def test_why_the_kidneys_make_it_longer_is_said():
    severe = finding(ask(azathioprine(150), ended(9), KIDNEYS_ILL))
    unknown_kidneys = finding(ask(azathioprine(150), ended(9)))

    assert why(severe)[0].endswith("may act until 2026-12-15, eGFR 24 mL/min/1.73 m2")
    assert why(unknown_kidneys)[0].endswith("may act until 2026-12-15, kidney function not known")


def test_a_stop_without_a_day_counts_to_its_latest_possible_day_and_asks():
    stopped = took(ALLOPURINOL, since="2026-09-01", ref="MedicationRequest/allopurinol")

    found = finding(ask(azathioprine(150), stopped, KIDNEYS_WELL))

    assert "allopurinol stopped, day not recorded, may act until 2026-12-01" in found.summary
    assert why(found)[0].startswith("Allopurinol stopped, day not recorded, at the latest 2026-11-24:")
    assert "Ask when the last allopurinol was taken." in found.do


def test_an_inhibitor_that_this_request_ends_acts_from_today():
    stop = ordered(ALLOPURINOL, intent=OrderIntent.END)

    found = finding(ask(azathioprine(150), taking(ALLOPURINOL), stop, KIDNEYS_WELL))

    assert "allopurinol being stopped, may act until 2026-12-01" in found.summary


def test_a_dose_low_enough_beside_the_inhibitor_is_silent():
    assert is_silent(ask(azathioprine(50), ended(2), KIDNEYS_WELL))  # a third of the standard 150 mg


@pytest.mark.parametrize(
    ("drug", "facts", "constraint"),
    [
        (ALLOPURINOL, (weight(75),), (Bound.XANTHINE_OXIDASE, 50.0)),  # a third of 150 mg
        (ALLOPURINOL, (), (Bound.XANTHINE_OXIDASE, None)),
        (FEBUXOSTAT, (weight(75),), (Bound.STOP, None)),
    ],
)
def test_no_offer_is_above_what_would_do_beside_the_inhibitor(drug, facts, constraint):
    without = () if facts else (Analyte.BODY_WEIGHT,)
    asked = inhibitor_still_acts(
        case(azathioprine(150), ended(2, drug), KIDNEYS_WELL, *facts, without=without)
    )

    (found,) = finding(asked).constraints
    assert (found.order_ref, found.bound, found.high_mg_per_day) == (
        DRAFT,
        constraint[0],
        pytest.approx(constraint[1]),
    )


@pytest.mark.parametrize(
    ("since", "is_told"),
    [("2026-11-21", True), ("2026-06-01", False)],
)
def test_of_a_therapy_taken_only_one_that_began_within_the_days_is_told(since, is_told):
    asked = ask(taking(AZA, 150, since), ended(2), KIDNEYS_WELL)

    assert is_silent(asked) is not is_told


def test_a_renewal_of_the_same_dose_is_silent_and_a_higher_one_is_told():
    before = taking(AZA, 150, "2026-06-01")

    assert is_silent(ask(azathioprine(150), before, ended(2), KIDNEYS_WELL))
    assert finding(ask(azathioprine(200), before, ended(2), KIDNEYS_WELL)).summary.startswith(
        "Azathioprine 200 mg/day"
    )


@pytest.mark.parametrize(
    "others",
    [
        (),
        (taking(ALLOPURINOL),),  # they meet: another rule
        (ended(2), ordered(ALLOPURINOL)),
        (taking(ALLOPURINOL, state=TherapyState.HELD),),
    ],
)
def test_what_is_not_ended_is_for_other_rules(others):
    assert is_silent(ask(azathioprine(150), *others, KIDNEYS_WELL))


def test_thioguanine_is_not_inactivated_by_xanthine_oxidase():
    assert is_silent(ask(thioguanine(40), ended(2), KIDNEYS_WELL))


def test_an_unknown_list_may_hide_an_inhibitor():
    known = unknown(FactKind.MEDICATIONS)

    assert blocked_by(ask(azathioprine(150), known=known)) == (FactKind.MEDICATIONS,)
    assert missing_from(ask(azathioprine(150), ended(2), known=known)) == (FactKind.MEDICATIONS,)
    assert is_silent(ask(known=known))


def test_without_a_weight_the_dose_is_not_called_low():
    asked = inhibitor_still_acts(
        case(azathioprine(50), ended(2), KIDNEYS_WELL, without=(Analyte.BODY_WEIGHT,))
    )

    assert finding(asked).summary.startswith("Azathioprine 50 mg/day")


def test_the_day_of_a_switch_is_not_invented():
    undated = taking(AZA, 150, None)

    assert is_silent(ask(undated, ended(2), KIDNEYS_WELL, born_on=on("1980-01-01")))
