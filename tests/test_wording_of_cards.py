"""How every card of every story is worded: what a clinician reads in two seconds, and what stands behind it."""

import re
from typing import Any

import pytest

from cards.rules import ALL_RULES
from tests.stories import Story, all_stories, response_to

pytestmark = pytest.mark.slow

each_story = pytest.mark.parametrize("story", [pytest.param(story, id=story.name) for story in all_stories()])

# A card begins with the drug, or with the vaccine that it is about.
FIRST_WORDS = re.compile(
    r"(Starting (azathioprine|mercaptopurine|thioguanine): plan$|(Azathioprine|Mercaptopurine|Thioguanine|Thiopurine)\b"
    r"|[A-Z][\w ,-]* (\(live\) )?vaccine |Live [\w ,-]*vaccine )"
)
SECTIONS = ("Why", "What to do", "What other sources say", "Source")
# A dose as ordered or as taken, at the beginning of a reason.
DOSE = re.compile(r"- (Azathioprine|Mercaptopurine|Thioguanine) [\d.]+ mg/day")
NO_WEIGHT = "No usable body weight"
WEIGHT = re.compile(r"- Weight \d")
DATED = re.compile(r"\(\d{4}(-\d\d){0,2},|no date recorded")
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


def cards_of(story: Story) -> list[dict[str, Any]]:
    return response_to(story)["cards"]


def sections_of(detail: str) -> dict[str, list[str]]:
    """The lines of a detail under each heading; a note about cards that were cut belongs to none."""
    blocks = (block.partition("\n\n") for block in re.split(r"\n\n(?=\*\*)", detail))
    return {heading.strip("*"): lines.split("\n\n")[0].splitlines() for heading, _, lines in blocks}


@each_story
def test_a_summary_names_the_drug_first_and_then_what_to_do(story):
    for summary in (card["summary"] for card in cards_of(story)):
        assert len(summary) < 140
        assert FIRST_WORDS.match(summary), summary
        assert re.search(r"[:;,]", summary), summary
        assert not summary.endswith((".", ",", ";", ":"))


@each_story
def test_a_detail_says_why_then_what_to_do_then_who_says_so(story):
    for card in cards_of(story):
        sections = sections_of(card["detail"])

        assert list(sections) == [name for name in SECTIONS if name in sections]
        assert all(sections.get(name) for name in ("Why", "What to do", "Source"))
        assert all(line.startswith("- ") for lines in sections.values() for line in lines)


@each_story
def test_what_other_sources_say_and_every_source_have_a_grade(story):
    for card in cards_of(story):
        sections = sections_of(card["detail"])
        *sources, compared = sections["Source"]

        ungraded = [
            line for line in (*sections.get("What other sources say", ()), *sources) if not GRADE.search(line)
        ]
        assert ungraded == []
        assert re.fullmatch(r"- Knowledge last compared with its sources on \d{4}-\d{2}-\d{2}\.", compared)


@each_story
def test_a_dose_stands_with_mg_per_kg_unless_no_weight_is_known(story):
    for card in cards_of(story):
        reasons = sections_of(card["detail"])["Why"]
        is_unweighed = any(NO_WEIGHT in line for line in reasons)

        assert [
            line for line in reasons if DOSE.match(line) and "mg/kg" not in line and not is_unweighed
        ] == []


@each_story
def test_a_weight_is_shown_with_its_date(story):
    reasons = [line for card in cards_of(story) for line in sections_of(card["detail"])["Why"]]

    assert [line for line in reasons if WEIGHT.match(line) and not DATED.search(line)] == []


@each_story
def test_no_phrase_is_banned_and_none_is_left_unfilled(story):
    for card in cards_of(story):
        text = f"{card['summary']}\n{card['detail']}"

        assert [phrase for phrase in BANNED if phrase in text.lower()] == []
        assert NOT_FILLED_IN.search(text) is None


@each_story
def test_a_clinician_may_decide_otherwise_for_a_few_coded_reasons(story):
    for reasons in (card["overrideReasons"] for card in cards_of(story)):
        assert 3 <= len(reasons) <= 6
        assert len({reason["code"] for reason in reasons}) == len(reasons)


@each_story
def test_only_what_can_kill_or_is_contraindicated_is_critical(story):
    critical = [
        card["source"]["topic"]["code"] for card in cards_of(story) if card["indicator"] == "critical"
    ]

    assert set(critical) <= CAN_BE_CRITICAL


@each_story
def test_cards_are_few_and_the_urgent_first(story):
    indicators = [card["indicator"] for card in cards_of(story)]

    assert indicators == sorted(indicators, key=["critical", "warning", "info"].index)
    assert len(indicators) <= 6
    assert all(len(card.get("suggestions", ())) <= 2 for card in cards_of(story))
