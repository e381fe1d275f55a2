"""Every story in fixtures/stories: a hook request in, the cards out, and what holds for the cards of all stories.

`thiopurine-cds stories --update` writes cards.md; its diff is reviewed like a changed rule. Twenty stories keep
response.json as well: the answer to the letter, as it goes over the wire.
"""

import json
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest

from cards.finding import Fired, Reasons
from cards.rules import ALL_RULES
from cds_service.answering import pipeline
from cds_service.ehr.cards_page import cards_page
from cds_service.hooks.card_json import TOPICS
from tests.builders import KNOWLEDGE
from tests.stories import Story, all_stories, response_to

STORIES = all_stories()
WIRE_GOLDENS = 20

Json = dict[str, Any]
Problems = Iterator[str]

# CDS Hooks 2.0.1, "CDS Service Response": the elements of each object, True where they must be there
CARD = {
    "uuid": True,  # ours always have one: without it there is no feedback
    "summary": True,
    "detail": True,
    "indicator": True,
    "source": True,
    "suggestions": False,
    "selectionBehavior": False,
    "overrideReasons": True,  # optional in the standard; every card of ours may be overridden with a reason
    "links": False,
}
SOURCE = {"label": True, "url": False, "topic": True}
TOPIC = {"system": True, "code": True}
SUGGESTION = {"label": True, "uuid": True, "isRecommended": False, "actions": True}
ACTION = {"type": True, "description": True, "resource": False, "resourceId": False}
REASON = {"code": True, "system": True, "display": True}
LINK = {"label": True, "url": True, "type": True}

# A card begins with the drug, or with the vaccine that it is about.
FIRST_WORDS = re.compile(
    r"(Starting (azathioprine|mercaptopurine|thioguanine): plan$|(Azathioprine|Mercaptopurine|Thioguanine|Thiopurine)\b"
    r"|[A-Z][\w ,-]* (\(live\) )?vaccine |Live [\w ,-]*vaccine )"
)
SECTIONS = ("Why", "What to do", "What other sources say", "Source")
DOSE = re.compile(r"- (Azathioprine|Mercaptopurine|Thioguanine) [\d.]+ mg/day")
NO_WEIGHT = "No usable body weight"
WEIGHT = re.compile(r"- Weight \d")
DATED = re.compile(r"\(\d{4}(-\d\d){0,2},|no date recorded")
COMPARED = re.compile(r"- Knowledge last compared with its sources on \d{4}-\d{2}-\d{2}\.")
BANNED = (
    "no action",
    "all clear",
    "nothing to worry",
    "no adjustment needed",
    "no dose adjustment",
    "87 %",  # contradicted: 83 %
    "arthralgia",  # contradicted: after prednisolone was withdrawn
    "contraindicated by the fda",
    "immediately",
    "urgent",
    "must ",
    "always ",
)
NOT_FILLED_IN = re.compile(r"\bNone\b|\bnan\b|\[\]|  |\{[a-z_]*\}| ,|\(\)")
CAN_BE_CRITICAL = {rule.topic for rule in ALL_RULES if rule.can_be_critical}
GRADE = re.compile(r"[(, ]grade [A-EP]\b")


@pytest.mark.parametrize("story", [pytest.param(story, id=story.name) for story in STORIES])
def test_story(story, monkeypatch):
    """One failure names everything that is wrong with the story's answer."""
    advice = []
    monkeypatch.setattr(pipeline, "advise", _kept_in(advice, pipeline.advise))

    response = story.answer()

    assert [file.name for file, kept, now in story.kept_and_now(response) if kept != now] == []
    assert [f"{check.__name__}: {problem}" for check in CHECKS for problem in check(story, response)] + list(
        _beyond_the_facts(advice)
    ) == []


def test_twenty_stories_keep_the_answer_to_the_letter():
    assert sum(story.response_file.is_file() for story in STORIES) == WIRE_GOLDENS


