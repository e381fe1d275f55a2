"""A response as a page that a clinician can read and a diff can show: all of it but the random ids."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cards.finding import Reasons
from cards.knowledge.override_reasons import override_reasons
from cds_service.card_json import TOPICS

# What follows from the tables alone is printed by name, or not at all: a test holds it for every card.
_COMPARED = re.compile(r"\n- Knowledge last compared with its sources on \d{4}-\d{2}-\d{2}\.$")
_CARD = frozenset(
    {
        "uuid",
        "summary",
        "detail",
        "indicator",
        "source",
        "suggestions",
        "selectionBehavior",
        "overrideReasons",
        "links",
    }
)
_RESPONSE = frozenset({"cards", "systemActions"})
_SUGGESTION = frozenset({"uuid", "label", "isRecommended", "actions"})
_ACTION = frozenset({"type", "description", "resource", "resourceId"})
_SOURCE = frozenset({"label", "url", "topic"})

Json = Mapping[str, Any]


class UnknownElementError(ValueError):
    """A response with an element that the page would not show."""


def cards_page(response: Json) -> str:
    """The response as Markdown, one heading a card.

    Left out are uuids, and the line that says when the sources were last compared; a set of override reasons
    is named. Raises UnknownElementError for an element that the page would lose.
    """
    _refuse_others(response, _RESPONSE)
    cards = response.get("cards") or []
    blocks = [block for card in cards for block in _card(card)] or ["No card."]
    if "systemActions" in response:
        blocks += ["## System actions", _leaves(response["systemActions"])]
    return "\n\n".join(blocks) + "\n"


def _card(card: Json) -> Iterator[str]:
    _refuse_others(card, _CARD)
    yield f"## {card['indicator']}: {card['summary']}"
    if "detail" in card:
        yield _COMPARED.sub("", card["detail"])
    yield _source(card["source"])
    suggestions = card.get("suggestions") or []
    if suggestions:
        yield f"Suggestions ({card.get('selectionBehavior')}):"
    for suggestion in suggestions:
        yield from _suggestion(suggestion)
    if "overrideReasons" in card:
        yield f"Override reasons: {_reasons(card['overrideReasons'])}"
    for link in card.get("links") or []:
        yield f"Link: {_named(link)}"


def _source(source: Json) -> str:
    _refuse_others(source, _SOURCE)
    topic = source.get("topic") or {}
    code = topic.get("code") if set(topic) == {"system", "code"} and topic["system"] == TOPICS else topic
    address = f", {source['url']}" if "url" in source else ""
    return f"Card source: {source['label']}{address} ({code})"


def _suggestion(suggestion: Json) -> Iterator[str]:
    _refuse_others(suggestion, _SUGGESTION)
    recommended = " (recommended)" if suggestion.get("isRecommended") else ""
    yield f"### {suggestion['label']}{recommended}"
    for action in suggestion["actions"]:
        _refuse_others(action, _ACTION)
        target = f" {action['resourceId']}" if "resourceId" in action else ""
        yield f"{action['type']}{target}: {action['description']}"
        if "resource" in action:
            yield _leaves(action["resource"])


def _reasons(given: list[dict[str, str]]) -> str:
    """The name of the set; a list that is no set of ours is written out."""
    for name in Reasons:
        if given == [
            {"code": one.code, "system": one.system, "display": one.display} for one in override_reasons(name)
        ]:
            return name
    return "; ".join(_named(one) for one in given)


def _leaves(value: object) -> str:
    """Any JSON as a block with one line a value: "dosageInstruction[0].text = 50 mg"."""
    return "\n".join(["```", *(f"{path} = {leaf}" for path, leaf in _paths(value, "")), "```"])


def _paths(value: object, path: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping) and value:
        for name, part in value.items():
            yield from _paths(part, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value:
        for place, part in enumerate(value):
            yield from _paths(part, f"{path}[{place}]")
    else:
        yield path, value


def _named(element: Json) -> str:
    return ", ".join(f"{name} {value}" for name, value in element.items())


def _refuse_others(element: Json, known: frozenset[str]) -> None:
    others = sorted(set(element) - known)
    if others:
        raise UnknownElementError(f"{', '.join(others)}: the page shows no such element")
