"""Every rule is asked, and a rule that breaks is reported and silences no other."""

from dataclasses import replace

import pytest

from cards.card import Indicator
from cards.engine import advise
from cards.finding import Decision, DecisionKey, DecisionKind, Finding, Fired, Reasons, Silent
from cards.knowledge.default_policy import default_policy
from cards.model.facts import Availability, FactKind, Known, Missing
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule
from tests.builders import KNOWLEDGE, azathioprine, chart

SPOKEN = Fired(
    (
        Finding(
            decision=DecisionKey(DecisionKind.DOSE, "a"),
            indicator=Indicator.INFO,
            summary="Heard",
            why=(),
            do=("do",),
            citations=(KNOWLEDGE.cite("project"),),
            reasons=Reasons.DATA,
        ),
    )
)
QUIET = Silent("nothing to say")


def rule(rule_id, check):
    return Rule(id=rule_id, question="?", check=check)


def test_every_rule_is_asked_and_its_answer_kept():
    rules = (rule("speaks", lambda _: SPOKEN), rule("silent", lambda _: QUIET))

    answer = advise(chart(azathioprine()), rules, default_policy(), KNOWLEDGE)

    assert answer.decisions == (Decision("speaks", SPOKEN), Decision("silent", QUIET))
    assert [card.summary for card in answer.cards] == ["Heard"]
    assert answer.failed == ()


def test_a_rule_that_breaks_is_reported_and_the_others_stand():
    error = ZeroDivisionError("patient data")

    def broken(_):
        raise error

    answer = advise(
        chart(azathioprine()),
        (rule("broken", broken), rule("speaks", lambda _: SPOKEN)),
        default_policy(),
        KNOWLEDGE,
    )

    (failed,) = answer.failed
    assert (failed.rule_id, failed.error) == ("broken", error)
    assert "patient data" not in repr(failed)
    assert answer.decisions == (Decision("speaks", SPOKEN),)
    assert [card.summary for card in answer.cards] == ["Heard"]


def test_every_rule_sees_the_same_case():
    seen = []

    def look(case):
        seen.append(case)
        return QUIET

    advise(chart(azathioprine()), (rule("one", look), rule("two", look)), default_policy(), KNOWLEDGE)

    assert seen[0] is seen[1]


def test_no_rules_give_no_advice():
    answer = advise(chart(azathioprine()), (), default_policy(), KNOWLEDGE)

    assert (answer.cards, answer.decisions, answer.failed) == ((), (), ())


def test_only_a_rule_that_can_be_critical_misses_what_a_server_withholds():
    seen = {}

    def asks(name):
        def check(case):
            seen[name] = case.missing(FactKind.CONDITIONS)
            return QUIET

        return check

    known = {FactKind.CONDITIONS: Known(Availability.KNOWN, withheld="a part is withheld")}
    grave = replace(rule("grave", asks("grave")), highest=Indicator.CRITICAL)

    advise(
        chart(azathioprine(), known=known),
        (grave, rule("mild", asks("mild"))),
        default_policy(),
        KNOWLEDGE,
    )

    assert seen == {"grave": (Missing(FactKind.CONDITIONS, "a part is withheld"),), "mild": ()}


@pytest.mark.parametrize("availability", [Availability.UNKNOWN, Availability.PARTIAL])
def test_what_is_unknown_anyway_keeps_its_reason(availability):
    known = Known(availability, "not sent", withheld="a part is withheld")
    asked = chart(azathioprine(), known={FactKind.CONDITIONS: known})

    assert asked.without_withheld is asked


@pytest.mark.parametrize(
    ("is_deceased", "at", "decision"),
    [
        (True, (PATIENT_VIEW, ORDER_SIGN), Silent("the patient is recorded as having died")),
        (False, (PATIENT_VIEW, ORDER_SIGN), SPOKEN),
        (True, (ORDER_SIGN,), SPOKEN),  # somebody orders: the record of the death may be wrong
    ],
)
def test_an_opened_chart_of_a_deceased_patient_is_silent_and_an_order_is_not(is_deceased, at, decision):
    speaks = Rule(id="speaks", question="?", check=lambda _: SPOKEN, at=at)

    answer = advise(chart(is_deceased=is_deceased), (speaks,), default_policy(), KNOWLEDGE)

    assert answer.decisions == (Decision("speaks", decision),)
    assert bool(answer.cards) is (decision is SPOKEN)
