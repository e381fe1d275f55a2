"""Has the patient a liver disease that calls for caution with a thiopurine?"""

import pytest

from cards.card import Indicator
from cards.finding import DecisionKey, DecisionKind
from cards.model.conditions import ConditionState, Problem
from cards.model.facts import FactKind
from cards.model.therapy import Drug
from cards.rules.circumstances.liver_disease import liver_disease_with_thiopurine
from tests.builders import (
    azathioprine,
    blocked_by,
    case,
    finding,
    is_silent,
    mercaptopurine,
    problem,
    taking,
    unknown,
    why,
)

AZA = Drug.AZATHIOPRINE
DRAFT = "MedicationRequest/azathioprine-draft"
CIRRHOSIS, LIVER, SEVERE = Problem.CIRRHOSIS, Problem.LIVER_DISEASE, Problem.SEVERE_LIVER_DISEASE
CAUTION = (
    "Give azathioprine with caution in liver disease, with regular blood counts and liver tests (grade E).",
    "The metabolism of azathioprine may be impaired: consider reducing the dose. No source gives a number (grade D).",
)


def ask(*facts, **fields):
    return liver_disease_with_thiopurine(case(*facts, **fields))


def test_cirrhosis_at_a_start_is_a_warning_without_a_number():
    found = finding(ask(azathioprine(50), problem(CIRRHOSIS, recorded="2025-08-01")))

    assert found.decision == DecisionKey(DecisionKind.LIVER, DRAFT)
    assert found.indicator is Indicator.WARNING
    assert found.summary == (
        "Azathioprine 50 mg/day (0.6 mg/kg): cirrhosis on record; caution, check liver tests and blood counts"
    )
    assert why(found)[0] == "Cirrhosis"
    assert found.do == CAUTION
    assert found.constraints == ()


def test_liver_failure_names_itself_before_cirrhosis():
    found = finding(ask(azathioprine(50), problem(CIRRHOSIS), problem(SEVERE, LIVER, ref="Condition/2")))

    assert "liver failure or portal hypertension on record" in found.summary


def test_milder_disease_is_a_line_of_the_plan():
    found = finding(ask(azathioprine(50), problem(LIVER)))

    assert (found.decision, found.leads) == (DecisionKey(DecisionKind.PLAN, DRAFT), False)
    assert found.do == (f"Liver: {' '.join(CAUTION)}",)


def test_mercaptopurine_has_its_own_source():
    found = finding(ask(mercaptopurine(50), problem(LIVER)))

    assert found.also[-1].startswith("Mercaptopurine should be reduced in hepatic impairment")


def test_cirrhosis_on_a_therapy_is_a_quiet_line():
    assert finding(ask(taking(AZA, 100), problem(CIRRHOSIS))).decision == DecisionKey(
        DecisionKind.ALSO, "MedicationRequest/azathioprine"
    )


def test_a_renewal_in_cirrhosis_is_silent():
    assert is_silent(ask(azathioprine(100), taking(AZA, 100), problem(CIRRHOSIS)))


@pytest.mark.parametrize(
    "record",
    [
        problem(CIRRHOSIS, state=ConditionState.RESOLVED),
        problem(CIRRHOSIS, state=ConditionState.HISTORY),
        problem(CIRRHOSIS, is_confirmed=False),
        problem(LIVER, Problem.VENO_OCCLUSIVE_DISEASE),  # has a rule of its own
        problem(Problem.GOUT),
    ],
)
def test_is_silent_about_what_is_not_there(record):
    assert is_silent(ask(azathioprine(50), record))


def test_a_start_without_conditions_cannot_be_checked():
    assert blocked_by(ask(azathioprine(50), known=unknown(FactKind.CONDITIONS))) == (FactKind.CONDITIONS,)


def test_a_therapy_taken_on_asks_for_nothing():
    assert is_silent(ask(taking(AZA, 100), known=unknown(FactKind.CONDITIONS)))


def test_is_silent_without_a_thiopurine():
    assert is_silent(ask(problem(CIRRHOSIS)))
