import json

import pytest

from cards.knowledge.default_policy import default_policy
from cds_service.replay.asking import answer_recorded
from cds_service.wire.json_response import as_json
from tests.stories import all_stories, response_to

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("story", all_stories(), ids=lambda story: story.name)
def test_a_recorded_request_gets_the_response_of_the_service(story):
    given = answer_recorded(story.request_body(), story.as_of, default_policy())

    assert json.loads(as_json(given.response)) == response_to(story)
