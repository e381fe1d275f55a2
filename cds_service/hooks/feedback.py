"""What clients report about cards: accepted, or overridden and why (CDS Hooks 2.0, "Feedback")."""

from dataclasses import dataclass
from typing import Any

import msgspec

from cds_service.errors import BadRequestError
from cds_service.wire.json_body import decoded

_LONGEST_COMMENT = 2_000
_LONGEST_WORD = 255
_LONGEST_TIME = 64
_MOST_SUGGESTIONS = 50
_MOST_ITEMS = 10_000  # they are kept in one transaction, for which other writers wait


@dataclass(frozen=True, slots=True)
class FeedbackItem:
    """One report about one card; the service may not know the card."""

    card: str
    outcome: str  # "accepted" or "overridden"
    outcome_at: str  # as written: RFC 3339
    accepted_suggestions: tuple[str, ...] = ()
    reason_code: str | None = None
    reason_system: str | None = None
    comment: str | None = None  # free text: kept, cut to a length, never logged


@dataclass(frozen=True, slots=True)
class Feedback:
    """A batch: the readable reports, and for each unreadable item its field."""

    items: tuple[FeedbackItem, ...]
    unread: tuple[str, ...]


class _Batch(msgspec.Struct):
    feedback: list[msgspec.Raw]


class _Accepted(msgspec.Struct):
    id: str


class _ReasonSent(msgspec.Struct):
    code: str | None = None
    system: str | None = None


class _Override(msgspec.Struct, rename="camel"):
    reason: _ReasonSent | None = None
    user_comment: str | None = None


class _Item(msgspec.Struct, rename="camel"):
    card: str
    outcome: str
    outcome_timestamp: str
    accepted_suggestions: list[_Accepted] = msgspec.field(default_factory=list)
    override_reason: _Override | None = None
    override_reasons: Any = None  # Epic's spelling, an object all the same


_BATCH = msgspec.json.Decoder(_Batch)
_ITEM = msgspec.json.Decoder(_Item)  # read here, so that no two threads read a part of it for the first time


def feedback_from(body: bytes) -> Feedback:
    """The reports in a body. Raises BadRequestError for a body that is not a batch or is too long.

    An unreadable item does not affect the others.
    """
    items: list[FeedbackItem] = []
    unread: list[str] = []
    batch = decoded(body, _BATCH).feedback
    if len(batch) > _MOST_ITEMS:
        raise BadRequestError(
            f"feedback: {len(batch)} items; at most {_MOST_ITEMS} are taken at once", "feedback"
        )
    for number, raw in enumerate(batch):
        path = f"feedback[{number}]"
        try:
            items.append(_item_from(decoded(raw, _ITEM, path), path))
        except BadRequestError as error:
            unread.append(error.field or path)
    return Feedback(tuple(items), tuple(unread))


def _item_from(item: _Item, path: str) -> FeedbackItem:
    if item.outcome not in ("accepted", "overridden"):
        raise BadRequestError("expected accepted or overridden", f"{path}.outcome")
    override = item.override_reason or _override_of(item.override_reasons, path)
    reason = override.reason or _ReasonSent()
    return FeedbackItem(
        card=_cut(item.card, _LONGEST_WORD) or "",
        outcome=item.outcome,
        outcome_at=_cut(item.outcome_timestamp, _LONGEST_TIME) or "",
        accepted_suggestions=tuple(
            _cut(suggestion.id, _LONGEST_WORD) or ""
            for suggestion in item.accepted_suggestions[:_MOST_SUGGESTIONS]
        ),
        reason_code=_cut(reason.code, _LONGEST_WORD),
        reason_system=_cut(reason.system, _LONGEST_WORD),
        comment=_cut(override.user_comment, _LONGEST_COMMENT),
    )


def _override_of(plural: Any, path: str) -> _Override:  # noqa: ANN401 -- what a client made of it
    if plural is None:
        return _Override()
    first = plural[0] if isinstance(plural, list) and plural else plural
    try:
        return msgspec.convert(first, _Override)
    except msgspec.ValidationError:
        raise BadRequestError("is not readable", f"{path}.overrideReasons") from None


def _cut(text: str | None, length: int) -> str | None:
    """A text in a form that every database accepts: at most this long, and without NUL."""
    return text.replace("\0", "")[:length] or None if text else None
