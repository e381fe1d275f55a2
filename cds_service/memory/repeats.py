"""Where the site sets repeat = "once", a card shown while ordering is not shown again at signing."""

from collections.abc import Iterable
from dataclasses import fields, is_dataclass, replace
from datetime import datetime, timedelta

import structlog

from cds_service.answering.reply import Answer, Considered
from cds_service.errors import StoreUnavailableError
from cds_service.hooks.issued_cards import IssuedCard
from cds_service.hooks.request import HookRequest
from cds_service.memory.store import Store

log = structlog.get_logger()

_SHOWN_AT, _NOT_AGAIN_AT = "order-select", "order-sign"
_AT_MOST = timedelta(hours=24)  # an order is signed on the day it is entered, or looked at afresh
_OF_THE_MOMENT = ("authored_on", "is_selected")  # elements that differ between two hooks about the same order


def without_repeats(found: Answer, request: HookRequest, store: Store, now: datetime) -> Answer:
    """The answer without the cards that this user already saw about this patient and these same orders.

    A critical card always stays, and so does every card while the database is down. The key kept of each card
    for later is set in the answer.
    """
    if found.considered is None:
        return found
    try:
        marked = _marked(found, found.considered, request, store)
        if request.hook != _NOT_AGAIN_AT:
            return marked
        known = {card.same_as for card in marked.sent if card.same_as and card.indicator != "critical"}
        seen = store.shown_already(filter(None, known), _SHOWN_AT, now - _AT_MOST)
    except StoreUnavailableError as error:
        log.warning("repeats_not_told_apart", why=error.message)
        return found
    return marked.without(lambda card: card.indicator != "critical" and card.same_as in seen, "repeated")


def _marked(found: Answer, considered: Considered, request: HookRequest, store: Store) -> Answer:
    about = (request.user_id, request.patient_id, _orders_as_read(considered))
    cards = tuple(replace(card, same_as=store.hash_of(repr((about, _said(card))))) for card in found.cards)
    return replace(found, cards=cards)


def _said(card: IssuedCard) -> tuple[object, ...]:
    """The text a reader sees: the card's ids, and the contents of its suggestions, change each time."""
    return tuple(card.content.get(name) for name in ("indicator", "summary", "detail"))


def _orders_as_read(considered: Considered) -> list[object]:
    chart = considered.chart
    return [_plain(order) for order in (*chart.draft_orders, *chart.vaccine_orders)]


def _plain(value: object) -> object:
    """A value that prints the same in every process: sets have no fixed order."""
    if is_dataclass(value) and not isinstance(value, type):
        names: Iterable[str] = (field.name for field in fields(value) if field.name not in _OF_THE_MOMENT)
        return [(name, _plain(getattr(value, name))) for name in names]
    if isinstance(value, frozenset):
        return sorted(map(str, value))
    return str(value)
