"""Has the patient hepatic veno-occlusive disease?"""

import pytest

from cards.card import Indicator
from cards.finding import Bound, DecisionKey, DecisionKind, DoseConstraint
from cards.model.conditions import ConditionState, Problem
from cards.model.facts import FactKind
from cards.model.therapy import Drug
from cards.rules.toxicity.veno_occlusive_disease import veno_occlusive_disease_with_thiopurine
from tests.builders import azathioprine, blocked_by, case, finding, is_silent, problem, taking, unknown, why

AZA, VOD = Drug.AZATHIOPRINE, Problem.VENO_OCCLUSIVE_DISEASE
CRITICAL, WARNING = Indicator.CRITICAL, Indicator.WARNING
DRAFT = "MedicationRequest/azathioprine-draft"


def ask(*facts, **fields):
    return veno_occlusive_disease_with_thiopurine(case(*facts, **fields))


def test_an_order_is_not_to_be_given():
    found = finding(ask(azathioprine(100), problem(VOD, recorded="2026-10-01")))

    assert (found.decision, found.indicator) == (
        DecisionKey(DecisionKind.VENO_OCCLUSIVE_DISEASE, DRAFT),
        CRITICAL,
    )
    assert found.summary == "Azathioprine: hepatic veno-occlusive disease on record; do not give"
    assert why(found)[0] == "Hepatic veno-occlusive disease, active"
    assert found.do == (
        "Discontinue azathioprine permanently: hepatic veno-occlusive disease (sinusoidal obstruction) is a reason "
        "not to give it again (grade D).",
    )
    assert found.constraints == (DoseConstraint(DRAFT, Bound.STOP),)


def test_a_therapy_is_to_be_discontinued():
    found = finding(ask(taking(AZA, 100), problem(VOD)))

    assert found.summary == "Azathioprine: hepatic veno-occlusive disease on record; discontinue it for good"
    assert (found.indicator, found.constraints) == (CRITICAL, ())


@pytest.mark.parametrize(
    ("record", "status"),
    [
        (problem(VOD, is_confirmed=False), "suspected"),
        (problem(VOD, state=ConditionState.RESOLVED), "in the past"),
        (problem(VOD, state=ConditionState.HISTORY), "in the past"),
    ],
)
def test_what_is_past_or_suspected_asks_to_find_out(record, status):
    found = finding(ask(azathioprine(100), record))

    assert (found.indicator, found.constraints) == (WARNING, ())
    assert found.summary == (
        f"Azathioprine: hepatic veno-occlusive disease {status}; find out whether a thiopurine was its cause"
    )
    assert found.do[0].startswith("If azathioprine or another thiopurine was its cause")


def test_an_unconfirmed_record_says_so():
    assert why(finding(ask(azathioprine(100), problem(VOD, is_confirmed=False))))[0].endswith(
        "active, not confirmed"
    )


def test_without_conditions_it_cannot_be_checked():
    assert blocked_by(ask(taking(AZA, 100), known=unknown(FactKind.CONDITIONS))) == (FactKind.CONDITIONS,)


def test_is_silent_without_the_disease_or_without_a_thiopurine():
    assert is_silent(ask(azathioprine(100), problem(Problem.LIVER_DISEASE)))
    assert is_silent(ask(problem(VOD)))
