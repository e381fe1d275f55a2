"""Is the patient breastfeeding?"""

import pytest

from cards.finding import DecisionKey, DecisionKind
from cards.model.conditions import Problem
from cards.model.genes import Phenotype
from cards.model.therapy import Drug
from cards.rules.circumstances.lactation import breastfeeding_on_thiopurine
from tests.builders import (
    azathioprine,
    case,
    finding,
    is_silent,
    mercaptopurine,
    problem,
    taking,
    thioguanine,
    tpmt,
    why,
)

AZA = Drug.AZATHIOPRINE
FEEDING = problem(Problem.LACTATION, recorded="2026-10-20")
LOW = "TPMT is below normal: mothers with a decreased activity may transmit more drug in milk (LactMed, grade B)."


def ask(*facts, **fields):
    return breastfeeding_on_thiopurine(case(*facts, **fields))


def test_a_start_shows_both_views_in_the_plan():
    found = finding(ask(azathioprine(100), FEEDING))

    assert (found.decision, found.leads) == (
        DecisionKey(DecisionKind.PLAN, "MedicationRequest/azathioprine-draft"),
        False,
    )
    assert why(found) == ("Breastfeeding on the problem list",)
    assert found.do == (
        "Breastfeeding: First view: most experts consider it acceptable; waiting 4 to 6 hours after a dose markedly "
        "lowers the amount in milk; consider a blood count with differential and liver tests in an exclusively "
        "breastfed infant (LactMed, grade B). Second view: the label as summarised for prescribers does not "
        "recommend nursing (grade D); the clinical summary quotes sources that call it contraindicated, as it "
        "appears in milk (grade E).",
    )


def test_a_therapy_shows_them_on_the_quiet_card():
    assert finding(ask(taking(AZA, 100), FEEDING)).decision == DecisionKey(
        DecisionKind.ALSO, "MedicationRequest/azathioprine"
    )


@pytest.mark.parametrize("gene", ["*1/*3A", Phenotype.INTERMEDIATE, Phenotype.POSSIBLE_INTERMEDIATE])
def test_a_low_tpmt_matters_to_the_child(gene):
    assert finding(ask(azathioprine(100), FEEDING, tpmt(gene))).do[0].endswith(LOW)


def test_a_normal_tpmt_is_not_mentioned():
    assert LOW not in finding(ask(azathioprine(100), FEEDING)).do[0]


def test_mercaptopurine_has_its_own_views():
    assert "during treatment of a malignancy" in finding(ask(mercaptopurine(50), FEEDING)).do[0]


def test_is_silent_about_thioguanine_and_renewals():
    assert is_silent(ask(thioguanine(40), FEEDING))
    assert is_silent(ask(azathioprine(100), taking(AZA, 100), FEEDING))


def test_is_silent_without_breastfeeding():
    assert is_silent(ask(azathioprine(100)))
