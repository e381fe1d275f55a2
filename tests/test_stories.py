"""Every story in fixtures/stories: a hook request in, the whole response out.

A changed response is reviewed like a changed rule. `thiopurine-cds evaluate REQUEST.json --as-of DATE
--number-ids` prints what to put into response.json.
"""

import json
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from tests.stories import Story, all_stories, response_to

STORIES = all_stories()
each_story = pytest.mark.parametrize("story", [pytest.param(story, id=story.name) for story in STORIES])

# CDS Hooks 2.0.1, "CDS Service Response": the elements of each object, True where they must be there
CARD = {
    "uuid": True,  # ours always have one: without it there is no feedback
    "summary": True,
    "detail": True,
    "indicator": True,
    "source": True,
    "suggestions": False,
    "selectionBehavior": False,
    "overrideReasons": False,
    "links": False,
}
SOURCE = {"label": True, "url": False, "topic": True}
TOPIC = {"system": True, "code": True}
SUGGESTION = {"label": True, "uuid": True, "isRecommended": False, "actions": True}
ACTION = {"type": True, "description": True, "resource": False, "resourceId": False}
REASON = {"code": True, "system": True, "display": True}
LINK = {"label": True, "url": True, "type": True}


@each_story
def test_story(story):
    assert response_to(story) == story.expected


@each_story
def test_a_story_has_a_clinical_point(story):
    assert len(story.clinical_point.split()) > 4


@each_story
def test_a_response_is_cds_hooks_to_the_letter(story):
    response = response_to(story)

    assert set(response) == {"cards"}
    assert [
        path for path, value in leaves(response, "") if value in (None, "", [], {}) and path != ".cards"
    ] == []
    for card in response["cards"]:
        check_card(card)


@each_story
def test_ids_are_unique(story):
    ids = [value for path, value in leaves(response_to(story), "") if path.endswith(".uuid")]

    assert len(ids) == len(set(ids))


@each_story
def test_what_we_emit_is_fhir_r4b(story):
    for resource in emitted(story):
        kind = resource["resourceType"]
        model = getattr(import_module(f"fhir.resources.R4B.{kind.lower()}"), kind)

        assert model.model_validate(resource)


@each_story
def test_updates_and_deletes_are_of_draft_orders(story):
    drafts = {f"{draft['resourceType']}/{draft['id']}" for draft in draft_orders(story)}
    actions = list(actions_of(response_to(story)))

    deleted = [action["resourceId"] for action in actions if action["type"] == "delete"]
    updated = [
        f"{action['resource']['resourceType']}/{action['resource']['id']}"
        for action in actions
        if action["type"] == "update"
    ]

    assert [ref for ref in deleted + updated if ref not in drafts] == []


def check_card(card: dict[str, Any]) -> None:
    check(card, CARD)
    check(card["source"], SOURCE)
    check(card["source"]["topic"], TOPIC)
    assert card["source"]["topic"]["code"].isalnum()
    assert 0 < len(card["summary"]) < 140
    assert "<" not in card["detail"].replace("\\<", "")
    assert card["indicator"] in ("info", "warning", "critical")
    assert ("suggestions" in card) == ("selectionBehavior" in card)
    assert card.get("selectionBehavior", "any") in ("any", "at-most-one")
    recommended = [one for one in card.get("suggestions", []) if one.get("isRecommended")]
    assert len(recommended) <= 1 or card["selectionBehavior"] == "any"
    for suggestion in card.get("suggestions", []):
        check(suggestion, SUGGESTION)
    for reason in card.get("overrideReasons", []):
        check(reason, REASON)
    for link in card.get("links", []):
        check(link, LINK)
    for action in (one for suggestion in card.get("suggestions", []) for one in suggestion["actions"]):
        check(action, ACTION)
        assert action["type"] in ("create", "update", "delete")
        assert ("resourceId" in action) == (action["type"] == "delete") == ("resource" not in action)


def check(found: dict[str, Any], elements: dict[str, bool]) -> None:
    assert set(found) <= set(elements)
    assert {name for name, needed in elements.items() if needed} <= set(found)


def leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    yield path, value
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for name, child in children:
        yield from leaves(child, f"{path}.{name}")


def actions_of(response: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for card in response["cards"]:
        for suggestion in card.get("suggestions", []):
            yield from suggestion["actions"]


def emitted(story: Story) -> list[dict[str, Any]]:
    return [action["resource"] for action in actions_of(response_to(story)) if "resource" in action]


def draft_orders(story: Story) -> list[dict[str, Any]]:
    context = json.loads(story.request_body())["context"]
    return [entry["resource"] for entry in context.get("draftOrders", {}).get("entry", [])]
