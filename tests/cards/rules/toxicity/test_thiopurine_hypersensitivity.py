"""Has the patient reacted to a thiopurine in a way that forbids another dose?"""

import pytest

from cards.card import Indicator
from cards.finding import Bound, DecisionKey, DecisionKind, DoseConstraint, Reasons
from cards.model.conditions import Problem, Reaction
from cards.model.facts import FactKind
from cards.model.therapy import Drug
from cards.rules.toxicity.thiopurine_hypersensitivity import reacted_to_thiopurine
from tests.builders import (
    allergy,
    azathioprine,
    blocked_by,
    case,
    finding,
    findings,
    is_silent,
    mercaptopurine,
    missing_from,
    on,
    problem,
    taking,
    thioguanine,
    unknown,
    why,
)

AZA, MP, TG = Drug.AZATHIOPRINE, Drug.MERCAPTOPURINE, Drug.THIOGUANINE
CRITICAL, WARNING = Indicator.CRITICAL, Indicator.WARNING
ALLERGIES = FactKind.ALLERGIES


def ask(*facts, **fields):
    return reacted_to_thiopurine(case(*facts, **fields))


def test_a_recorded_reaction_forbids_the_order():
    pancreatitis = allergy(
        AZA,
        is_allergy=True,
        reactions=[Reaction.PANCREATITIS],
        recorded_on=on("2019-05"),
        is_high_criticality=True,
    )

    found = finding(ask(azathioprine(100), pancreatitis))

    assert found.decision == DecisionKey(
        DecisionKind.HYPERSENSITIVITY, "MedicationRequest/azathioprine-draft"
    )
    assert found.indicator is CRITICAL
    assert found.summary == (
        "Azathioprine: pancreatitis on azathioprine recorded; do not give, choose another drug"
    )
    assert why(found)[0] == "Allergy to azathioprine: pancreatitis, high criticality"
    assert (found.why[0].on, found.why[0].record_ref) == (on("2019-05"), "AllergyIntolerance/azathioprine")
    assert found.do == (
        "Hypersensitivity to azathioprine or mercaptopurine contraindicates both: do not re-challenge.",
        "Choose a drug that is not a thiopurine.",
    )
    assert found.constraints == (DoseConstraint("MedicationRequest/azathioprine-draft", Bound.STOP),)
    assert found.reasons is Reasons.STOP


def test_a_therapy_in_spite_of_a_reaction_is_to_be_reviewed():
    found = finding(ask(taking(AZA), allergy(AZA, reactions=[Reaction.RASH])))

    assert (found.indicator, found.summary, found.constraints) == (
        CRITICAL,
        "Azathioprine: rash on azathioprine recorded; review now, it is contraindicated",
        (),
    )


@pytest.mark.parametrize("is_allergy", [True, False, None])
@pytest.mark.parametrize(
    "serious",
    [
        {"is_high_criticality": True},
        {"is_immunologic": True},
        *({"reactions": [one]} for one in Reaction if one not in (Reaction.OTHER, Reaction.CYTOPENIA)),
    ],
)
def test_criticality_an_immune_reaction_or_a_named_one_is_serious_whatever_its_type(serious, is_allergy):
    assert finding(ask(azathioprine(), allergy(AZA, is_allergy=is_allergy, **serious))).indicator is CRITICAL


@pytest.mark.parametrize(
    ("record", "summary"),
    [
        ({}, "Azathioprine: a reaction without details on azathioprine recorded; clarify before giving"),
        (
            {"is_allergy": True},
            "Azathioprine: a reaction without details on azathioprine recorded; clarify before giving",
        ),
        (
            {"is_allergy": True, "reactions": [Reaction.OTHER]},
            "Azathioprine: a reaction without details on azathioprine recorded; clarify before giving",
        ),
        (
            {"reactions": [Reaction.ANAPHYLAXIS], "is_confirmed": False},
            "Azathioprine: an unconfirmed reaction on azathioprine recorded; clarify before giving",
        ),
        (
            {"is_allergy": False, "reactions": [Reaction.CYTOPENIA]},
            "Azathioprine: cytopenia on azathioprine recorded; clarify before giving",
        ),
    ],
)
def test_what_is_not_clear_asks_to_clarify(record, summary):
    found = finding(ask(azathioprine(), allergy(AZA, **record)))

    assert (found.indicator, found.summary, found.constraints) == (WARNING, summary, ())


@pytest.mark.parametrize("reactions", [[], [Reaction.OTHER]])
def test_an_intolerance_is_no_allergy(reactions):
    assert is_silent(ask(azathioprine(), allergy(AZA, is_allergy=False, reactions=reactions)))