def test_the_page_of_a_story_loses_only_ids_and_what_tables_repeat():
    """What `cards_page` leaves out is checked for every card by CHECKS: the last line, topic and reasons."""
    response = response_to(next(story for story in STORIES if story.name == "worked-example"))
    (first, *_) = response["cards"]

    page = cards_page(response)

    assert first["uuid"] not in page
    assert all(line in page for line in first["detail"].splitlines()[:-1])
    assert "colour = red" in cards_page({"cards": [first | {"colour": "red"}]})


def has_a_clinical_point(story: Story, _response: Json) -> Problems:
    if len((story.folder / "README.md").read_text(encoding="utf-8").split()) <= 4:
        yield "README.md says nothing"


def is_cds_hooks_to_the_letter(_story: Story, response: Json) -> Problems:
    if set(response) != {"cards"}:
        yield f"elements {sorted(response)}"
    for path, value in leaves(response, ""):
        if value in (None, "", [], {}) and path != ".cards":
            yield f"{path} is empty"
    for card in response["cards"]:
        yield from card_problems(card)


def has_ids_of_its_own(_story: Story, response: Json) -> Problems:
    ids = [value for path, value in leaves(response, "") if path.endswith(".uuid")]
    if len(ids) != len(set(ids)):
        yield f"ids {ids}"


def emits_fhir_r4b(_story: Story, response: Json) -> Problems:
    for resource in (action["resource"] for action in actions_of(response) if "resource" in action):
        kind = resource["resourceType"]
        model = getattr(import_module(f"fhir.resources.R4B.{kind.lower()}"), kind)
        if not model.model_validate(resource):
            yield f"{kind} is not R4B"


def changes_drafts_only(story: Story, response: Json) -> Problems:
    context = json.loads(story.request_body())["context"]
    entries = context.get("draftOrders", {}).get("entry", [])
    drafts = {f"{one['resource']['resourceType']}/{one['resource']['id']}" for one in entries}
    for action in actions_of(response):
        ref = action.get("resourceId")
        if action["type"] == "update":
            ref = f"{action['resource']['resourceType']}/{action['resource']['id']}"
        if action["type"] in ("update", "delete") and ref not in drafts:
            yield f"{action['type']} of {ref}, which is no draft"


def has_summaries_that_name_the_drug_first(_story: Story, response: Json) -> Problems:
    for summary in (card["summary"] for card in response["cards"]):
        if not FIRST_WORDS.match(summary) or not re.search(r"[:;,]", summary):
            yield summary
        if summary.endswith((".", ",", ";", ":")):
            yield f"{summary!r} ends in punctuation"


def says_why_then_what_to_do_then_who_says_so(_story: Story, response: Json) -> Problems:
    for card in response["cards"]:
        sections = sections_of(card["detail"])
        if list(sections) != [name for name in SECTIONS if name in sections]:
            yield f"sections {list(sections)}"
        if not all(sections.get(name) for name in ("Why", "What to do", "Source")):
            yield f"a section is missing: {list(sections)}"
        yield from (line for lines in sections.values() for line in lines if not line.startswith("- "))


def grades_every_source(_story: Story, response: Json) -> Problems:
    for card in response["cards"]:
        sections = sections_of(card["detail"])
        *sources, compared = sections["Source"]
        for line in (*sections.get("What other sources say", ()), *sources):
            if not GRADE.search(line):
                yield f"no grade: {line}"
        if not COMPARED.fullmatch(compared):
            yield f"last line: {compared}"


def shows_doses_with_mg_per_kg(_story: Story, response: Json) -> Problems:
    for card in response["cards"]:
        reasons = sections_of(card["detail"])["Why"]
        if any(NO_WEIGHT in line for line in reasons):
            continue
        yield from (line for line in reasons if DOSE.match(line) and "mg/kg" not in line)


