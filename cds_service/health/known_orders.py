"""Orders whose cards are known in advance."""

from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from cards.knowledge.knowledge import Knowledge
from cards.knowledge.releases import Release
from cds_service.answering.pipeline import Circumstances
from cds_service.evaluation import response_to
from cds_service.hooks.card_json import numbered_ids


@dataclass(frozen=True, slots=True)
class TellingCard:
    """The parts of a card that must be right, whatever the wording below its first line."""

    indicator: str
    topic: str
    summary: str
    suggestions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KnownOrder:
    """A hook request, the moment at which it is asked, and the cards that must come."""

    name: str
    as_of: datetime
    body: bytes
    cards: tuple[TellingCard, ...]

    def answered(self, knowledge: Knowledge) -> tuple[TellingCard, ...]:
        """The cards that come now of these tables, under the default policy."""
        around = Circumstances(knowledge.default_policy, knowledge)
        return tuple(
            _telling(card) for card in response_to(self.body, self.as_of, numbered_ids(), around)["cards"]
        )


def known_orders(release: Release | None) -> tuple[KnownOrder, ...]:
    """The orders of `known_orders.json`, each a story of the project's fixtures: those of a release of the tables.

    Without a release, those of the software.
    """
    folder = release.folder if release else files("cds_service.health")
    text = (folder / "known_orders.json").read_bytes()
    return tuple(_known_order(one) for one in msgspec.json.decode(text))


def _known_order(one: dict[str, Any]) -> KnownOrder:
    return KnownOrder(
        name=one["name"],
        as_of=datetime.fromisoformat(one["as_of"]).astimezone(ZoneInfo(one["zone"])),
        body=msgspec.json.encode(one["request"]),
        cards=tuple(
            TellingCard(**card | {"suggestions": tuple(card["suggestions"])}) for card in one["cards"]
        ),
    )


def _telling(card: dict[str, Any]) -> TellingCard:
    return TellingCard(
        indicator=card["indicator"],
        topic=card["source"]["topic"]["code"],
        summary=card["summary"],
        suggestions=tuple(suggestion["label"] for suggestion in card.get("suggestions", ())),
    )
