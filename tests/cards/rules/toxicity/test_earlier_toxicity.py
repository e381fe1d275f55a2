"""Is a problem on record that an earlier thiopurine caused, or may have caused?"""

import pytest

from cards.card import Indicator
from cards.finding import DecisionKey, DecisionKind
from cards.model.conditions import ConditionState, Problem, Reaction
from cards.model.facts import FactKind
from cards.model.therapy import THIOPURINES, Drug, TherapyState
from cards.rules.toxicity.earlier_toxicity import toxicity_on_earlier_course
from tests.builders import (
    azathioprine,
    blocked_by,
    case,
    days_ago,
    finding,
    is_silent,
    mercaptopurine,
    missing_from,
    on,
    problem,
    taking,
    thioguanine,
    took,
    truncated,
    unknown,
    why,
)

AZA = Drug.AZATHIOPRINE
RESOLVED = ConditionState.RESOLVED
INFO, WARNING = Indicator.INFO, Indicator.WARNING
COURSE = took(AZA, 100, "2023-03-01", ended_on=on("2023-06-30"))
HELD = taking(AZA, 100, "2026-01-10", state=TherapyState.HELD)


def ask(*facts, **fields):
    return toxicity_on_earlier_course(case(*facts, **fields))


def toxic_liver(onset=None, **fields):
    fields = {"state": RESOLVED} | fields | ({"onset": onset} if onset else {})
    return problem(Problem.DRUG_INDUCED_LIVER_DISEASE, Problem.LIVER_DISEASE, **fields)


def coded(onset=None, **fields):
    """An adverse effect of an antineoplastic or immunosuppressive drug, by its code."""
    return problem(Problem.ADVERSE_DRUG_EFFECT, **fields, **({"onset": onset} if onset else {}))


def named(*reactions, drugs=(AZA,), **fields):
    fields = {"state": RESOLVED, "blames": frozenset(drugs), "reactions": frozenset(reactions)} | fields
    return problem(Problem.ADVERSE_DRUG_EFFECT, **fields)


def test_a_problem_on_an_earlier_course_is_a_warning_at_a_restart():
    found = finding(ask(azathioprine(100), HELD, toxic_liver("2026-09-01")))

    assert found.decision == DecisionKey(DecisionKind.HISTORY, "MedicationRequest/azathioprine-draft")
    assert found.indicator is WARNING
    assert found.summary == (
        "Azathioprine: drug-induced liver disease recorded; find the cause before the restart"
    )
    assert why(found)[0] == "Drug-induced liver disease, resolved, while a thiopurine was taken"
    assert found.do[0].startswith("Find out what happened, on which dose, and whether it was the thiopurine.")
    assert found.constraints == ()


@pytest.mark.parametrize("order", [azathioprine(), mercaptopurine(), thioguanine()])
def test_it_speaks_at_a_new_start_of_any_thiopurine(order):
    found = finding(ask(order, COURSE, toxic_liver("2023-05-10")))

    assert found.indicator is WARNING
    assert found.summary.endswith(
        ": drug-induced liver disease recorded; find the cause before the first dose"
    )


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (named(Reaction.HEPATITIS), "hepatitis on azathioprine"),
        (named(Reaction.CYTOPENIA, drugs=THIOPURINES), "cytopenia on a thiopurine"),
        (named(Reaction.OTHER), "a reaction on azathioprine"),
    ],
)
def test_words_that_name_the_drug_place_it(record, words):
    found = finding(ask(mercaptopurine(), record))

    assert found.indicator is WARNING
    assert (
        found.summary == f"Mercaptopurine: {words} recorded; decide with the specialist before the first dose"
    )


@pytest.mark.parametrize("reaction", [Reaction.PANCREATITIS, Reaction.HYPERSENSITIVITY, Reaction.RASH])
def test_pancreatitis_and_hypersensitivity_have_rules_of_their_own(reaction):
    assert is_silent(ask(azathioprine(), named(reaction)))


def test_a_code_of_an_adverse_effect_is_placed_by_its_day():
    found = finding(ask(azathioprine(), COURSE, coded("2023-07-10")))

    assert why(found)[0] == (
        "An adverse effect of an immunosuppressive drug, active, soon after a thiopurine was stopped"
    )
    assert found.summary.endswith("; find the cause before the first dose")


@pytest.mark.parametrize(
    ("records", "record"),
    [
        ((), coded("2023-05-10")),  # no thiopurine on record: it may have been taken elsewhere
        ((took(AZA, 100, "2023-03-01"),), coded("2023-05-10")),  # no end
        ((COURSE,), toxic_liver()),  # no day
    ],
)
def test_what_no_record_places_is_asked_about(records, record):
    found = finding(ask(azathioprine(), *records, record))

    assert found.indicator is WARNING
    assert found.summary.endswith("; ask whether it was a thiopurine")
    assert found.do[0].startswith("A drug's toxicity is on record: ask")


def test_what_is_placed_is_said_alone():
    found = finding(ask(azathioprine(), COURSE, toxic_liver(), named(Reaction.HEPATITIS)))

    assert found.summary.startswith("Azathioprine: hepatitis on azathioprine recorded; decide")


