"""What a rule answers."""

import pytest

from cards.card import Indicator
from cards.finding import (
    Bound,
    DecisionKey,
    DecisionKind,
    DoseConstraint,
    FailedRule,
    Finding,
    Fired,
    Reasons,
)
from tests.builders import KNOWLEDGE

FINDING = Finding(
    decision=DecisionKey(DecisionKind.DOSE, "a"),
    indicator=Indicator.INFO,
    summary="Summary",
    why=(),
    do=(),
    citations=(KNOWLEDGE.cite("project"),),
    reasons=Reasons.DATA,
)


def test_a_finding_leads_and_proposes_nothing_unless_it_says_so():
    assert (FINDING.leads, FINDING.also, FINDING.constraints, FINDING.proposals) == (True, (), (), ())


def test_a_rule_that_speaks_missed_nothing_unless_it_says_so():
    assert Fired((FINDING,)).missing == ()


def test_a_constraint_binds_unless_it_says_otherwise():
    assert DoseConstraint("MedicationRequest/1", Bound.STOP).is_binding


@pytest.mark.parametrize("reasons", Reasons)
def test_every_kind_of_reasons_has_its_set(reasons):
    assert 3 <= len(KNOWLEDGE.override_reasons.override_reasons(reasons)) <= 6


def test_a_failed_rule_does_not_print_what_went_wrong():
    assert repr(FailedRule("a", ValueError("Mrs Jones"))) == "FailedRule(rule_id='a')"


@pytest.mark.parametrize(
    ("key", "kept"),
    [
        (DecisionKey(DecisionKind.DOSE, "MedicationRequest/1"), "dose:MedicationRequest/1"),
        (
            DecisionKey(DecisionKind.INTERACTION, "urn:uuid:8d1f", "warfarin"),
            "interaction:warfarin:urn:uuid:8d1f",
        ),
        (DecisionKey(DecisionKind.TWO_THIOPURINES), "two thiopurines"),
    ],
)
def test_a_decision_is_kept_as_its_kind_the_culprit_and_what_it_is_about(key, kept):
    assert str(key) == kept
