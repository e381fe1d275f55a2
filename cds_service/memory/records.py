"""One request as stored: what every rule answered, and each card as sent."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from cards.engine import Advice
from cards.finding import Blocked, DoseConstraint, Fact, Finding, Fired, Outcome, Silent
from cards.knowledge.knowledge import Knowledge
from cards.knowledge.sources import Citation
from cards.model.facts import Missing
from cards.model.policy import Policy
from cds_service.hooks.issued_cards import IssuedCard
from cds_service.memory.hash_keys import HashKey
from cds_service.memory.tables import NAME, WORD
from cds_service.memory.versions import knowledge_version, policy_version, software_version
from cds_service.wire.json_response import as_json

Row = dict[str, Any]

# Of a resource that a card offers, only what was ordered: nothing shows for whom or by whom.
_OF_NOBODY = (
    "resourceType",
    "id",
    "status",
    "intent",
    "code",
    "medicationCodeableConcept",
    "medicationReference",
    "dosageInstruction",
    "dispenseRequest",
    "reasonCode",
    "authoredOn",
)
_UNCHECKED = "could-not-be-checked"


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """The outcome of a request. The site decides how long it is kept and whether with plain ids."""

    service: str
    hook: str
    hook_instance: str
    client: str
    patient_id: str = field(repr=False)
    user_id: str = field(repr=False)
    received_at: datetime  # aware
    advice: Advice = field(repr=False)
    policy: Policy = field(repr=False)
    knowledge: Knowledge = field(repr=False)
    cards: tuple[IssuedCard, ...] = ()
    muted_rules: frozenset[str] = frozenset()  # evaluated in silent mode


@dataclass(frozen=True, slots=True)
class Rows:
    """One request as rows of its tables."""

    request: Row
    decisions: list[Row]
    cards: list[Row]
    card_rules: list[Row]


def rows_of(record: RequestRecord, key: HashKey, *, is_plain: bool = False) -> Rows:
    """The rows of a request, with patient and user only as keyed hashes; `is_plain` keeps the ids."""
    request = uuid4().hex
    return Rows(
        request=_request_row(request, record, key, is_plain=is_plain),
        decisions=_decision_rows(request, record),
        cards=[_card_row(request, card, key, is_plain=is_plain) for card in record.cards],
        card_rules=[{"card": card.uuid, "rule": rule} for card in record.cards for rule in card.rules],
    )


def kept(text: str, length: int = WORD) -> str:
    """A text chosen by a client, in a form that every database accepts: cut, and without NUL."""
    return text.replace("\0", "")[:length]


def _request_row(request: str, record: RequestRecord, key: HashKey, *, is_plain: bool) -> Row:
    def whose(value: str) -> str:
        return kept(value) if is_plain else key.hash_of(value)

    return {
        "id": request,
        "received_at": record.received_at.astimezone(UTC),
        "service": record.service,
        "hook": record.hook,
        "hook_instance": kept(record.hook_instance),
        "client": kept(record.client),
        "patient": whose(record.patient_id),
        "user": whose(record.user_id),
        "hash_key": "" if is_plain else key.id,
        "software": software_version(),
        "knowledge": knowledge_version(record.knowledge),
        "policy": policy_version(record.policy),
    }


def _decision_rows(request: str, record: RequestRecord) -> list[Row]:
    decided = [
        _decision_row(request, decision.rule_id, decision.outcome) for decision in record.advice.decisions
    ]
    failed = [
        _row(request, one.rule_id, "failed", reason=type(one.error).__name__) for one in record.advice.failed
    ]
    rows = [*decided, *failed, *_unchecked_rows(request, record)]
    for row in rows:
        row["is_muted"] = row["rule"] in record.muted_rules
    return rows


def _unchecked_rows(request: str, record: RequestRecord) -> list[Row]:
    """The card on what could not be checked does not belong to a single rule: it is counted separately."""
    own = [card for card in record.cards if _UNCHECKED in card.rules]
    return [_row(request, _UNCHECKED, "fired", indicator=card.indicator) for card in own[:1]]


def _decision_row(request: str, rule: str, outcome: Outcome) -> Row:
    match outcome:
        case Fired(findings, missing):
            most_urgent = sorted((finding.indicator for finding in findings), key=lambda one: one.urgency)[:1]
            return _row(
                request,
                rule,
                "fired",
                indicator="".join(most_urgent) or None,
                findings=[_finding(finding) for finding in findings],
                missing=_missing(missing),
            )
        case Silent(reason):
            return _row(request, rule, "silent", reason=kept(reason, 2_000))
        case Blocked(missing):
            return _row(request, rule, "blocked", missing=_missing(missing))


def _row(request: str, rule: str, outcome: str, **columns: Any) -> Row:  # noqa: ANN401 -- column values
    empty: Row = {"indicator": None, "reason": None, "findings": [], "missing": []}
    return {"request": request, "rule": rule[:NAME], "outcome": outcome} | empty | columns


def _finding(finding: Finding) -> Row:
    return {
        "decision": str(finding.decision),
        "indicator": str(finding.indicator),
        "summary": finding.summary,
        "facts": [_fact(fact) for fact in finding.why],
        "doses": [_constraint(constraint) for constraint in finding.constraints],
        "sources": [_source(citation) for citation in finding.citations],
    }


def _fact(fact: Fact) -> Row:
    row: Row = {"text": fact.text}
    if fact.on is not None:
        row["on"] = str(fact.on)
    if fact.record_ref is not None:
        row["record"] = fact.record_ref
    return row


def _constraint(constraint: DoseConstraint) -> Row:
    return {
        "order": constraint.order_ref,
        "bound": constraint.bound.value,
        "low_mg_per_day": constraint.low_mg_per_day,
        "high_mg_per_day": constraint.high_mg_per_day,
    }


def _source(citation: Citation) -> Row:
    return {"source": citation.source.key, "locator": citation.locator, "grade": str(citation.grade)}


def _missing(missing: Iterable[Missing]) -> list[Row]:
    return [{"kind": one.kind.value, "why": one.why} for one in missing]


def _card_row(request: str, card: IssuedCard, key: HashKey, *, is_plain: bool) -> Row:
    exact = as_json(card.content)
    return {
        "uuid": card.uuid,
        "request": request,
        "indicator": card.indicator,
        "withheld": card.withheld,
        "content": exact.decode() if is_plain else as_json(_of_nobody(card.content)).decode(),
        "digest": key.hash_of(exact.decode()),
        "same_as": card.same_as,
    }


def _of_nobody(content: dict[str, Any]) -> dict[str, Any]:
    """The card as sent; of the resources in its suggestions, only what was ordered."""
    if "suggestions" not in content:
        return content
    return content | {
        "suggestions": [
            suggestion | {"actions": [_action_of_nobody(action) for action in suggestion["actions"]]}
            for suggestion in content["suggestions"]
        ]
    }


def _action_of_nobody(action: dict[str, Any]) -> dict[str, Any]:
    if "resource" not in action:
        return action
    resource = action["resource"]
    return action | {"resource": {name: resource[name] for name in _OF_NOBODY if name in resource}}
