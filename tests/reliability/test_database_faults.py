"""The database is locked, full or gone, and back again: hooks are answered, and nothing is lost or kept twice."""

from collections import Counter
from contextlib import ExitStack

import pytest

from tests.conformance.hook_requests import request_for, said
from tests.databases import new_database
from tests.reliability.database_faults import (
    disk_full,
    files_may_not_grow,
    postgresql_gone,
    postgresql_locked,
    small_disk,
    sqlite_gone,
    sqlite_locked,
)
from tests.reliability.server import eventually, running_server

pytestmark = pytest.mark.slow

FAULTS = {
    "sqlite locked": sqlite_locked,
    "sqlite gone": sqlite_gone,
    "sqlite disk full": disk_full,
    "sqlite files may not grow": files_may_not_grow,
    "postgresql locked": postgresql_locked,
    "postgresql gone": postgresql_gone,
}
CANNOT_BE_READ = ("sqlite gone", "postgresql locked", "postgresql gone")  # the others cannot be written
CALLS = 4
PASSED = {name: {"passed": True} for name in ("tables", "database", "canary")}
NOT_WRITTEN = {"passed": False, "why": f"{CALLS} records cannot be written"}


@pytest.fixture(params=FAULTS)
def fault(request):
    return request.param


@pytest.fixture
def server(fault, tmp_path, request):
    """One worker, so that each count is exact; a client with tokens, and a policy that asks what was shown before."""
    (tmp_path / "policy.toml").write_text('repeat = "once"\n')
    with ExitStack() as around:
        disk = tmp_path / "disk"
        if fault == "sqlite disk full":
            around.enter_context(small_disk(disk))
        else:
            disk.mkdir()
        url = f"sqlite:///{disk / 'store.sqlite3'}"
        if fault.startswith("postgresql"):
            url = new_database(request.getfixturevalue("postgresql"))
        yield around.enter_context(
            running_server(
                tmp_path,
                workers=1,
                database_url=url,
                clients=["standard"],
                POLICY=str(tmp_path / "policy.toml"),
            )
        )


def feedback_about(card):
    item = {"card": card["uuid"], "outcome": "accepted", "outcomeTimestamp": "2026-11-24T08:00:00Z"}
    return {"feedback": [item]}


def test_hooks_are_answered_and_nothing_is_lost(fault, server):
    client = server.as_client("standard")
    path = f"{client.path_of('order-sign')}/feedback"
    before, *during = [request_for("order-sign") for _ in range(1 + CALLS)]
    known = client.cards(before)
    feedback = feedback_about(known["cards"][0])
    server.recorded(at_least=1)

    with FAULTS[fault](server):
        answers = [client.cards(call) for call in during]
        refused = client.ask("POST", path, json=feedback)
        eventually(lambda: server.metric("records_waiting") == CALLS)
        eventually(lambda: server.readiness() == (503, PASSED | {"database": NOT_WRITTEN}))

    assert [said(answer) for answer in answers] == [said(known)] * CALLS
    assert (refused.status_code, [issue["code"] for issue in refused.json()["issue"]]) == (503, ["transient"])
    assert server.metric("records_dropped") == 0
    assert len(server.events("records_waiting")) == 1
    assert len(server.events("replay_guard_alone")) == CALLS + 1
    assert len(server.events("repeats_not_told_apart")) == (CALLS if fault in CANNOT_BE_READ else 0)

    eventually(lambda: server.readiness() == (200, PASSED))
    assert client.ask("POST", path, json=feedback).status_code == 200
    assert server.recorded(at_least=1 + CALLS) == Counter(call["hookInstance"] for call in (before, *during))
    assert server.rows("SELECT outcome FROM feedback") == [("accepted",)]
    assert len(server.events("records_written_again")) == 1
