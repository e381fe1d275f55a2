"""The day decides nothing, only the time between days does; and what is not known of a fact permits nothing.

The first is tried on every story. The others ask several times for each record, and are tried on about twenty-five of
the stories, always the same ones; `RETELL=all`, which `make reliability` sets, tries them on all.
"""

import json
import os
import re
from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zlib import crc32

import pytest

from cds_service.evaluation import evaluated
from cds_service.hooks.card_json import numbered_ids
from tests.stories import Story, all_stories, response_to

pytestmark = pytest.mark.slow

Json = dict[str, Any]
Doubt = Callable[[Json], Json]

STORIES = all_stories()
STORIES_EACH = len(STORIES) if os.environ.get("RETELL") == "all" else 25
URGENCY = ("none", "info", "warning", "critical")
WARNING, CRITICAL = URGENCY.index("warning"), URGENCY.index("critical")
# In these a measure, or a value before the drug, permits something: they are always tried.
PERMITTING = {
    "allopurinol-dose-already-cut",
    "counts-not-recovered-after-dose-cut",
    "neutropenia-older-than-the-drug",
    "poor-tpmt-small-dose-established",
    "renal-egfr-24-dose-complies",
    "renal-failing-on-therapy",
}
A_CALENDAR = 28  # years after which the days of the week and the leap years come again
TWELVE_WEEKS = timedelta(days=84)  # whole weeks, and not a whole number of months
IN_MONTHS = {
    "live-vaccine-five-days-after-the-end"
}  # a label names three months, which are not always as many days

DATE = re.compile(r"(19|20)\d\d(-\d\d)?(-\d\d)?(T.*)?")
IN_TEXT = re.compile(r"(?<![\w-])(19|20)\d\d-\d\d-\d\d(?![\w-])")
SOURCES = re.compile(r"\*\*Source\*\*.*?(?=\n\n\*\*|$)", re.DOTALL)  # these have days of their own
TIMES = (
    "effectiveDateTime",
    "effectivePeriod",
    "effectiveInstant",
    "issued",
    "occurrenceDateTime",
    "onsetDateTime",
    "recordedDate",
    "performedDateTime",
    "performedPeriod",
    "authoredOn",
    "dateAsserted",
    "whenHandedOver",
)
PLACED_IN_TIME = {"Observation", "Condition", "Procedure", "Immunization"}
OF_DRUGS = {
    "MedicationRequest",
    "MedicationStatement",
    "MedicationDispense",
    "MedicationAdministration",
    "AllergyIntolerance",
}
LASTING = {"genes", "geneReports", "serology"}  # true of any day after: a day adds little

each_story = pytest.mark.parametrize("story", [pytest.param(one, id=one.name) for one in STORIES])


# --- every date moved


@each_story
def test_the_same_story_a_calendar_later_gets_the_same_answer(story):
    moved = with_dates(request_of(story), in_another_calendar)
    later = story.as_of.replace(year=story.as_of.year + A_CALENDAR)

    assert in_days(asked(moved, later), later) == in_days(response_to(story), story.as_of)


@each_story
def test_the_same_story_twelve_weeks_later_gets_the_same_answer(story):
    if story.name in IN_MONTHS or has_parts_of_dates(request_of(story)):
        return
    moved, later = with_dates(request_of(story), twelve_weeks_later), story.as_of + TWELVE_WEEKS

    assert in_days(asked(moved, later), later) == in_days(response_to(story), story.as_of)


def with_dates(value: Any, moved: Callable[[str], str], key: str = "") -> Any:
    """A request with every date changed; ids and codes that look like years stay."""
    if isinstance(value, dict):
        return {name: with_dates(one, moved, name) for name, one in value.items()}
    if isinstance(value, list):
        return [with_dates(one, moved, key) for one in value]
    return (
        moved(value)
        if isinstance(value, str) and key not in ("id", "code") and DATE.fullmatch(value)
        else value
    )


def in_another_calendar(text: str) -> str:
    return f"{int(text[:4]) + A_CALENDAR}{text[4:]}"


def twelve_weeks_later(text: str) -> str:
    return f"{date.fromisoformat(text[:10]) + TWELVE_WEEKS}{text[10:]}"


def has_parts_of_dates(request: Json) -> bool:
    """Whether a date is only a month or a year, which no number of days moves."""
    found: list[str] = []

    def noted(text: str) -> str:
        found.append(text)
        return text

    with_dates(request, noted)
    return any(len(text) < len("2026-11-24") for text in found)


def in_days(response: Json, as_of: datetime) -> str:
    """The cards, each date as the number of days from today."""
    cards = [card | {"detail": SOURCES.sub("", card.get("detail", ""))} for card in response["cards"]]

    def days(found: re.Match[str]) -> str:
        return f"{(date.fromisoformat(found[0]) - as_of.date()).days} days"

    return IN_TEXT.sub(days, re.sub(r"T\d\d:[\d:.+-]+", "", json.dumps(cards, sort_keys=True)))


