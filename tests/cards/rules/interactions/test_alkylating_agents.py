"""Has a patient with rheumatoid arthritis been treated with an alkylating agent?"""

import pytest

from cards.card import Indicator
from cards.finding import Bound, DecisionKey, DecisionKind, DoseConstraint
from cards.model.conditions import Indication
from cards.model.facts import FactKind
from cards.model.therapy import Drug, TherapyState
from cards.rules.interactions.alkylating_agents import alkylating_agent_in_arthritis
from tests.builders import (
    azathioprine,
    blocked_by,
    case,
    finding,
    is_silent,
    ordered,
    taking,
    took,
    unknown,
    why,
)

AZA, CYCLOPHOSPHAMIDE = Drug.AZATHIOPRINE, Drug.CYCLOPHOSPHAMIDE
ARTHRITIS = Indication.RHEUMATOID_ARTHRITIS
CRITICAL, WARNING = Indicator.CRITICAL, Indicator.WARNING
DRAFT = "MedicationRequest/azathioprine-draft"


def ask(*facts, **fields):
    return alkylating_agent_in_arthritis(case(*facts, **fields))


def test_a_start_after_one_is_critical():
    found = finding(ask(azathioprine(50, for_=ARTHRITIS), took(CYCLOPHOSPHAMIDE, since="2019-02-01")))

    assert (found.decision, found.indicator) == (DecisionKey(DecisionKind.ALKYLATING_AGENTS, DRAFT), CRITICAL)
    assert found.summary == (
        "Azathioprine for rheumatoid arthritis after cyclophosphamide: risk of malignancy; choose another drug"
    )
    assert why(found)[:2] == ("Cyclophosphamide, past", "Rheumatoid arthritis")
    assert found.do == (
        "Rheumatoid arthritis previously treated with an alkylating agent: azathioprine may carry a prohibitive risk "
        "of malignancy. Choose another drug (grade A).",
    )
    assert found.constraints == (DoseConstraint(DRAFT, Bound.STOP),)


@pytest.mark.parametrize("drug", [Drug.CHLORAMBUCIL, Drug.MELPHALAN])
def test_every_agent_of_the_label_counts_and_an_undated_record_says_so(drug):
    found = finding(ask(azathioprine(50, for_=ARTHRITIS), took(drug, since=None)))

    assert found.indicator is CRITICAL
    assert why(found)[0] == f"{drug.value.capitalize()}, past, no date recorded"


def test_an_increase_is_critical_and_a_renewal_a_warning():
    before = (taking(AZA, 50, for_=ARTHRITIS), took(CYCLOPHOSPHAMIDE))

    assert finding(ask(azathioprine(100), *before)).indicator is CRITICAL
    assert finding(ask(azathioprine(50), *before)).indicator is WARNING


def test_a_therapy_taken_on_is_to_be_reviewed():
    found = finding(ask(taking(AZA, 50, for_=ARTHRITIS), took(CYCLOPHOSPHAMIDE)))

    assert (found.indicator, found.constraints) == (WARNING, ())
    assert found.summary.endswith("review whether to go on")


def test_an_agent_ordered_on_the_drug_is_critical():
    found = finding(ask(ordered(CYCLOPHOSPHAMIDE), taking(AZA, 50, for_=ARTHRITIS)))

    assert (found.indicator, found.constraints) == (CRITICAL, ())
    assert why(found)[0] == "Cyclophosphamide ordered"


def test_several_agents_are_all_named():
    found = finding(ask(azathioprine(50, for_=ARTHRITIS), took(CYCLOPHOSPHAMIDE), took(Drug.MELPHALAN)))

    assert "after cyclophosphamide and melphalan" in found.summary


def test_is_silent_in_other_diseases_and_about_plans():
    assert is_silent(ask(azathioprine(50, for_=Indication.LUPUS_NEPHRITIS), took(CYCLOPHOSPHAMIDE)))
    assert is_silent(ask(azathioprine(50, for_=ARTHRITIS)))
    assert is_silent(
        ask(azathioprine(50, for_=ARTHRITIS), taking(CYCLOPHOSPHAMIDE, state=TherapyState.PLANNED))
    )


def test_an_unknown_medication_list_is_told():
    known = unknown(FactKind.MEDICATIONS)

    assert blocked_by(ask(azathioprine(50, for_=ARTHRITIS), known=known)) == (FactKind.MEDICATIONS,)
