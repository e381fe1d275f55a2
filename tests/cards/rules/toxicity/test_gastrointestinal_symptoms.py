"""Has the patient nausea or vomiting on a thiopurine, or had it before?"""

import pytest

from cards.finding import DecisionKey, DecisionKind, Fact
from cards.model.conditions import Problem, Reaction
from cards.model.facts import FactKind
from cards.model.therapy import Drug
from cards.rules.toxicity.gastrointestinal_symptoms import stomach_upset
from tests.builders import (
    allergy,
    azathioprine,
    blocked_by,
    case,
    days_ago,
    finding,
    is_silent,
    mercaptopurine,
    on,
    problem,
    regimen,
    taking,
    unknown,
    why,
)

TAKEN = taking(Drug.AZATHIOPRINE, 100)
NAUSEA = problem(Problem.NAUSEA, onset="2026-11-20")


def intolerance(drug=Drug.AZATHIOPRINE, **fields):
    return allergy(drug, **({"is_allergy": False, "recorded_on": on("2020-05-01")} | fields))


def ask(*facts, **fields):
    return stomach_upset(case(*facts, **fields))


def test_nausea_on_the_drug_is_a_line_of_the_chart():
    found = finding(ask(TAKEN, NAUSEA))

    assert (found.decision, found.leads) == (
        DecisionKey(DecisionKind.ALSO, "MedicationRequest/azathioprine"),
        False,
    )
    assert found.why == (
        Fact("Nausea", on("2026-11-20"), "Condition/nausea"),
        Fact("Taken as one dose a day", None, "MedicationRequest/azathioprine"),
    )
    assert found.do == (
        "Nausea and vomiting: The commonest reason for stopping early, 15-27 % withdraw: raise the dose in steps "
        "(grade E). If they occur: take it with food, split the daily dose, or start lower (grade E).",
        "Food: At least 1 hour before or 3 hours after food or milk (grade A). Other advice is with or shortly after "
        "food; keep it the same from day to day (grade E).",
    )


def test_vomiting_is_named_and_a_split_dose_is_not_called_single():
    split = taking(Drug.AZATHIOPRINE, regimen=regimen(100, 2))

    assert why(finding(ask(split, problem(Problem.VOMITING, onset="2026-11-20")))) == ("Vomiting",)


def test_an_unreadable_dose_is_not_called_single():
    assert why(finding(ask(taking(Drug.AZATHIOPRINE), NAUSEA))) == ("Nausea",)


def test_an_intolerance_before_a_start_is_a_line_of_the_plan():
    found = finding(ask(azathioprine(100, 2), intolerance()))

    assert found.decision == DecisionKey(DecisionKind.PLAN, "MedicationRequest/azathioprine-draft")
    assert found.why == (
        Fact("Intolerance of azathioprine recorded", on("2020-05-01"), "AllergyIntolerance/azathioprine"),
    )


def test_a_harmless_reaction_leaves_it_an_intolerance():
    assert finding(ask(azathioprine(), intolerance(reactions=(Reaction.OTHER,))))


@pytest.mark.parametrize(
    "facts",
    [
        (),
        (TAKEN,),
        (TAKEN, problem(Problem.NAUSEA, onset=str(days_ago(8)))),  # 7 days are recent
        (TAKEN, problem(Problem.FEVER, onset="2026-11-20")),
        (taking(Drug.MERCAPTOPURINE, 75), NAUSEA),  # the sources are about azathioprine
        (azathioprine(), NAUSEA),
        (azathioprine(), intolerance(Drug.MERCAPTOPURINE)),
        (azathioprine(), intolerance(is_allergy=True)),
        (azathioprine(), intolerance(is_allergy=None)),
        (azathioprine(), intolerance(is_high_criticality=True)),
        (azathioprine(), intolerance(is_immunologic=True)),
        (azathioprine(), intolerance(reactions=(Reaction.FEVER,))),
        (mercaptopurine(), intolerance(Drug.MERCAPTOPURINE)),
        (azathioprine(50), TAKEN, intolerance()),  # a change of dose has no plan
    ],
)
def test_is_silent_otherwise(facts):
    assert is_silent(ask(*facts))


def test_the_seventh_day_is_recent():
    assert finding(ask(TAKEN, problem(Problem.NAUSEA, onset=str(days_ago(7)))))


def test_cannot_tell_without_the_lists():
    assert blocked_by(ask(TAKEN, known=unknown(FactKind.CONDITIONS))) == (FactKind.CONDITIONS,)
    assert blocked_by(ask(azathioprine(), known=unknown(FactKind.ALLERGIES))) == (FactKind.ALLERGIES,)
    assert is_silent(ask(azathioprine(), known=unknown(FactKind.CONDITIONS)))
