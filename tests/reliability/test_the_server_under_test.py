"""What the other tests here rest on: two workers answer, and what they leave behind can be read."""

import pytest

from tests.conformance.hook_requests import request_for
from tests.reliability.server import eventually, running_server

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("server"), clients=["standard", "epic"]) as found:
        yield found


def test_answers_who_signs_and_nobody_else(server):
    body = request_for("order-sign")

    assert server.post(body).status_code == 401
    assert server.as_client("epic").call(body).status_code == 200


def test_what_it_leaves_behind_can_be_read(server):
    body = request_for("patient-view")
    server.as_client("standard").cards(body)

    assert len(server.workers) == 2
    assert eventually(lambda: server.recorded()[body["hookInstance"]]) == 1
    assert server.rows("SELECT client FROM requests WHERE hook = 'patient-view'") == [("standard",)]
    assert server.metric("hook_seconds_count", hook="patient-view") == 1
    assert [line["service"] for line in server.events("answered")][-1] == "thiopurine-patient-view"
    assert {name: check["passed"] for name, check in server.readiness()[1].items()} == {
        "tables": True,
        "database": True,
        "canary": True,
    }
