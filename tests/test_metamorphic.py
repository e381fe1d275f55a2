"""The same facts told otherwise give the same cards.

Each retelling is tried on about twenty-five of the stories, always the same ones; `RETELL=all`, which
`make reliability` sets, tries it on all.
"""

import json
import os
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any
from zlib import crc32

import pytest

from cards.assessment.chart_of_a_day import chart_of_day
from cards.knowledge.default_policy import default_policy
from cds_service.evaluation import evaluated
from cds_service.hooks.card_json import numbered_ids
from fhir_mappers.bundle.resources import resources_in
from fhir_mappers.chart import ChartRequest, chart_from
from tests.retellings import (
    RETELLINGS,
    RHYTHMS,
    with_another_patient,
    with_doubled_doses_every_other_day,
)
from tests.stories import Story, all_stories, response_to

pytestmark = pytest.mark.slow

Json = dict[str, Any]
STORIES = all_stories()
STORIES_EACH = len(STORIES) if os.environ.get("RETELL") == "all" else 25
# Said beforehand: where a retelling takes away or adds what the story is about, it is another story.
OTHER_MEANING = {
    "another-patient": {"gene results in a panel"},  # the panel is this patient's
    "count-dated-tomorrow": {
        "dates with times",
        "results dated by issue",
    },  # noon of tomorrow is too far ahead
    "drug-record-names-two-drugs": {"drug in text", "drug in the display of a reference"},  # one name is left
    "leukaemia-dose-likely-slip": {"dose as a count without unit"},  # 13 tablets at once are not believed
    "restart-after-a-stop-without-a-day": {"narrative and meta"},  # a newer meta.lastUpdated bounds the stop
    "tenfold-dose-dispensed": {"dose as a count without unit", "dose in micrograms"},  # not believed either
}
each_story = pytest.mark.parametrize("story", [pytest.param(one, id=one.name) for one in STORIES])


@each_story
def test_a_story_retold_gives_the_same_cards(story):
    told = {
        name: (
            essence(answer_to(retold, story), name not in RHYTHMS),
            essence(response_to(story), name not in RHYTHMS),
        )
        for name, retold in retellings_of(story)
    }

    assert {name: answers for name, answers in told.items() if answers[0] != answers[1]} == {}


@each_story
def test_another_patients_records_take_no_grave_card_away_and_say_nothing_of_themselves(story):
    retold = with_another_patient(request_of(story)) if is_told_so(story, "another patient") else None
    if retold is None:
        return
    alone, among = response_to(story)["cards"], answer_to(retold, story)["cards"]

    assert topics(alone, "critical") <= topics(among, "critical")
    assert not alone or "CouldNotBeChecked" in topics(among)
    assert not re.search("theirs|somebody", json.dumps(among))


@each_story
def test_the_same_mean_by_twice_the_dose_every_other_day_takes_no_grave_card_away(story):
    retold = with_doubled_doses_every_other_day(request_of(story))
    if retold is None:
        return

    assert topics(response_to(story)["cards"], "critical") <= topics(
        answer_to(retold, story)["cards"], "critical"
    )


def topics(cards: list[Json], indicator: str = "") -> set[str]:
    return {card["source"]["topic"]["code"] for card in cards if indicator in ("", card["indicator"])}


@each_story
def test_a_dose_that_is_offered_reads_as_what_the_offer_says(story):
    if not any(action["type"] == "update" for action in actions_of(response_to(story))):
        return
    offers = [
        (name, action["description"], read_back(action["resource"], retold, story.as_of))
        for name, retold in retellings_of(story)
        for action in actions_of(answer_to(retold, story))
        if action["type"] == "update"
    ]

    assert [one for one in offers if not one[1].startswith(f"Change the dose to {one[2]:g} mg a day")] == []


@pytest.mark.parametrize("name", RETELLINGS)
def test_every_retelling_fits_some_story_with_cards(name):
    fitting = (story for story in STORIES if RETELLINGS[name](request_of(story)) is not None)

    assert any(response_to(story)["cards"] for story in fitting)


@cache
def request_of(story: Story) -> Json:
    return json.loads(story.request_body())


def retellings_of(story: Story) -> Iterator[tuple[str, Json]]:
    for name, retelling in RETELLINGS.items():
        is_same = name not in OTHER_MEANING.get(story.name, ())
        retold = retelling(request_of(story)) if is_same and is_told_so(story, name) else None
        if retold is not None:
            yield name, retold


def is_told_so(story: Story, name: str) -> bool:
    return crc32(f"{name} {story.name}".encode()) % len(STORIES) < STORIES_EACH


def answer_to(request: Json, story: Story) -> Json:
    """The response, after a trip through JSON."""
    answer = evaluated(json.dumps(request).encode(), story.as_of, numbered_ids())
    return json.loads(json.dumps(answer, default=float))


def essence(response: Json, keeps_offers: bool) -> list[Json]:
    """What a clinician is told and offered: not the ids, and not how a record words it.

    Another rhythm of doses keeps what is said, but not every dose can be dispensed in it.
    """
    return [
        {
            "indicator": card["indicator"],
            "topic": card["source"]["topic"]["code"],
            "summary": card["summary"],
            "offers": [
                (action["type"], action["description"])
                for suggestion in card.get("suggestions", [])
                for action in suggestion["actions"]
                if keeps_offers or action["type"] != "update"
            ],
        }
        for card in response["cards"]
    ]


def actions_of(response: Json) -> Iterator[Json]:
    for card in response["cards"]:
        for suggestion in card.get("suggestions", []):
            yield from suggestion["actions"]


def read_back(draft: Json, request: Json, as_of: datetime) -> float:
    """The mg a day of an offered draft, in the request it belongs to."""
    listed = (request.get("prefetch") or {}).get("medications") or {"resourceType": "Bundle"}
    drafts = {**request["context"]["draftOrders"]}
    drafts["entry"] = [
        {**entry, "resource": draft} if entry["resource"].get("id") == draft["id"] else entry
        for entry in drafts["entry"]
    ]
    mapped = chart_from(
        ChartRequest(
            zone=as_of.tzinfo,
            patient_id=request["context"]["patientId"].removeprefix("Patient/"),
            draft_orders=resources_in(json.dumps(drafts).encode()),
            records=resources_in(json.dumps(listed).encode()),
        )
    )
    chart = chart_of_day(mapped.chart, as_of, default_policy())
    (regimen,) = {one.regimen for one in chart.draft_orders if one.record_ref.endswith(f"/{draft['id']}")}
    return regimen.mg_per_day
