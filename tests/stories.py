"""The stories in fixtures/stories, each a hook request and the cards it gets."""

from functools import cache
from pathlib import Path
from typing import Any

from cds_service.ehr.story_folder import Story, stories_in

__all__ = ["FOLDER", "Story", "all_stories", "response_to"]

FOLDER = Path(__file__).parent.parent / "fixtures" / "stories"


@cache
def all_stories() -> tuple[Story, ...]:
    return stories_in(FOLDER)


@cache
def response_to(story: Story) -> dict[str, Any]:
    """What a client gets, after a trip through JSON."""
    return story.answer()
