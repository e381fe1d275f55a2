"""Card to CDS Hooks 2.0.1 JSON: nothing null, nothing empty, every draft order returned whole."""

import itertools
import os
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

from cards.card import Card, OverrideReason, Suggestion
from cards.model.proposals import ChangeDose, OrderTests, Proposal, RemoveOrder
from cards.wording import shortened
from cds_service.hooks.profiles import Manner
from fhir_mappers.crashes import logged_crash
from fhir_mappers.medications.draft_orders import CannotExpressError, Drafts, order_tests, remove, with_dose

TOPICS = "urn:thiopurine-cds:topic"
# Epic, "CDS Hooks Tutorial": the code system of the orders that a site offers
PREFERENCE_LIST = "urn:com.epic.cdshooks.action.code.system.preference-list-item"

NewId = Callable[[str], str]

_PLAINLY = Manner()
_UUID_BYTES = 16
_MOST_IDS = 16  # usual number in one answer
# CDS Hooks: clients process actions as a FHIR transaction does.
_ACTION_ORDER = ("delete", "create", "update")


class UnwritableCardError(Exception):
    """The card breaks the standard, and not only by its length: a bug in this software."""


def random_id(_kind: str) -> str:
    """A new uuid for a card or a suggestion."""
    return str(uuid4())


def random_ids() -> NewId:
    """New uuids for one answer. Their random bytes are read at once: a system call for each costs as much as a rule."""
    drawn = os.urandom(_UUID_BYTES * _MOST_IDS)
    places = iter(range(0, len(drawn), _UUID_BYTES))

    def next_id(kind: str) -> str:
        at = next(places, None)
        return random_id(kind) if at is None else str(UUID(bytes=drawn[at : at + _UUID_BYTES], version=4))

    return next_id


def numbered_ids() -> NewId:
    """Ids "card-1", "suggestion-1" ... in order, so that two answers can be compared."""
    counters: dict[str, Iterator[int]] = {}

    def next_id(kind: str) -> str:
        return f"{kind}-{next(counters.setdefault(kind, itertools.count(1)))}"

    return next_id


def card_json(
    card: Card, drafts: Drafts, new_id: NewId = random_id, manner: Manner = _PLAINLY
) -> dict[str, Any]:
    """The card as a client reads it.

    A suggestion that FHIR cannot express in the draft at hand, or that this client cannot carry out,
    is left out; its advice stands in the text. Raises UnwritableCardError for a card that the standard
    refuses.
    """
    _refuse_unwritable(card)
    uuid = new_id("card")
    suggestions = [found for one in card.suggestions for found in _suggestions(one, drafts, new_id, manner)]
    return _filled(
        uuid=uuid,
        summary=shortened(card.summary),
        detail=card.detail,
        indicator=str(card.indicator),
        source=_filled(
            label=card.source.label, url=card.source.url, topic={"system": TOPICS, "code": card.topic}
        ),
        suggestions=suggestions,
        selectionBehavior=(manner.profile.selection_behavior or card.selection_behavior)
        if suggestions
        else None,
        overrideReasons=[_coding(reason) for reason in card.override_reasons],
        links=[{"label": link.label, "url": link.url, "type": "absolute"} for link in card.links],
    )


def _refuse_unwritable(card: Card) -> None:
    if not card.summary.strip():
        raise UnwritableCardError(f"summary of {card.topic}: empty")
    if not card.source.label:
        raise UnwritableCardError(f"source of {card.topic}: no label")
    if card.suggestions and card.selection_behavior not in ("at-most-one", "any"):
        raise UnwritableCardError(f"selection behavior of {card.topic}: {card.selection_behavior!r}")
    recommended = sum(suggestion.is_recommended for suggestion in card.suggestions)
    if recommended > 1 and card.selection_behavior == "at-most-one":
        raise UnwritableCardError(f"suggestions of {card.topic}: {recommended} are recommended")


