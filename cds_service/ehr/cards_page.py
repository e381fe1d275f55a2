"""A response as a page for clinicians and diffs: everything in it except the random ids."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cards.finding import Reasons
from cds_service.hooks.card_json import TOPICS
from cds_service.policy_file import knowledge_of

# Parts that follow from the tables alone are printed by name, or not at all: a test checks every card.
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
_RESPONSE = frozenset({"cards"})
_SUGGESTION = frozenset({"uuid", "label", "isRecommended", "actions"})
_ACTION = frozenset({"type", "description", "resource", "resourceId"})
_SOURCE = frozenset({"label", "url", "topic"})

Json = Mapping[str, Any]


def cards_page(response: Json) -> str:
    """The response as Markdown, one heading a card.

    Left out are uuids, and the line that says when the sources were last compared; a set of override reasons
    is named. An element that CDS Hooks does not know is written out as received.
    """
    cards = response.get("cards") or []
    blocks = [block for card in cards for block in _card(card)] or ["No card."]
    return "\n\n".join([*blocks, *_others(response, _RESPONSE)]) + "\n"


def _card(card: Json) -> Iterator[str]:
    yield f"## {card.get('indicator')}: {card.get('summary')}"
    if "detail" in card:
        yield _COMPARED.sub("", card["detail"])
    if "source" in card:
        yield from _source(card["source"])
    suggestions = card.get("suggestions") or []
    if suggestions:
        yield f"Suggestions ({card.get('selectionBehavior')}):"
    for suggestion in suggestions:
        yield from _suggestion(suggestion)
    if "overrideReasons" in card:
        yield f"Override reasons: {_reasons(card['overrideReasons'])}"
    for link in card.get("links") or []:
        yield f"Link: {_named(link)}"
    yield from _others(card, _CARD)


def _source(source: Json) -> Iterator[str]:
    topic = source.get("topic") or {}
    code = topic.get("code") if set(topic) == {"system", "code"} and topic["system"] == TOPICS else topic
    address = f", {source['url']}" if "url" in source else ""
    yield f"Card source: {source.get('label')}{address} ({code})"
    yield from _others(source, _SOURCE)


def _suggestion(suggestion: Json) -> Iterator[str]:
    recommended = " (recommended)" if suggestion.get("isRecommended") else ""
    yield f"### {suggestion.get('label')}{recommended}"
    for action in suggestion.get("actions") or []:
        target = f" {action['resourceId']}" if "resourceId" in action else ""
        yield f"{action.get('type')}{target}: {action.get('description')}"
        if "resource" in action:
            yield _leaves(action["resource"])
        yield from _others(action, _ACTION)
    yield from _others(suggestion, _SUGGESTION)


def _reasons(given: list[dict[str, str]]) -> str:
    """The name of the set; a list that is not a known set is written out."""
    known = knowledge_of().override_reasons
    for name in Reasons:
        reasons = known.override_reasons(name)
        if given == [{"code": one.code, "system": one.system, "display": one.display} for one in reasons]:
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


def _others(element: Json, known: frozenset[str]) -> Iterator[str]:
    others = {name: value for name, value in element.items() if name not in known}
    if others:
        yield _leaves(others)