@pytest.mark.parametrize(
    "record",
    [
        toxic_liver("2021-05-10"),  # before the first dose
        problem(Problem.DRUG_INDUCED_LIVER_DISEASE, Problem.OTHER_CAUSE, state=RESOLVED),
        problem(Problem.DRUG_INDUCED_LIVER_DISEASE, Problem.OTHER_CAUSE, state=RESOLVED, onset="2023-05-10"),
    ],
)
def test_what_another_cause_or_time_explains_is_a_line_of_the_plan(record):
    found = finding(ask(azathioprine(), COURSE, record))

    assert (found.indicator, found.leads) == (INFO, False)
    assert found.decision == DecisionKey(DecisionKind.PLAN, "MedicationRequest/azathioprine-draft")
    assert is_silent(ask(azathioprine(100), HELD, record if record.onset_on else toxic_liver("2021-05-10")))


def test_what_is_not_confirmed_is_told_so():
    found = finding(ask(azathioprine(), named(Reaction.HEPATITIS, is_confirmed=False)))

    assert why(found)[0] == "Hepatitis on azathioprine, resolved, not confirmed, no date recorded"


@pytest.mark.parametrize(
    "facts",
    [
        (azathioprine(100), taking(AZA, 100)),  # a renewal
        (taking(AZA, 100, str(days_ago(90))),),  # established
        (),
    ],
)
def test_it_is_not_said_again_on_therapy(facts):
    assert is_silent(ask(*facts, named(Reaction.HEPATITIS)))


RESUMED = taking(AZA, 100, str(days_ago(40)), ref="MedicationRequest/resumed")


@pytest.mark.parametrize(
    ("record", "speaks"),
    [
        (toxic_liver("2023-05-10"), True),
        (named(Reaction.HEPATITIS), True),
        (named(Reaction.HEPATITIS, onset="2023-05-10"), True),
        (toxic_liver(str(days_ago(20))), False),  # of the present course: the rules for today speak
        (named(Reaction.HEPATITIS, state=ConditionState.ACTIVE), False),
        (toxic_liver(), False),  # cannot be placed: asked about when it was ordered
        (problem(Problem.DRUG_INDUCED_LIVER_DISEASE, Problem.OTHER_CAUSE, onset="2021-05-10"), False),
    ],
)
def test_soon_after_a_drug_was_resumed_what_happened_before_is_told(record, speaks):
    outcome = ask(RESUMED, COURSE, record)

    assert is_silent(outcome) != speaks
    if speaks:
        act = "decide with the specialist" if record.blames else "find the cause"
        assert finding(outcome).summary.endswith(f"; {act} before the next dose")


def test_the_longest_summary_fits():
    records = (
        named(Reaction.HEPATITIS, Reaction.CYTOPENIA, drugs=[Drug.MERCAPTOPURINE]),
        named(Reaction.OTHER, ref="Condition/other"),
        coded("2023-05-10", ref="Condition/coded"),
        toxic_liver("2023-05-10"),
    )
    found = finding(ask(mercaptopurine(), COURSE, *records))

    assert found.summary == (
        "Mercaptopurine: earlier reactions recorded; find the cause before the first dose"
    )


def test_without_the_problem_list_it_is_not_known():
    assert blocked_by(ask(azathioprine(), known=unknown(FactKind.CONDITIONS))) == (FactKind.CONDITIONS,)
    known = truncated(FactKind.CONDITIONS)
    assert missing_from(ask(azathioprine(), named(Reaction.HEPATITIS), known=known)) == (FactKind.CONDITIONS,)


@pytest.mark.parametrize("facts", [(taking(AZA, 100),), (taking(AZA, 100), azathioprine(100))])
def test_on_therapy_a_liver_disease_of_late_that_began_on_it_is_told(facts):
    found = finding(ask(*facts, toxic_liver(str(days_ago(20)), state=ConditionState.ACTIVE)))

    assert found.summary == (
        "Azathioprine: drug-induced liver disease recorded; find the cause before the next dose"
    )


@pytest.mark.parametrize("facts", [(taking(AZA, 100),), (taking(AZA, 100), azathioprine(100))])
@pytest.mark.parametrize(
    ("record", "speaks"),
    [
        (named(Reaction.HEPATITIS, state=ConditionState.ACTIVE, onset=str(days_ago(90))), True),
        (named(Reaction.HEPATITIS, state=ConditionState.ACTIVE, onset=str(days_ago(91))), False),
        (named(Reaction.HEPATITIS, onset=str(days_ago(20))), False),  # resolved
        (toxic_liver(str(days_ago(91)), state=ConditionState.ACTIVE), False),
        (toxic_liver(str(days_ago(20))), False),  # resolved
        (problem(Problem.ADVERSE_DRUG_EFFECT, onset=str(days_ago(20))), False),  # of any immunosuppressant
    ],
)
def test_on_therapy_a_problem_of_late_that_names_the_drug_is_told(facts, record, speaks):
    outcome = ask(*facts, record)

    assert is_silent(outcome) != speaks
    if speaks:
        assert finding(outcome).summary == (
            "Azathioprine: hepatitis on azathioprine recorded; decide with the specialist before the next dose"
        )
