"""Records of requests for tests: one order signed, with the outcomes that a test names."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime

from cards.card import Indicator
from cards.engine import Advice
from cards.finding import Decision, DecisionKey, DecisionKind, Fact, FailedRule, Finding, Fired, Reasons
from cards.knowledge.default_policy import default_policy
from cards.model.dates import whole_day
from cds_service.hooks.issued_cards import IssuedCard
from cds_service.memory.records import RequestRecord
from tests.builders import KNOWLEDGE

NOW = datetime(2026, 11, 20, 8, 30, 15, 123456, tzinfo=UTC)
FINDING = Finding(
    decision=DecisionKey(DecisionKind.DOSE, "MedicationRequest/aza"),
    indicator=Indicator.WARNING,
    summary="Azathioprine 200 mg/day: start lower",
    why=(
        Fact("TPMT *1/*3A: Intermediate Metabolizer", whole_day(NOW.date()), "Observation/tpmt"),
        Fact("This order is a new start"),
    ),
    do=("Start lower.",),
    citations=(KNOWLEDGE.cite("project", "here"),),
    reasons=Reasons.DOSE,
)
_numbers = itertools.count(1)


def decided(rule, outcome):
    return Decision(rule, outcome)


def fired(rule, *findings):
    return Decision(rule, Fired(findings or (FINDING,)))


def failed(rule):
    return FailedRule(rule, ValueError("Jane Roe, 1984-06-02"))


def card(*rules, uuid=None, indicator="warning", **changes):
    content = {"uuid": uuid or f"card-{next(_numbers)}", "summary": "Start lower", "indicator": indicator}
    return IssuedCard(content | changes.pop("content", {}), rules, **changes)


def record(*decisions, cards=(), **changes):
    failures = tuple(one for one in decisions if isinstance(one, FailedRule))
    answered = tuple(one for one in decisions if not isinstance(one, FailedRule))
    sample = RequestRecord(
        service="thiopurine-order-sign",
        hook="order-sign",
        hook_instance="d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        client="clinic",
        patient_id="patient-17",
        user_id="Practitioner/9",
        received_at=NOW,
        advice=Advice((), answered, failures),
        policy=default_policy(),
        knowledge=KNOWLEDGE,
        cards=tuple(cards),
    )
    return replace(sample, **changes)
