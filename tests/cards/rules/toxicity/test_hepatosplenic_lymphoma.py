"""Is a thiopurine started in a young man with inflammatory bowel disease, or a TNF inhibitor added?"""

import pytest

from cards.card import Indicator
from cards.finding import DecisionKey, DecisionKind
from cards.model.chart import Sex
from cards.model.conditions import Indication, Problem
from cards.model.facts import FactKind
from cards.model.therapy import Drug
from cards.rules.toxicity.hepatosplenic_lymphoma import lymphoma_risk_in_young_man
from tests.builders import (
    azathioprine,
    blocked_by,
    case,
    finding,
    is_silent,
    on,
    ordered,
    problem,
    taking,
    unknown,
    why,
)

AZA, TNF = Drug.AZATHIOPRINE, Drug.TNF_INHIBITOR
CROHNS = Indication.CROHNS
WARNING = Indicator.WARNING
BOTH = (
    "Cases occurred with the thiopurine alone and together with a TNF inhibitor: consider whether both are needed, "
    "and for how long (grade A)."
)


def ask(*facts, born="2002-03-09", sex=Sex.MALE, **fields):
    return lymphoma_risk_in_young_man(case(*facts, born_on=on(born) if born else None, sex=sex, **fields))


@pytest.mark.parametrize("indication", [CROHNS, Indication.ULCERATIVE_COLITIS, Indication.IBD])
def test_a_start_in_a_young_man_with_bowel_disease_is_a_warning(indication):
    found = finding(ask(azathioprine(100, for_=indication)))

    assert found.decision == DecisionKey(DecisionKind.LYMPHOMA, "MedicationRequest/azathioprine-draft")
    assert found.indicator is WARNING
    assert found.summary == (
        "Azathioprine, male aged 24 with bowel disease: boxed warning on hepatosplenic lymphoma, inform him"
    )
    assert why(found)[0] == "Male, aged 24"
    assert found.do[0].startswith("Boxed warning: hepatosplenic T-cell lymphoma, mostly fatal")
    assert BOTH not in found.do
    assert found.also == (
        "The clinical summary places the risk of lymphoma primarily in transplant recipients (grade E).",
    )


@pytest.mark.parametrize(("born", "whom"), [("2008-11-25", "him and his parents"), ("2008-11-24", "him")])
def test_a_boy_s_parents_are_told_as_well(born, whom):
    found = finding(ask(azathioprine(100, for_=CROHNS), born=born))

    assert found.summary.endswith(f"boxed warning on hepatosplenic lymphoma, inform {whom}")


def test_the_problem_list_may_name_the_bowel_disease():
    assert finding(ask(azathioprine(100), problem(Problem.CROHNS))).indicator is WARNING


@pytest.mark.parametrize(
    "facts",
    [
        (azathioprine(100, for_=CROHNS), taking(TNF)),
        (taking(AZA, 100, for_=CROHNS), ordered(TNF, text="infliximab")),
    ],
)
def test_a_tnf_inhibitor_adds_to_it_in_either_direction(facts):
    found = finding(ask(*facts))

    assert found.indicator is WARNING
    assert found.summary.startswith("Azathioprine with a TNF inhibitor, male aged 24")
    assert BOTH in found.do


@pytest.mark.parametrize(
    ("born", "speaks"), [("1990-11-25", True), ("1990-11-24", False), ("1990", True)]
)  # 35, 36, 35 or 36 today
def test_young_is_up_to_35(born, speaks):
    assert is_silent(ask(azathioprine(100, for_=CROHNS), born=born)) is not speaks


def test_later_it_is_a_quiet_line():
    found = finding(ask(taking(AZA, 100, for_=CROHNS), taking(TNF)))

    assert found.decision == DecisionKey(DecisionKind.ALSO, "MedicationRequest/azathioprine")
    assert found.do[0].startswith("Lymphoma: Boxed warning")


def test_is_silent_on_renewals():
    assert is_silent(ask(azathioprine(100, for_=CROHNS), taking(AZA, 100)))


@pytest.mark.parametrize("fields", [{"sex": Sex.FEMALE}, {"sex": None}, {"born": None}])
def test_is_silent_for_others_and_where_age_or_sex_is_not_known(fields):
    assert is_silent(ask(azathioprine(100, for_=CROHNS), **fields))


def test_a_patient_who_was_not_sent_cannot_be_checked():
    unsent = {"born": None, "sex": None, "known": unknown(FactKind.PATIENT)}

    assert blocked_by(ask(azathioprine(100, for_=CROHNS), **unsent)) == (FactKind.PATIENT,)
    assert is_silent(ask(azathioprine(100, for_=Indication.LUPUS), **unsent))


def test_is_silent_for_other_diseases():
    assert is_silent(ask(azathioprine(100, for_=Indication.PSORIASIS)))
