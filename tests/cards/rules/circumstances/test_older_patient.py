"""Is the patient of an age that asks for closer monitoring?"""

import pytest

from cards.finding import DecisionKey, DecisionKind
from cards.model.facts import FactKind
from cards.model.therapy import Drug
from cards.rules.circumstances.older_patient import older_patient
from tests.builders import azathioprine, blocked_by, case, finding, is_silent, on, taking, unknown, why

AZA, STEROID = Drug.AZATHIOPRINE, Drug.SYSTEMIC_CORTICOSTEROID


def ask(*facts, born="1948-02-11", **fields):
    return older_patient(case(*facts, born_on=on(born) if born else None, **fields))


def test_a_start_has_a_line_in_the_plan():
    found = finding(ask(azathioprine(50)))

    assert found.decision == DecisionKey(DecisionKind.PLAN, "MedicationRequest/azathioprine-draft")
    assert why(found) == ("Aged 78",)
    assert found.do == (
        "Age: At 78 years check blood counts and liver tests more often, and watch for infection (grade E).",
    )
    assert found.also == (
        "Limited experience in older patients, says the Aspen product information (grade A).",
    )


def test_a_corticosteroid_adds_the_risk_of_infection():
    found = finding(ask(taking(AZA, 50), taking(STEROID, 20)))

    assert found.decision == DecisionKey(DecisionKind.ALSO, "MedicationRequest/azathioprine")
    assert why(found) == ("Aged 78", "Systemic corticosteroid current since 2020-01-01")
    assert "infections are more often fatal in older patients" in found.do[0]


@pytest.mark.parametrize(("born", "speaks"), [("1961-11-24", True), ("1961-11-25", False)])
def test_speaks_from_the_65th_birthday_on(born, speaks):
    assert is_silent(ask(azathioprine(50), born=born)) is not speaks


def test_a_birth_year_that_may_mean_65_speaks():
    found = finding(ask(azathioprine(50), born="1961"))

    assert why(found) == ("Aged 64 or 65",)
    assert found.do[0].startswith("Age: At 64 or 65 years check blood counts")


def test_is_silent_on_renewals_and_when_no_age_is_recorded():
    assert is_silent(ask(azathioprine(50), taking(AZA, 50)))
    assert is_silent(ask(azathioprine(50), born=None))


def test_a_patient_who_was_not_sent_cannot_be_checked():
    unsent = unknown(FactKind.PATIENT)

    assert blocked_by(ask(azathioprine(50), born=None, known=unsent)) == (FactKind.PATIENT,)
