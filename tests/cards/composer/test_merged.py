"""What rests on a record merged with the patient's says so, and offers nothing."""

from dataclasses import replace

import pytest

from cards.card import Indicator
from cards.composer.merged import with_origin
from cards.engine import advise
from cards.finding import Bound, DecisionKey, DecisionKind, DoseConstraint, Fact, Finding, Fired, Reasons
from cards.knowledge.default_policy import default_policy
from cards.model.proposals import OrderTests
from cards.model.tests_ordered import OrderableTest
from cards.rules.rule import Rule
from tests.builders import KNOWLEDGE, azathioprine, chart

DRAFT = "MedicationRequest/azathioprine-draft"
OLD, OWN = "Observation/old", "Observation/own"
FINDING = Finding(
    decision=DecisionKey(DecisionKind.DOSE, DRAFT),
    indicator=Indicator.WARNING,
    summary="Summary",
    why=(Fact("WBC 3.1", record_ref=OLD), Fact("WBC 4.0", record_ref=OWN), Fact("New start")),
    do=("do",),
    citations=(KNOWLEDGE.cite("project", "a choice"),),
    reasons=Reasons.DOSE,
    proposals=(OrderTests((OrderableTest.TPMT,)),),
    constraints=(DoseConstraint(DRAFT, Bound.CEILING, None, 100.0),),
)


def card(merged_refs):
    rule = Rule(id="some-rule", question="?", check=lambda _: Fired((FINDING,)))
    asked = replace(chart(azathioprine(200)), merged_refs=frozenset(merged_refs))
    (made,) = advise(asked, (rule,), default_policy(), KNOWLEDGE).cards
    return made


def test_a_fact_from_a_merged_record_says_so():
    found = with_origin(FINDING, frozenset({OLD}))

    assert [fact.text for fact in found.why] == ["WBC 3.1, from the merged record", "WBC 4.0", "New start"]


def test_what_rests_on_it_proposes_nothing_and_limits_as_ever():
    found = with_origin(FINDING, frozenset({OLD}))

    assert (found.proposals, found.constraints) == ((), FINDING.constraints)


def test_a_result_contained_in_a_merged_report_is_from_it():
    finding = replace(FINDING, why=(Fact("TPMT *1/*3A", record_ref="DiagnosticReport/old#tpmt"),))

    (fact,) = with_origin(finding, frozenset({"DiagnosticReport/old"})).why

    assert fact.text == "TPMT *1/*3A, from the merged record"


@pytest.mark.parametrize("merged", [(), ("Observation/of-nothing-here",)])
def test_any_other_finding_stays_as_it_is(merged):
    assert with_origin(FINDING, frozenset(merged)) is FINDING


def test_a_card_of_merged_records_offers_nothing():
    assert [len(card(refs).suggestions) for refs in ((), (OLD,))] == [2, 0]


def test_where_a_merged_record_was_used_no_dose_is_offered_on_any_card():
    (left,) = card(("Observation/of-nothing-here",)).suggestions

    assert left.proposals == FINDING.proposals
