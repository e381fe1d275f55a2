import json
from datetime import date

from cds_service.workbench.stories import story_names, story_today

REQUEST = {
    "birthDate": "1980-02-29",
    "at": "2026-03-09T08:30:00+01:00",
    "month": "2026-03",
    "text": "since 2026-03-09",
    "broken": "2026-02-31",
    "list": [{"count": 3, "on": "2026-03-01"}],
}


def a_story(folder, name="one"):
    place = folder / name
    place.mkdir()
    (place / "settings.json").write_text('{"as_of": "2026-03-09T09:00:00", "timezone": "UTC"}')
    (place / "README.md").write_text("What it is about.\n")
    (place / "request.json").write_text(json.dumps(REQUEST))


def test_whole_dates_move_with_the_day_of_the_story_and_nothing_else_does(tmp_path):
    a_story(tmp_path)

    story = story_today(tmp_path, "one", date(2026, 3, 19))

    assert story.point == "What it is about."
    assert story.request == {
        "birthDate": "1980-03-10",
        "at": "2026-03-19T08:30:00+01:00",
        "month": "2026-03",
        "text": "since 2026-03-09",
        "broken": "2026-02-31",
        "list": [{"count": 3, "on": "2026-03-11"}],
    }


def test_only_folders_with_a_request_are_stories(tmp_path):
    a_story(tmp_path)
    (tmp_path / "empty").mkdir()

    assert story_names(tmp_path) == ("one",)


def test_without_a_folder_there_are_none():
    assert (story_names(None), story_today(None, "one", date(2026, 3, 9))) == ((), None)
