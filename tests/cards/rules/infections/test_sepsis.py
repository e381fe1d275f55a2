"""Is a thiopurine ordered or taken during sepsis or bacteraemia?"""

import pytest

from cards.assessment.case import Case
from cards.card import Indicator
from cards.finding import Bound, DecisionKey, DecisionKind, DoseConstraint, Fact, Finding, Reasons
from cards.knowledge.default_policy import default_policy
from cards.model.conditions import ConditionState, Problem
from cards.model.facts import FactKind
from cards.model.therapy import Drug, OrderIntent
from cards.rules.infections.sepsis import thiopurine_in_sepsis
from tests.builders import (
    KNOWLEDGE,
    azathioprine,
    blocked_by,
    case,
    chart,
    days_ago,
    finding,
    findings,
    is_silent,
    mercaptopurine,
    missing_from,
    on,
    problem,
    taking,
    truncated,
    unknown,
    why,
)

SEPSIS, CONDITIONS = Problem.SEPSIS, FactKind.CONDITIONS
CRITICAL, WARNING = Indicator.CRITICAL, Indicator.WARNING


def sepsis(onset="2026-11-22", **fields):
    return problem(SEPSIS, **({"onset": onset} if onset else {}), **fields)


def ask(*facts, **fields):
    return thiopurine_in_sepsis(case(*facts, **fields))


def test_an_order_during_sepsis_is_critical():
    assert finding(ask(azathioprine(100), sepsis())) == Finding(
        decision=DecisionKey(DecisionKind.SEPSIS, "MedicationRequest/azathioprine-draft"),
        indicator=CRITICAL,
        summary="Azathioprine: sepsis or bacteraemia is active; do not give now",
        why=(
            Fact(
                "Sepsis or bacteraemia on the problem list", on("2026-11-22"), "Condition/sepsis_bacteremia"
            ),
            Fact(
                "Azathioprine 100 mg/day (1.3 mg/kg) ordered: 100 mg x 1",
                None,
                "MedicationRequest/azathioprine-draft",
            ),
            Fact("Weight 80 kg", on("2026-10-25"), "Observation/body_weight-2026-10-25"),
        ),
        do=(
            "Stop azathioprine at once and hold it until the infection has completely resolved and the patient "
            "is stable.",
            "Sepsis care: blood cultures, broad-spectrum antimicrobials, fluids.",
            "After restarting: blood count and liver tests weekly for at least 4 weeks.",
        ),
        citations=(KNOWLEDGE.cite("clinical-summary-2025", "active sepsis or bacteraemia"),),
        reasons=Reasons.STOP,
        constraints=(DoseConstraint("MedicationRequest/azathioprine-draft", Bound.STOP),),
    )


def test_a_therapy_during_sepsis_is_to_be_stopped_now():
    found = finding(ask(taking(Drug.AZATHIOPRINE, 100), sepsis()))

    assert (found.indicator, found.summary, found.constraints) == (
        CRITICAL,
        "Azathioprine: sepsis or bacteraemia is active; stop it now",
        (),
    )


def test_each_thiopurine_is_named():
    found = findings(ask(azathioprine(), mercaptopurine(), sepsis()))

    assert [one.summary.partition(":")[0] for one in found] == ["Azathioprine", "Mercaptopurine"]


@pytest.mark.parametrize(
    ("fields", "indicator"),
    [
        ({"onset": str(days_ago(30))}, CRITICAL),
        ({"onset": str(days_ago(31))}, None),
        (
            {"onset": str(days_ago(31)), "recorded": str(days_ago(30))},
            CRITICAL,
        ),  # either date makes it current
        ({"onset": str(days_ago(30)), "recorded": str(days_ago(31))}, CRITICAL),
        ({"onset": None, "recorded": str(days_ago(30))}, CRITICAL),
        ({"onset": None, "recorded": str(days_ago(31))}, None),
        ({"onset": str(days_ago(400)), "in_this_encounter": True}, CRITICAL),
        ({"onset": None}, WARNING),  # no date at all
        ({"onset": None, "in_this_encounter": True}, CRITICAL),
        ({"onset": "2026-11"}, CRITICAL),  # since 1 November at the earliest: 23 days
        ({"onset": "2026-10"}, WARNING),  # 25 to 31 October would be recent, 1 October not
        ({"onset": "2026"}, WARNING),
        ({"onset": "2025"}, None),
        ({"is_confirmed": False}, WARNING),
        ({"is_confirmed": False, "in_this_encounter": True}, WARNING),
        ({"state": ConditionState.RESOLVED}, None),
        ({"state": ConditionState.HISTORY}, None),
    ],
)
def test_what_is_current_and_sure_is_critical(fields, indicator):
    outcome = ask(azathioprine(), sepsis(**fields))

    if indicator is None:
        assert is_silent(outcome)
    else:
        assert finding(outcome).indicator is indicator


def test_doubt_asks_to_check_and_says_why():
    found = finding(ask(azathioprine(), sepsis(onset=None, is_confirmed=False, in_this_encounter=True)))

    assert found.summary == (
        "Azathioprine: sepsis or bacteraemia is active; check whether the infection is current"
    )
    assert why(found)[0] == (
        "Sepsis or bacteraemia on the problem list (not confirmed, no date recorded, in this encounter)"
    )


def test_one_sure_record_among_others_decides():
    doubtful = sepsis(onset=None, ref="Condition/old")

    assert finding(ask(azathioprine(), doubtful, sepsis())).indicator is CRITICAL


def test_a_long_term_steroid_is_not_to_be_stopped_abruptly():
    on_steroid = finding(ask(azathioprine(), sepsis(), taking(Drug.SYSTEMIC_CORTICOSTEROID)))

    assert on_steroid.do[2] == (
        "A systemic corticosteroid is on record: do not stop long-term steroids abruptly."
    )


@pytest.mark.parametrize(
    "facts",
    [
        (azathioprine(),),
        (azathioprine(), problem(Problem.FEVER)),
        (sepsis(),),
        (sepsis(), azathioprine(intent=OrderIntent.END), taking(Drug.AZATHIOPRINE)),
    ],
)
def test_is_silent_without_both_sepsis_and_thiopurine(facts):
    assert is_silent(ask(*facts))


def test_cannot_tell_without_the_problem_list():
    assert blocked_by(ask(azathioprine(), known=unknown(CONDITIONS))) == (CONDITIONS,)
    assert missing_from(ask(azathioprine(), sepsis(), known=unknown(CONDITIONS))) == (CONDITIONS,)
    assert is_silent(ask(known=unknown(CONDITIONS)))


@pytest.mark.parametrize(("since", "is_blocked"), [("2026-10-24", False), ("2026-10-25", True), (None, True)])
def test_a_cut_problem_list_has_to_reach_back_beyond_thirty_days(since, is_blocked):
    outcome = ask(azathioprine(), known=truncated(CONDITIONS, since=since))

    assert is_silent(outcome) is not is_blocked


def test_the_tests_after_a_restart_are_those_of_the_schedule(tables):
    tables.edit("schedules", "combined,after sepsis,28,7,", "combined,after sepsis,42,14,")
    found = finding(
        thiopurine_in_sepsis(Case(chart(azathioprine(100), sepsis()), default_policy(), tables.knowledge))
    )

    assert found.do[-1] == "After restarting: blood count and liver tests every 2 weeks for at least 6 weeks."