def dates_every_weight(_story: Story, response: Json) -> Problems:
    for card in response["cards"]:
        lines = sections_of(card["detail"])["Why"]
        yield from (line for line in lines if WEIGHT.match(line) and not DATED.search(line))


def has_no_banned_phrase_and_no_gap(_story: Story, response: Json) -> Problems:
    for card in response["cards"]:
        text = f"{card['summary']}\n{card['detail']}"
        yield from (phrase for phrase in BANNED if phrase in text.lower())
        if found := NOT_FILLED_IN.search(text):
            yield f"not filled in: {found[0]!r}"


def offers_one_set_of_override_reasons(_story: Story, response: Json) -> Problems:
    sets = [
        [
            {"code": one.code, "system": one.system, "display": one.display}
            for one in KNOWLEDGE.override_reasons.override_reasons(name)
        ]
        for name in Reasons
    ]
    for reasons in (card["overrideReasons"] for card in response["cards"]):
        if reasons not in sets:
            yield f"no set of the table: {reasons}"
        if not 3 <= len({reason["code"] for reason in reasons}) == len(reasons) <= 6:
            yield f"{len(reasons)} reasons"


def is_critical_only_where_a_rule_can_be(_story: Story, response: Json) -> Problems:
    for card in response["cards"]:
        if card["indicator"] == "critical" and card["source"]["topic"]["code"] not in CAN_BE_CRITICAL:
            yield card["source"]["topic"]["code"]


def has_few_cards_and_the_urgent_first(_story: Story, response: Json) -> Problems:
    indicators = [card["indicator"] for card in response["cards"]]
    if indicators != sorted(indicators, key=["critical", "warning", "info"].index):
        yield f"order {indicators}"
    if len(indicators) > 6:
        yield f"{len(indicators)} cards"
    if any(len(card.get("suggestions", ())) > 2 for card in response["cards"]):
        yield "more than two suggestions"


CHECKS: tuple[Callable[[Story, Json], Problems], ...] = (
    has_a_clinical_point,
    is_cds_hooks_to_the_letter,
    has_ids_of_its_own,
    emits_fhir_r4b,
    changes_drafts_only,
    has_summaries_that_name_the_drug_first,
    says_why_then_what_to_do_then_who_says_so,
    grades_every_source,
    shows_doses_with_mg_per_kg,
    dates_every_weight,
    has_no_banned_phrase_and_no_gap,
    offers_one_set_of_override_reasons,
    is_critical_only_where_a_rule_can_be,
    has_few_cards_and_the_urgent_first,
)


@pytest.mark.parametrize(
    ("check", "broken"),
    [
        (is_cds_hooks_to_the_letter, {"indicator": "urgent"}),
        (is_cds_hooks_to_the_letter, {"summary": "x" * 140}),
        (is_cds_hooks_to_the_letter, {"colour": "red"}),
        (has_summaries_that_name_the_drug_first, {"summary": "A dose is too high"}),
        (says_why_then_what_to_do_then_who_says_so, {"detail": "**What to do**\n\n- it\n\n**Why**\n\n- it"}),
        (grades_every_source, {"detail": "**Why**\n\n- it\n\n**Source**\n\n- a book\n- today"}),
        (shows_doses_with_mg_per_kg, {"detail": "**Why**\n\n- Azathioprine 200 mg/day ordered"}),
        (dates_every_weight, {"detail": "**Why**\n\n- Weight 80 kg"}),
        (has_no_banned_phrase_and_no_gap, {"detail": "None"}),
        (
            offers_one_set_of_override_reasons,
            {"overrideReasons": [{"code": "c", "system": "s", "display": "d"}]},
        ),
        (
            is_critical_only_where_a_rule_can_be,
            {"indicator": "critical", "source": {"topic": {"code": "Plan"}}},
        ),
    ],
)
def test_a_check_sees_what_it_is_for(check, broken):
    story = next(story for story in STORIES if story.name == "worked-example")
    (first, *_) = response_to(story)["cards"]

    assert list(check(story, {"cards": [first | broken]})) != []