def _suggestions(
    suggestion: Suggestion, drafts: Drafts, new_id: NewId, manner: Manner
) -> list[dict[str, Any]]:
    """The client's offers: the suggestion or, where it takes single actions, one suggestion for each."""
    try:
        actions = [
            action for proposal in suggestion.proposals for action in _actions(proposal, drafts, manner)
        ]
    except CannotExpressError:
        return []
    except Exception as error:  # noqa: BLE001 -- a draft may hold anything; its card must stand without the offer
        logged_crash("suggestion_not_made", error)
        return []
    if not actions or any(action["type"] not in manner.profile.actions for action in actions):
        return []
    if manner.profile.has_single_actions and len(actions) > 1:
        return _one_by_one(suggestion, actions, new_id)
    actions.sort(key=lambda action: _ACTION_ORDER.index(action["type"]))
    return [_suggestion(suggestion.label, actions, new_id, is_recommended=suggestion.is_recommended)]


def _one_by_one(suggestion: Suggestion, actions: list[dict[str, Any]], new_id: NewId) -> list[dict[str, Any]]:
    """One suggestion per action. Only orders of tests may be separated: other actions depend on each other."""
    if any(action["type"] != "create" for action in actions):
        return []
    return [
        _suggestion(action["description"], [action], new_id, is_recommended=suggestion.is_recommended)
        for action in actions
    ]


def _suggestion(
    label: str, actions: list[dict[str, Any]], new_id: NewId, *, is_recommended: bool
) -> dict[str, Any]:
    return _filled(
        label=label, uuid=new_id("suggestion"), isRecommended=is_recommended or None, actions=actions
    )


def _actions(proposal: Proposal, drafts: Drafts, manner: Manner) -> list[dict[str, Any]]:
    match proposal:
        case ChangeDose():
            return [_update(proposal, drafts)]
        case OrderTests():
            return _test_orders(proposal, drafts, manner)
        case RemoveOrder():
            what = f"Remove {proposal.what}"
            return [{"type": "delete", "description": what, "resourceId": remove(proposal.order_ref)}]


def _test_orders(proposal: OrderTests, drafts: Drafts, manner: Manner) -> list[dict[str, Any]]:
    """One action per test; with a preference list, only the tests that the site has a code for."""
    if manner.profile.has_preference_list:
        proposal = OrderTests(tuple(test for test in proposal.tests if test in manner.preference_list))
    orders = order_tests(drafts, proposal)
    if manner.profile.has_preference_list:
        codes = [manner.preference_list[test] for test in proposal.tests]
        orders = [
            (name, _from_preference_list(resource, code))
            for (name, resource), code in zip(orders, codes, strict=True)
        ]
    return [
        {"type": "create", "description": f"Order {name}", "resource": resource} for name, resource in orders
    ]


def _from_preference_list(resource: dict[str, Any], code: str) -> dict[str, Any]:
    named = {"coding": [{"system": PREFERENCE_LIST, "code": code}], "text": resource["code"]["text"]}
    return resource | {"code": named}


def _update(proposal: ChangeDose, drafts: Drafts) -> dict[str, Any]:
    draft = drafts.orders.get(remove(proposal.order_ref))
    if draft is None:
        raise CannotExpressError("the order is not in the draft")
    changed = with_dose(draft, proposal)
    # Some clients show the description instead of the card's text.
    what = "; ".join((f"Change the dose to {proposal.mg_per_day:g} mg a day", *changed.notes))
    return {"type": "update", "description": what, "resource": changed.resource}


def _coding(reason: OverrideReason) -> dict[str, str]:
    return {"code": reason.code, "system": reason.system, "display": reason.display}


def _filled(**elements: Any) -> dict[str, Any]:  # noqa: ANN401 -- JSON
    """The elements that have a value."""
    return {name: value for name, value in elements.items() if value not in (None, "", [], {})}