@pytest.mark.parametrize(
    ("order", "culprit", "crosses"),
    [
        (azathioprine(), MP, True),
        (mercaptopurine(), AZA, True),
        (thioguanine(), TG, True),
        (thioguanine(), AZA, False),
        (azathioprine(), TG, False),
        (azathioprine(), Drug.ALLOPURINOL, False),
    ],
)
def test_azathioprine_and_mercaptopurine_stand_for_each_other(order, culprit, crosses):
    assert is_silent(ask(order, allergy(culprit, is_immunologic=True))) is not crosses


def test_the_drug_that_caused_it_is_named():
    found = finding(ask(azathioprine(), allergy(MP, reactions=[Reaction.FEVER, Reaction.OTHER])))

    assert found.summary == "Azathioprine: fever on mercaptopurine recorded; do not give, choose another drug"
    assert why(found)[0] == "Allergy or intolerance to mercaptopurine: another reaction and fever"


def test_two_reactions_are_named_and_more_are_several():
    two = allergy(AZA, reactions=[Reaction.RASH, Reaction.FEVER])
    three = allergy(AZA, reactions=[Reaction.RASH, Reaction.FEVER, Reaction.HEPATITIS])

    assert finding(ask(azathioprine(), two)).summary.startswith(
        "Azathioprine: fever and rash on azathioprine"
    )
    assert finding(ask(azathioprine(), three)).summary.startswith(
        "Azathioprine: several reactions on azathioprine"
    )


def test_a_serious_record_leads_and_every_record_is_shown():
    found = finding(
        ask(
            azathioprine(),
            allergy(MP, is_allergy=True, ref="AllergyIntolerance/1"),
            allergy(
                AZA, is_allergy=False, is_confirmed=False, is_immunologic=True, ref="AllergyIntolerance/2"
            ),
            allergy(AZA, is_allergy=True, is_immunologic=True, ref="AllergyIntolerance/3"),
        )
    )

    assert found.summary == "Azathioprine: allergy on azathioprine recorded; do not give, choose another drug"
    assert why(found)[:3] == (
        "Allergy to mercaptopurine: no reaction recorded",
        "Intolerance to azathioprine: no reaction recorded, unconfirmed",
        "Allergy to azathioprine: no reaction recorded",
    )


def test_each_thiopurine_has_its_own_finding():
    both = findings(ask(azathioprine(), mercaptopurine(), allergy(AZA, is_immunologic=True)))

    assert [one.decision for one in both] == [
        DecisionKey(DecisionKind.HYPERSENSITIVITY, "MedicationRequest/azathioprine-draft"),
        DecisionKey(DecisionKind.HYPERSENSITIVITY, "MedicationRequest/mercaptopurine-draft"),
    ]


def test_is_silent_without_a_thiopurine_or_a_record():
    assert is_silent(ask(azathioprine()))
    assert is_silent(ask(allergy(AZA, is_immunologic=True)))


def test_cannot_tell_without_the_allergies():
    known = unknown(ALLERGIES)

    assert blocked_by(ask(azathioprine(), known=known)) == (ALLERGIES,)
    assert missing_from(ask(azathioprine(), allergy(AZA, is_immunologic=True), known=known)) == (ALLERGIES,)
    assert is_silent(ask(known=known))


# --- problems that name the drug


def named(*reactions, **fields):
    fields = {"blames": frozenset({AZA}), "reactions": frozenset(reactions)} | fields
    return problem(Problem.ADVERSE_DRUG_EFFECT, **fields)


def test_a_problem_that_names_the_drug_forbids_another_dose():
    record = named(Reaction.HYPERSENSITIVITY, onset="2026-02-03")

    found = finding(ask(mercaptopurine(50), record))

    assert found.indicator is CRITICAL
    assert found.summary == (
        "Mercaptopurine: hypersensitivity to azathioprine recorded; do not give, choose another drug"
    )
    assert why(found)[0] == "Allergy or intolerance to azathioprine: hypersensitivity"
    assert found.constraints == (DoseConstraint("MedicationRequest/mercaptopurine-draft", Bound.STOP),)


def test_a_problem_that_is_not_confirmed_asks():
    assert finding(ask(azathioprine(), named(Reaction.RASH, is_confirmed=False))).indicator is WARNING


@pytest.mark.parametrize(
    "reaction", [Reaction.HEPATITIS, Reaction.CYTOPENIA, Reaction.PANCREATITIS, Reaction.OTHER]
)
def test_toxicity_that_is_no_hypersensitivity_is_left_to_other_rules(reaction):
    assert is_silent(ask(azathioprine(), named(reaction)))


def test_a_problem_with_azathioprine_says_nothing_of_thioguanine():
    assert is_silent(ask(thioguanine(), named(Reaction.HYPERSENSITIVITY)))


def test_without_the_problem_list_it_is_not_known():
    assert blocked_by(ask(azathioprine(), known=unknown(FactKind.CONDITIONS))) == (FactKind.CONDITIONS,)
