"""Text of a request that tries to be Markdown, HTML, a link or a control sequence in a card."""

import json

import pytest

from cds_service.app import create_app
from cds_service.settings import Settings
from tests.fuzz import corpus
from tests.security.hostile import PAYLOADS, injections_in
from tests.security.leaves import leaves, shape_of, with_leaf

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def client():
    return create_app(Settings(database_url="sqlite://", log_level="error")).test_client()


def test_the_check_sees_an_injection():
    card = {"summary": "a", "detail": "[x](https://zq7x.example/)", "source": {"label": "b"}}

    assert injections_in({"cards": [card]})
    assert not injections_in({"cards": [card | {"detail": "**Why**\n\nplain"}]})


def test_no_string_of_a_request_becomes_markdown_html_or_a_link_in_a_card(client):
    """Each kind of string in all stories, once, with one hostile text before what it said."""
    tried, seen = set(), 0
    for body in corpus.requests():
        request = json.loads(body)
        for path, text in leaves(request):
            shape = shape_of(path)
            if shape in tried or path[0] in ("hook", "hookInstance", "fhirServer"):
                continue
            tried.add(shape)
            payload = PAYLOADS[len(tried) % len(PAYLOADS)]
            changed = with_leaf(request, path, f"{text} {payload}")
            answer = client.post(corpus.service_path(request), json=changed)
            assert answer.status_code in (200, 400, 412), shape
            if answer.status_code == 200:
                seen += bool(answer.json["cards"])
                assert injections_in(answer.json) == [], shape
    assert len(tried) > 100
    assert seen > 50