def card_problems(card: Json) -> Problems:
    yield from element_problems(card, CARD, "card")
    yield from element_problems(card["source"], SOURCE, "source")
    yield from element_problems(card["source"]["topic"], TOPIC, "topic")
    topic = card["source"]["topic"]
    if topic["system"] != TOPICS or not topic["code"].isalnum():
        yield f"topic {topic}"
    if not 0 < len(card["summary"]) < 140:
        yield f"summary of {len(card['summary'])} characters"
    if "<" in card["detail"].replace("\\<", ""):
        yield "detail with HTML"
    if card["indicator"] not in ("info", "warning", "critical"):
        yield f"indicator {card['indicator']}"
    yield from suggestion_problems(card)
    for reason in card.get("overrideReasons", []):
        yield from element_problems(reason, REASON, "override reason")
    for link in card.get("links", []):
        yield from element_problems(link, LINK, "link")


def suggestion_problems(card: Json) -> Problems:
    suggestions = card.get("suggestions", [])
    if bool(suggestions) != ("selectionBehavior" in card):
        yield "suggestions and selectionBehavior belong together"
    if card.get("selectionBehavior", "any") not in ("any", "at-most-one"):
        yield f"selectionBehavior {card['selectionBehavior']}"
    recommended = [one for one in suggestions if one.get("isRecommended")]
    if len(recommended) > 1 and card["selectionBehavior"] != "any":
        yield "more than one is recommended"
    for suggestion in suggestions:
        yield from element_problems(suggestion, SUGGESTION, "suggestion")
        for action in suggestion["actions"]:
            yield from element_problems(action, ACTION, "action")
            is_delete = action["type"] == "delete"
            if action["type"] not in ("create", "update", "delete"):
                yield f"action {action['type']}"
            if ("resourceId" in action) is not is_delete or ("resource" in action) is is_delete:
                yield f"{action['type']} with {sorted(action)}"


def element_problems(element: Json, known: dict[str, bool], what: str) -> Problems:
    if others := set(element) - set(known):
        yield f"{what} with {sorted(others)}"
    if missing := {name for name, needed in known.items() if needed} - set(element):
        yield f"{what} without {sorted(missing)}"


def sections_of(detail: str) -> dict[str, list[str]]:
    """The lines of a detail under each heading; a note about cards that were cut belongs to none."""
    blocks = (block.partition("\n\n") for block in re.split(r"\n\n(?=\*\*)", detail))
    return {heading.strip("*"): lines.split("\n\n")[0].splitlines() for heading, _, lines in blocks}


def leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    yield path, value
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for name, child in children:
        yield from leaves(child, f"{path}.{name}")


def actions_of(response: Json) -> Iterator[Json]:
    for card in response["cards"]:
        for suggestion in card.get("suggestions", []):
            yield from suggestion["actions"]


def _kept_in(found: list[Any], advise: Callable[..., Any]) -> Callable[..., Any]:
    def keeping(*arguments: Any) -> Any:
        found.append(advise(*arguments))
        return found[-1]

    return keeping


def _beyond_the_facts(answers: list[Any]) -> Problems:
    """What a rule said beyond what its facts name: another urgency, or another source."""
    for answer in answers:
        for decision in answer.decisions:
            findings = decision.outcome.findings if isinstance(decision.outcome, Fired) else ()
            facts = KNOWLEDGE.rule_facts[decision.rule_id]
            for finding in findings:
                if not facts.highest.urgency <= finding.indicator.urgency <= facts.lowest.urgency:
                    yield f"{decision.rule_id}: {finding.indicator} is outside its facts"
                named = {one.key for one in facts.sources}
                for citation in finding.citations:
                    if citation.source.key not in named:
                        yield f"{decision.rule_id}: {citation.source.key} is not among its sources"