# --- a record in doubt


@each_story
def test_a_record_without_its_date_or_value_leaves_nothing_less_urgent_than_no_record(story):
    told = [
        (record["id"], doubt.__name__, doubted, absent)
        for record, doubt, doubted, _, absent in chosen_doubts(story, without_time, without_value)
        if doubted < absent
    ]

    assert told == []


@each_story
def test_a_record_of_some_day_of_its_year_leaves_nothing_less_urgent_than_both_of_that_day_and_none(story):
    told = [
        (record["id"], doubted, sure, absent)
        for record, _, doubted, sure, absent in chosen_doubts(story, of_its_year)
        if doubted < min(sure, absent)
    ]

    assert told == []


@each_story
def test_a_medication_or_allergy_of_unknown_day_leaves_nothing_less_urgent_than_both_of_that_day_and_none(
    story,
):
    told = [
        (record["id"], doubt.__name__, doubted, sure, absent)
        for record, doubt, doubted, sure, absent in doubts_of(
            story, without_time, of_its_year, types=OF_DRUGS
        )
        if doubted < min(sure, absent) and (story.name, doubt) not in ONLY_ASKED
    ]

    assert told == []


def test_there_are_facts_that_permit():
    assert {one.name for one in STORIES} >= PERMITTING
    story = next(one for one in STORIES if one.name == "allopurinol-dose-already-cut")
    weights = [found for found in doubts_of(story, without_time) if found[0]["id"] == "weight"]

    assert [found[2:] for found in weights] == [(CRITICAL, WARNING, CRITICAL)]


def without_time(record: Json) -> Json:
    return {key: value for key, value in record.items() if key not in TIMES}


def without_value(record: Json) -> Json:
    return {key: value for key, value in record.items() if not key.startswith("value") and key != "component"}


def of_its_year(record: Json) -> Json:
    return record | {
        key: record[key][:4] for key in TIMES if isinstance(record.get(key), str) and key != "issued"
    }


# An info card says that the day is not known; a day too late, or no such drug on record, is a warning.
ONLY_ASKED = {
    ("autoimmune-hepatitis-steroid-13-days", without_time),
    ("rheumatoid-step-too-early", without_time),
}


def chosen_doubts(story: Story, *doubts: Doubt) -> Iterator[tuple[Json, Doubt, int, int, int]]:
    is_chosen = (
        story.name in PERMITTING or crc32(f"doubt {story.name}".encode()) % len(STORIES) < STORIES_EACH
    )
    return doubts_of(story, *doubts) if is_chosen else iter(())


def doubts_of(
    story: Story, *doubts: Doubt, types: Collection[str] = PLACED_IN_TIME
) -> Iterator[tuple[Json, Doubt, int, int, int]]:
    """Each record and what leaves it in doubt; how urgent the answer is with it in doubt, as it is, and without it."""
    sure = urgency(response_to(story))
    for key, place, record in placed_records(story, types):
        changed = [(doubt, found) for doubt in doubts if (found := doubt(record)) != record]
        if not changed:
            continue
        absent = urgency(asked(with_records(story, key, place), story.as_of))
        for doubt, found in changed:
            yield (
                record,
                doubt,
                urgency(asked(with_records(story, key, place, found), story.as_of)),
                sure,
                absent,
            )


def placed_records(story: Story, types: Collection[str]) -> Iterator[tuple[str, int, Json]]:
    """What was measured, found, done or given on some day, with its place in the prefetched data."""
    for key, bundle in (request_of(story).get("prefetch") or {}).items():
        if key in LASTING or not bundle:
            continue
        for place, entry in enumerate(bundle.get("entry", ())):
            if entry["resource"]["resourceType"] in types:
                yield key, place, entry["resource"]


def with_records(story: Story, key: str, place: int, *instead: Json) -> Json:
    """The request with other records, or none, in the place of one."""
    request = json.loads(story.request_body())
    bundle = request["prefetch"][key]
    bundle["entry"][place : place + 1] = [bundle["entry"][place] | {"resource": one} for one in instead]
    if "total" in bundle:
        bundle["total"] += len(instead) - 1
    return request


def urgency(response: Json) -> int:
    """How urgent the most urgent card is."""
    return max((URGENCY.index(card["indicator"]) for card in response["cards"]), default=0)


# --- both


def request_of(story: Story) -> Json:
    return json.loads(story.request_body())


def asked(request: Json, as_of: datetime) -> Json:
    """The response, after a trip through JSON."""
    answer = evaluated(json.dumps(request).encode(), as_of, numbered_ids())
    return json.loads(json.dumps(answer, default=float))
