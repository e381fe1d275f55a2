"""No card of an answer contradicts another, and what is offered does not call for the next warning."""

import json
import re
from typing import Any

import pytest

from cards.finding import Fired
from cds_service.answering.pipeline import answer
from cds_service.hooks.request import hook_of, hook_request_from
from cds_service.hooks.services import service_for_hook
from tests.stories import Story, all_stories, response_to

pytestmark = pytest.mark.slow

Json = dict[str, Any]
STORIES = all_stories()
each_story = pytest.mark.parametrize("story", [pytest.param(one, id=one.name) for one in STORIES])

# What a card may ask for, in its summary or under "What to do".
_STOP = r"; stop\b|[;,] do not (?:give|start)\b|\bdiscontinue it\b|\bstop it now\b|contraindicated, choose"
_ACTS = {
    "stop": re.compile(_STOP),
    "withhold": re.compile(r"\breduce or withhold\b|\bchoose a lower dose\b|reduce to \d"),
    "stay": re.compile(r"\bdo not titrate up\b"),
    "keep": re.compile(r"\bnot stop (?:it )?abruptly|without stopping abruptly|\bnever stop one alone\b"),
    "raise": re.compile(r"\bconsider a higher dose\b|\bunder-dosed$"),
    "step": re.compile(r"- (?:Step|Before the first step|Between steps at least):"),
    "add allopurinol": re.compile(r"\badd allopurinol\b"),
    "inhibitor": re.compile(r"with (?:\w+/)?(?:allopurinol|febuxostat)\b"),
    "low": re.compile(r"\busual care\b|\brisk low$"),
    "low gene": re.compile(r"(?:TPMT|NUDT15) (?:poor|intermediate|possible intermediate)"),
}
_CONTRADICTIONS = (
    ("stop", "keep"),
    ("stop", "raise"),
    ("withhold", "raise"),
    ("stay", "raise"),
    ("stay", "step"),
    ("low gene", "add allopurinol"),
    ("inhibitor", "add allopurinol"),
    ("stop", "add allopurinol"),
)
_OF_OTHER_DRUGS = ("LiveVaccine", "HepatitisB")  # what these stop or keep is a vaccine, or another drug
_URGENCY = ("info", "warning", "critical")
_ALLOWED_MG = re.compile(r"(?:start at|start is|reduce to|at most) (?:[\d.]+-)?([\d.]+) mg/day")


@each_story
def test_no_card_asks_for_what_another_one_forbids(story):
    asked = acts_of(response_to(story))

    assert [pair for pair in _CONTRADICTIONS if set(pair) <= asked] == []


@each_story
def test_the_plan_names_no_dose_above_what_another_card_allows(story):
    cards = response_to(story)["cards"]
    allowed = [
        float(mg)
        for card in cards
        for mg in _ALLOWED_MG.findall(card["summary"])
        if "start for" not in card["summary"]  # a start says nothing of later doses
    ]
    planned = [
        max(map(float, re.findall(r"(\d+(?:\.\d+)?) mg/day", line)))
        for card in cards
        for line in card["detail"].splitlines()
        if re.match(r"- (?:Usual start|Usual range|Ceiling|TPMT and NUDT15 normal).* mg/day", line)
    ]

    assert [mg for mg in planned if mg > min(allowed, default=float("inf"))] == []


@each_story
def test_a_dose_that_is_offered_brings_no_new_warning(story):
    asked = json.loads(story.request_body())
    drafts = [one["resource"] for one in actions_of(response_to(story)) if one["type"] == "update"]

    louder = [
        (rule_id, level)
        for draft in drafts
        for rule_id, level in urgency_by_rule(with_draft(asked, draft), story).items()
        if level > urgency_by_rule(asked, story).get(rule_id, 0)
    ]
    assert louder == []


def test_some_stories_offer_a_dose():
    offers = [one for one in STORIES if any(act["type"] == "update" for act in actions_of(response_to(one)))]

    assert len(offers) > 10


def acts_of(response: Json) -> set[str]:
    texts = [
        text
        for card in response["cards"]
        if card["source"]["topic"]["code"] not in _OF_OTHER_DRUGS
        for text in (card["summary"], *what_to_do(card["detail"]))
    ]
    return {act for act, words in _ACTS.items() for text in texts if words.search(text)}


def what_to_do(detail: str) -> list[str]:
    section = detail.partition("**What to do**")[2]
    return section.partition("\n\n**")[0].splitlines()


def actions_of(response: Json) -> list[Json]:
    return [
        action
        for card in response["cards"]
        for suggestion in card.get("suggestions", [])
        for action in suggestion["actions"]
    ]


def urgency_by_rule(request: Json, story: Story) -> dict[str, int]:
    """How urgent what each rule says is, also where it is a line of another rule's card."""
    body = json.dumps(request).encode()
    service = service_for_hook(hook_of(body))
    considered = answer(hook_request_from(body, service.hook), service, story.as_of).considered
    assert considered is not None
    return {
        decision.rule_id: max(_URGENCY.index(found.indicator) for found in decision.outcome.findings)
        for decision in considered.advice.decisions
        if isinstance(decision.outcome, Fired)
    }


def with_draft(request: Json, draft: Json) -> Json:
    """The same request once the offer was taken."""
    changed = json.loads(json.dumps(request))
    for entry in changed["context"]["draftOrders"]["entry"]:
        if entry["resource"].get("id") == draft["id"]:
            entry["resource"] = draft
    return changed
