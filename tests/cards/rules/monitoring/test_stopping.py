"""Is a thiopurine stopped earlier than its indication suggests?"""

from datetime import timedelta

import pytest

from cards.card import Indicator
from cards.finding import DecisionKey, DecisionKind, Fact
from cards.model.conditions import ConditionState, Indication, Problem
from cards.model.facts import FactKind
from cards.model.labs import Analyte
from cards.model.therapy import Drug, OrderIntent, TherapyState
from cards.rules.monitoring.stopping import stopped_early
from tests.builders import (
    TODAY,
    azathioprine,
    blocked_by,
    case,
    finding,
    is_silent,
    mercaptopurine,
    on,
    problem,
    result,
    taking,
    took,
    unknown,
    why,
)

AIH, NEPHRITIS, DERMATITIS = (
    Indication.AUTOIMMUNE_HEPATITIS,
    Indication.LUPUS_NEPHRITIS,
    Indication.ATOPIC_DERMATITIS,
)
STOP = azathioprine(intent=OrderIntent.END)


def taken(indication, days=None, since="2025-01-01", **fields):
    start = str(TODAY - timedelta(days=days)) if days is not None else since
    return taking(Drug.AZATHIOPRINE, 100, start, for_=indication, **fields)


def ask(*facts, **fields):
    return stopped_early(case(*facts, **fields))


def test_hepatitis_is_treated_on():
    found = finding(ask(STOP, taken(AIH)))

    assert (found.decision, found.indicator) == (
        DecisionKey(DecisionKind.STOPPING, "MedicationRequest/azathioprine-draft"),
        Indicator.INFO,
    )
    assert found.summary == (
        "Azathioprine stopped in autoimmune hepatitis: usually continued indefinitely; discuss before stopping"
    )
    assert found.why == (
        Fact("Azathioprine is ended by this order", None, "MedicationRequest/azathioprine-draft"),
        Fact("Azathioprine taken for 692 days", on("2025-01-01"), "MedicationRequest/azathioprine"),
        Fact("Autoimmune hepatitis"),
    )
    assert found.do == (
        "Maintenance is usually continued indefinitely, and long-term treatment is advisable after a relapse "
        "(grade E).",
        "13 of 24 patients (54 %) relapsed after treatment was withdrawn (grade C).",
    )


@pytest.mark.parametrize(("days", "is_early"), [(3 * 365 - 1, True), (3 * 365, False)])
def test_nephritis_is_treated_for_three_years(days, is_early):
    assert is_silent(ask(STOP, taken(NEPHRITIS, days))) is not is_early


def test_nephritis_says_for_how_long():
    assert finding(ask(STOP, taken(NEPHRITIS, 100))).summary == (
        "Azathioprine stopped in lupus nephritis: usually continued for at least 3-5 years; discuss before stopping"
    )


@pytest.mark.parametrize(("days", "is_early"), [(83, True), (84, False)])  # 12 weeks are 84 days
def test_dermatitis_is_tried_for_twelve_weeks(days, is_early):
    outcome = ask(STOP, taken(DERMATITIS, days))

    assert is_silent(outcome) is not is_early
    if is_early:
        assert finding(outcome).do == (
            "Full benefit may need 12 weeks or more (grade E).",
            "After clearance, taper or stop, and maintain with emollients and topical agents (grade E).",
        )


def test_an_unknown_start_is_said_to_be_unknown():
    assert why(finding(ask(STOP, taken(DERMATITIS, since=None))))[1] == (
        "Azathioprine taken, since when is not recorded"
    )


@pytest.mark.parametrize(
    "facts",
    [
        (),
        (taken(AIH),),
        (azathioprine(), taken(AIH)),
        (STOP,),
        (STOP, taken(Indication.CROHNS)),
        (STOP, taken((AIH, Indication.CROHNS))),
        (STOP, took(Drug.AZATHIOPRINE, 100, for_=AIH)),
        (STOP, mercaptopurine(), taken(AIH)),  # a switch
        (STOP, azathioprine(50, ref="MedicationRequest/new"), taken(AIH)),  # another dose
        (azathioprine(intent=OrderIntent.VOID), taken(AIH)),
        (STOP, taken(AIH), problem(Problem.SEPSIS)),
        (STOP, taken(AIH), problem(Problem.PANCREATITIS)),
        (STOP, taken(AIH), result(Analyte.WBC, 3.4)),  # below 3.5
        (STOP, taken(AIH), result(Analyte.ANC, 1.0, comparator="<")),
        (STOP, taken(AIH, state=TherapyState.HELD)),
    ],
)
def test_is_silent_otherwise(facts):
    assert is_silent(ask(*facts))


@pytest.mark.parametrize(
    "fact",
    [
        problem(Problem.SEPSIS, state=ConditionState.RESOLVED),
        problem(Problem.FEVER),
        result(Analyte.WBC, 3.5),
        result(Analyte.WBC, 2.0, comparator=">"),
        result(Analyte.WBC, 2.0, None),  # of which year?
        result(Analyte.WBC, 2.0, "2062-11-20"),
    ],
)
def test_what_is_no_reason_to_stop_keeps_the_note(fact):
    assert finding(ask(STOP, taken(AIH), fact))


def test_a_medication_list_that_was_not_sent_hides_the_therapy():
    stop = azathioprine(intent=OrderIntent.END, for_=AIH)

    assert blocked_by(ask(stop, known=unknown(FactKind.MEDICATIONS))) == (FactKind.MEDICATIONS,)
