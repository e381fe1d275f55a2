"""docs/openapi.yaml says what the service does: made-up requests of every kind, and the stories, hold to it."""

import threading
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from werkzeug.serving import make_server

from cds_service.app import create_app
from cds_service.endpoints.service import service_in
from cds_service.hooks.services import SERVICES
from cds_service.memory.store import opened
from cds_service.settings import Settings
from tests.stories import all_stories

pytestmark = pytest.mark.slow

DESCRIPTION = Path(__file__).parent.parent / "docs" / "openapi.yaml"
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
ADDED_BY_FLASK = {"HEAD", "OPTIONS"}
schema = schemathesis.openapi.from_path(DESCRIPTION)


@pytest.fixture(scope="module")
def service_app(tmp_path_factory):
    settings_here = Settings(
        database_url=f"sqlite:///{tmp_path_factory.mktemp('api') / 'store.sqlite3'}", log_level="error"
    )
    made = create_app(settings_here, opened(settings_here.database_url))
    yield made
    service_in(made).recorder.close()


@pytest.fixture(scope="module")
def address(service_app):
    server = make_server("127.0.0.1", 0, service_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@schema.parametrize()
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_made_up_requests_are_answered_as_described(case, address):
    case.call_and_validate(base_url=address, checks=list(CHECKS))


@pytest.mark.parametrize("story", all_stories()[::9], ids=lambda story: story.name)
def test_the_cards_of_a_story_are_as_described(story, service_app):
    hook = next(one for one in SERVICES if one.hook.encode() in story.request_body())
    response = service_app.test_client().post(
        f"/cds-services/{hook.id}", data=story.request_body(), content_type="application/json"
    )

    assert response.status_code == 200
    schema["/cds-services/{serviceId}"]["POST"].validate_response(response)


def test_every_endpoint_of_the_service_is_described(service_app):
    rules = [rule for rule in service_app.url_map.iter_rules() if not rule.endpoint.startswith("bench")]

    served = {
        (rule.rule.replace("<service_id>", "{serviceId}"), method)
        for rule in rules
        for method in rule.methods - ADDED_BY_FLASK
    }

    described = {
        (path, method.upper())
        for path, operations in schema.raw_schema["paths"].items()
        for method in operations
        if method != "parameters"
    }
    preflights = {one for one in described if one[1] in ADDED_BY_FLASK}
    assert described - preflights == served


def test_every_service_is_described():
    named = schema.raw_schema["components"]["parameters"]["ServiceId"]["schema"]["enum"]

    assert named == [service.id for service in SERVICES]
