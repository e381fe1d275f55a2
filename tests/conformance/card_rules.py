"""What CDS Hooks 2.0.1 says of a response, read strictly: `problems_in` names each breach by its path."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from markdown_it import MarkdownIt

_TEXT, _LIST, _OBJECT, _FLAG = str, list, dict, bool
_RESPONSE = {"cards": _LIST, "systemActions": _LIST}
_CARD = {
    "uuid": _TEXT,
    "summary": _TEXT,
    "detail": _TEXT,
    "indicator": _TEXT,
    "source": _OBJECT,
    "suggestions": _LIST,
    "selectionBehavior": _TEXT,
    "overrideReasons": _LIST,
    "links": _LIST,
    "extension": _OBJECT,
}
_SOURCE = {"label": _TEXT, "url": _TEXT, "icon": _TEXT, "topic": _OBJECT}
_CODING = {"code": _TEXT, "system": _TEXT, "display": _TEXT}
_SUGGESTION = {"label": _TEXT, "uuid": _TEXT, "isRecommended": _FLAG, "actions": _LIST}
_ACTION = {"type": _TEXT, "description": _TEXT, "resource": _OBJECT, "resourceId": _TEXT}
_LINK = {"label": _TEXT, "url": _TEXT, "type": _TEXT, "appContext": _TEXT, "autolaunchable": _FLAG}
_RELATIVE_REFERENCE = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9.\-]{1,64}")
_LONGEST_SUMMARY = 139

Problems = Iterator[str]


def problems_in(response: Any) -> list[str]:
    """Every breach in a response, empty when there is none."""
    return [
        *_shape(response, _RESPONSE, ("cards",), "response"),
        *nothing_empty(response, "response", may_be_empty=("cards", "systemActions")),
        *(one for number, card in enumerate(response["cards"]) for one in _card(card, f"cards[{number}]")),
        *_uuids(response),
    ]


def nothing_empty(value: Any, path: str, may_be_empty: tuple[str, ...]) -> Problems:
    """Every null and empty value but under the names that may be empty; FHIR resources have rules of their own."""
    if value in (None, "", [], {}) and path.rpartition(".")[2] not in may_be_empty:
        yield f"{path} is {value!r}"
    if isinstance(value, dict):
        for name, one in value.items():
            yield from nothing_empty(one, f"{path}.{name}", may_be_empty)
    if isinstance(value, list):
        for number, one in enumerate(value):
            yield from nothing_empty(one, f"{path}[{number}]", may_be_empty)


def _card(card: Any, path: str) -> Problems:
    yield from _shape(card, _CARD, ("summary", "indicator", "source"), path)
    if not 0 < len(card["summary"].strip()) <= len(card["summary"]) <= _LONGEST_SUMMARY:
        yield f"{path}.summary has {len(card['summary'])} characters"
    if card["indicator"] not in ("info", "warning", "critical"):
        yield f"{path}.indicator is {card['indicator']!r}"
    yield from _source(card["source"], f"{path}.source")
    yield from _markdown(card.get("detail", ""), f"{path}.detail")
    yield from _choice(card, path)
    for number, suggestion in enumerate(card.get("suggestions", [])):
        yield from _suggestion(suggestion, f"{path}.suggestions[{number}]")
    for number, reason in enumerate(card.get("overrideReasons", [])):
        yield from _shape(reason, _CODING, ("code", "system", "display"), f"{path}.overrideReasons[{number}]")
    for number, link in enumerate(card.get("links", [])):
        yield from _link(link, f"{path}.links[{number}]")


def _source(source: Any, path: str) -> Problems:
    yield from _shape(source, _SOURCE, ("label",), path)
    if "topic" in source:
        yield from _shape(source["topic"], _CODING, ("code", "system"), f"{path}.topic")
    # One publication that we cite has its address without TLS; what a reader may do in it is reading.
    yield from _absolute(source.get("url"), f"{path}.url", ("https", "http"))
    yield from _absolute(source.get("icon"), f"{path}.icon")


def _markdown(text: str, path: str) -> Problems:
    """A reader may render what looks like HTML."""
    for block in MarkdownIt().parse(text):
        for token in (block, *(block.children or ())):
            if token.type.startswith("html"):
                yield f"{path} holds HTML: {token.content[:40]!r}"


def _choice(card: Any, path: str) -> Problems:
    suggestions = card.get("suggestions", [])
    behavior = card.get("selectionBehavior")
    if bool(suggestions) != (behavior is not None):
        yield f"{path}: selectionBehavior stands with suggestions, and only with them"
    if behavior not in (None, "at-most-one", "any"):
        yield f"{path}.selectionBehavior is {behavior!r}"
    recommended = sum(one.get("isRecommended", False) for one in suggestions)
    if behavior == "at-most-one" and recommended > 1:
        yield f"{path}: {recommended} suggestions are recommended, and at most one can be taken"


def _suggestion(suggestion: Any, path: str) -> Problems:
    yield from _shape(suggestion, _SUGGESTION, ("label", "actions"), path)
    kinds = [action["type"] for action in suggestion["actions"]]
    if kinds != sorted(kinds, key=("delete", "create", "update").index):
        yield f"{path}.actions come as {kinds}"
    for number, action in enumerate(suggestion["actions"]):
        yield from _action(action, f"{path}.actions[{number}]")


def _action(action: Any, path: str) -> Problems:
    yield from _shape(action, _ACTION, ("type", "description"), path)
    match action["type"]:
        case "delete":
            if "resource" in action or not _RELATIVE_REFERENCE.fullmatch(action.get("resourceId", "")):
                yield f"{path}: a delete names the resource by its relative reference, and holds none"
        case "create":
            if "resourceType" not in action.get("resource", {}) or "id" in action["resource"]:
                yield f"{path}: a create holds a new resource"
        case "update":
            if not {"resourceType", "id"} <= action.get("resource", {}).keys():
                yield f"{path}: an update holds the whole resource"
        case other:
            yield f"{path}.type is {other!r}"


def _link(link: Any, path: str) -> Problems:
    yield from _shape(link, _LINK, ("label", "url", "type"), path)
    if link["type"] not in ("absolute", "smart"):
        yield f"{path}.type is {link['type']!r}"
    if "appContext" in link and link["type"] != "smart":
        yield f"{path}: appContext stands on a smart link only"
    yield from _absolute(link["url"], f"{path}.url")


def _uuids(response: Any) -> Problems:
    own = [
        one["uuid"]
        for card in response["cards"]
        for one in (card, *card.get("suggestions", []))
        if "uuid" in one
    ]
    if len(set(own)) != len(own):
        yield "a uuid stands twice"
    for uuid in own:
        if str(UUID(uuid)) != uuid:
            yield f"{uuid!r} is not a uuid as RFC 4122 writes it"


def _absolute(url: str | None, path: str, schemes: tuple[str, ...] = ("https",)) -> Problems:
    if url is not None and (urlsplit(url).scheme not in schemes or not urlsplit(url).hostname):
        yield f"{path} is {url!r}: expected an absolute address by {' or '.join(schemes)}"


def _shape(value: Any, known: dict[str, type], required: tuple[str, ...], path: str) -> Problems:
    if not isinstance(value, dict):
        yield f"{path} is no object"
        return
    yield from (f"{path}.{name} is missing" for name in required if name not in value)
    yield from (f"{path}.{name} is unknown" for name in value if name not in known)
    yield from (
        f"{path}.{name} is {type(one).__name__}"
        for name, one in value.items()
        if not isinstance(one, known.get(name, object))
    )
