"""The clock of the machine jumps: true tokens are refused meanwhile, nothing else changes, and none opens twice."""

import time
from collections import Counter
from datetime import UTC, datetime

import pytest

from tests.conformance.hook_requests import request_for
from tests.reliability.server import running_server

pytestmark = pytest.mark.slow

HOUR_S = 3600
AGAIN = 20  # the kernel picks a worker for each: that all go to the same one is 1 in 2**20
PASSED = {name: {"passed": True} for name in ("tables", "database", "canary")}
EXPIRED, TO_COME, USED = "the token has expired", "the token is from the future", "the token was used before"
PATH = "/thiopurine-order-sign"


@pytest.fixture
def clock(tmp_path, monkeypatch):
    """The file that says by how many seconds the clock of the server is wrong."""
    file = tmp_path / "clock"
    file.write_text("0")
    monkeypatch.setenv("FAULTY_CLOCK", str(file))
    return file


def status(client, body, token=None):
    return client.ask("POST", PATH, json=body, token=token, headers={"Connection": "close"}).status_code


def token_at(client, shift_s):
    """A token of an EHR whose clock is wrong by so many seconds as well."""
    now = int(time.time()) + shift_s
    return client.signer.token(client.address(PATH), iat=now, exp=now + 300)


@pytest.mark.parametrize(
    ("shift_s", "why", "why_of_wrong"),
    [(HOUR_S, EXPIRED, TO_COME), (-HOUR_S, TO_COME, EXPIRED)],
    ids=["ahead", "back"],
)
def test_a_clock_that_jumps_and_returns_refuses_true_tokens_meanwhile_and_opens_to_none_twice(
    clock, tmp_path, shift_s, why, why_of_wrong
):
    with running_server(tmp_path, clients=["standard"], program="tests.reliability.faulty") as server:
        client = server.as_client("standard")
        first, wrong, last, refused = (request_for("order-sign") for _ in range(4))
        used = [token_at(client, 0), token_at(client, shift_s)]
        opened = [status(client, first, used[0])]
        server.recorded(at_least=1)

        clock.write_text(str(shift_s))
        meanwhile = {status(client, refused) for _ in range(AGAIN)}
        opened += [status(client, wrong, used[1])]
        opened += [status(client, request_for("order-sign"), token_at(client, shift_s)) for _ in range(AGAIN)]
        checks = server.readiness()
        clock.write_text("0")
        again = {status(client, refused, token) for token in used for _ in range(AGAIN)}
        opened += [status(client, last)]

        assert (meanwhile, again, set(opened)) == ({401}, {401}, {200})
        whys = Counter(line["why"] for line in server.events("client_refused"))
        assert whys == {why: AGAIN, why_of_wrong: AGAIN, USED: AGAIN}
        assert (checks, server.metric("canary_passed")) == ((200, PASSED), 1)
        assert {line["event"] for line in server.events() if line["level"] != "info"} == {"client_refused"}
        counted = server.recorded(at_least=3 + AGAIN)
        assert (set(counted.values()), len(counted), refused["hookInstance"] in counted) == (
            {1},
            3 + AGAIN,
            False,
        )
        rows = dict(server.rows("SELECT hook_instance, received_at FROM requests"))
        hours = [hours_ago(rows[body["hookInstance"]]) for body in (first, wrong, last)]
        assert hours == [0, -shift_s // HOUR_S, 0]


def hours_ago(received_at):
    return round(
        (datetime.now(UTC) - datetime.fromisoformat(received_at).replace(tzinfo=UTC)).total_seconds() / HOUR_S
    )
