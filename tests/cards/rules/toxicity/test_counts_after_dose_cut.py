"""Have low blood counts failed to recover after the dose was cut?"""

from dataclasses import replace

import pytest

from cards.card import Indicator
from cards.finding import DecisionKey, DecisionKind
from cards.model.facts import FactKind
from cards.model.labs import Analyte
from cards.model.therapy import Drug, TherapyState
from cards.rules.toxicity.counts_after_dose_cut import no_recovery_after_dose_cut
from tests.builders import (
    azathioprine,
    blocked_by,
    case,
    finding,
    is_silent,
    missing_from,
    result,
    taking,
    truncated,
    unknown,
    why,
)

AZA = Drug.AZATHIOPRINE
BEFORE = taking(AZA, 150, "2026-03-01", ref="MedicationRequest/before")
CUT = (BEFORE, taking(AZA, 75, "2026-10-27"))


def wbc(value, taken, **fields):
    return result(Analyte.WBC, value, taken, unit="10*9/L", **fields)


LOW_BEFORE = wbc(3.3, "2026-10-26")


def ask(*facts, **fields):
    return no_recovery_after_dose_cut(case(*facts, **fields))


def test_still_low_three_weeks_after_the_cut():
    found = finding(ask(*CUT, LOW_BEFORE, wbc(3.2, "2026-11-17")))

    assert found.decision == DecisionKey(DecisionKind.COUNTS, "MedicationRequest/azathioprine")
    assert found.indicator is Indicator.WARNING
    assert found.summary == (
        "Azathioprine: WBC 3.2 x 10^9/L still low 28 days after the dose was cut; consider stopping"
    )
    assert why(found)[:3] == (
        "WBC 3.2 x 10^9/L, withhold limit 3.5",
        "WBC 3.3 x 10^9/L, before the dose was cut",
        "Dose cut from 150 to 75 mg/day",
    )
    assert (str(found.why[2].on), found.why[2].record_ref) == ("2026-10-27", "MedicationRequest/before")
    assert found.do == ("Consider stopping early: the blood count has not responded to the lower dose.",)


@pytest.mark.parametrize(("taken", "speaks"), [("2026-11-10", True), ("2026-11-09", False)])
def test_two_weeks_after_the_cut_counts_should_be_back(taken, speaks):
    assert is_silent(ask(*CUT, LOW_BEFORE, wbc(3.2, taken))) != speaks  # 27 October + 14 = 10 November


@pytest.mark.parametrize(("value", "speaks"), [(3.5, False), (3.4, True)])
def test_recovered_to_the_limit(value, speaks):
    assert is_silent(ask(*CUT, LOW_BEFORE, wbc(value, "2026-11-17"))) != speaks


@pytest.mark.parametrize(
    "before",
    [
        (),  # not known
        (wbc(3.5, "2026-10-26"),),  # not low
        (wbc(3.3, "2026-07-28"),),  # 91 days before the cut
    ],
)
def test_a_count_that_was_not_low_at_the_cut_did_not_fail_to_recover(before):
    assert is_silent(ask(*CUT, *before, wbc(3.2, "2026-11-17")))


def test_a_count_as_low_before_the_first_dose_is_not_blamed():
    assert is_silent(ask(*CUT, wbc(3.2, "2026-02-01"), LOW_BEFORE, wbc(3.2, "2026-11-17")))


HELD = tuple(replace(record, state=TherapyState.HELD) for record in CUT)


@pytest.mark.parametrize(
    "records",
    [
        (),
        (taking(AZA, 75, "2026-10-27"),),
        (taking(AZA, 50, "2026-03-01", ref="MedicationRequest/before"), taking(AZA, 75, "2026-10-27")),
        (azathioprine(75), *HELD),  # on hold: being restarted, not taken
    ],
)
def test_without_a_cut_there_is_no_question(records):
    assert is_silent(ask(*records, LOW_BEFORE, wbc(3.2, "2026-11-17")))


def test_a_renewal_of_the_lower_dose_is_told_too():
    found = finding(ask(*CUT, azathioprine(75), LOW_BEFORE, wbc(3.2, "2026-11-17")))

    assert found.decision == DecisionKey(DecisionKind.COUNTS, "MedicationRequest/azathioprine-draft")


def test_unknown_counts_are_no_all_clear():
    assert blocked_by(ask(*CUT, known=unknown(FactKind.COUNTS))) == (FactKind.COUNTS,)


def test_a_cut_page_is_told_beside_the_finding():
    outcome = ask(*CUT, LOW_BEFORE, wbc(3.2, "2026-11-17"), known=truncated(FactKind.COUNTS))

    assert missing_from(outcome) == (FactKind.COUNTS,)
