"""What a clinician did with a card, as an EHR reports it (CDS Hooks 2.0.1, "Feedback")."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

_Card = dict[str, Any]


class NoSuchChoiceError(ValueError):
    """A card, suggestion or reason that the answer does not contain; the message lists those it does."""


def accepted(cards: Sequence[_Card], choice: str) -> dict[str, Any]:
    """The report that a suggestion was taken: "2" is that of the second card, "2.1" its first one.

    A card with several suggestions needs the second number: nobody guesses which dose was meant.

    Raises NoSuchChoiceError.
    """
    number, _, which = choice.partition(".")
    card = _card(cards, number)
    suggestions = card.get("suggestions") or []
    if not suggestions:
        raise NoSuchChoiceError(f"card {number} has no suggestion to accept")
    if not which and len(suggestions) > 1:
        raise NoSuchChoiceError(f"card {number} has {len(suggestions)} suggestions: say {number}.1 or so")
    chosen = _nth(suggestions, which or "1", f"suggestion of card {number}")
    return _report(card, "accepted") | {"acceptedSuggestions": [{"id": chosen.get("uuid")}]}


def overridden(cards: Sequence[_Card], number: str, reason: str, comment: str = "") -> dict[str, Any]:
    """The report that a card was dismissed, for a reason that the card offers.

    Raises NoSuchChoiceError.
    """
    card = _card(cards, number)
    offered = card.get("overrideReasons") or []
    coding = next((one for one in offered if one.get("code") == reason), None)
    if coding is None:
        codes = ", ".join(str(one.get("code")) for one in offered) or "none"
        raise NoSuchChoiceError(f"card {number} has no override reason {reason!r}; it offers: {codes}")
    why: dict[str, Any] = {"reason": coding}
    if comment:
        why["userComment"] = comment
    return _report(card, "overridden") | {"overrideReason": why}


def _card(cards: Sequence[_Card], number: str) -> _Card:
    return _nth(cards, number, "card")


def _nth(things: Sequence[_Card], number: str, what: str) -> _Card:
    if not number.isdigit() or not 1 <= int(number) <= len(things):
        raise NoSuchChoiceError(f"there is no {what} {number}; there are {len(things)}")
    return things[int(number) - 1]


def _report(card: _Card, outcome: str) -> dict[str, Any]:
    at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return {"card": card.get("uuid"), "outcome": outcome, "outcomeTimestamp": at}
