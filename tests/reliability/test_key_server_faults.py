"""The server of a client's keys is dead, hangs or rotates them: who is let in, for how long, and what the log says."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest

from tests.cds_service.net.web_server import WebServer, send, web_server
from tests.conformance.hook_requests import request_for
from tests.conformance.service import Service, new_signer
from tests.reliability.server import eventually, running_server

pytestmark = pytest.mark.slow

HOUR_S = 3600
NO_KEYS, NO_SUCH_KEY = "the client's keys cannot be had", "the client has no such key for this algorithm"


@dataclass
class KeyServer:
    """What it publishes; `fault` may answer in its own way."""

    keys: bytes = b""
    fault: Callable[[object, WebServer], None] | None = None
    web: WebServer = field(default_factory=WebServer)

    def answer(self, handler, web):
        if self.fault:
            self.fault(handler, web)
        else:
            send(handler, self.keys)


def dead(handler, _web):
    """The proxy before it says that nobody is there."""
    send(handler, b"", status=503)


def hanging(_handler, web):
    web.pause(3600)


@pytest.fixture
def keys():
    server = KeyServer()
    with web_server(server.answer) as server.web:
        yield server


@pytest.fixture
def running(keys, tmp_path, monkeypatch):
    """A server of one worker: `standard` has its keys at the key server, `epic` in a file; and their age in seconds."""
    age = tmp_path / "age"
    age.write_text("0")
    monkeypatch.setenv("FAULTY_AGE", str(age))

    @contextmanager
    def started():
        with running_server(
            tmp_path,
            workers=1,
            clients=["standard", "epic"],
            jku={"standard": f"{keys.web.address}/jwks"},
            program="tests.reliability.faulty",
        ) as server:
            keys.keys = (tmp_path / "standard.jwks.json").read_bytes()
            yield server, lambda seconds: age.write_text(str(seconds))

    return started


def status(client):
    return client.ask("POST", "/thiopurine-order-sign", json=request_for("order-sign")).status_code


def refusals(server):
    return [(line["client"], line["why"]) for line in server.events("client_refused")]


def test_keys_stand_for_four_hours_while_their_server_is_dead_and_are_fetched_when_it_is_back(running, keys):
    with running() as (server, age):
        client, other = server.as_client("standard"), server.as_client("epic")
        statuses = [status(client)]
        keys.fault = dead
        for seconds in (14 * 60, 16 * 60, 4 * HOUR_S - 60, 4 * HOUR_S + 60):
            age(seconds)
            statuses.append(status(client))
        dead_for_others = status(other)
        readiness = server.readiness()[0]
        keys.fault = None
        statuses.append(status(client))
        age(4 * HOUR_S + 60 + 301)
        statuses.append(status(client))

        assert statuses == [200, 200, 200, 200, 401, 401, 200]
        assert (dead_for_others, readiness) == (200, 200)
        assert refusals(server) == [("standard", NO_KEYS)] * 2
        assert server.metric("refused_clients_total") == 2
        told = [
            (line["client"], line["why"], line["failures"]) for line in server.events("client_keys_not_read")
        ]
        assert told == [("standard", "answered 503", failures) for failures in (1, 2, 3)]
        assert len(keys.web.asked) == 1 + 3 + 1


def test_a_rotated_key_opens_after_half_a_minute_and_the_withdrawn_one_no_more(running, keys, tmp_path):
    with running() as (server, age):
        before = server.as_client("standard")
        first = status(before)
        rotated = tmp_path / "rotated"
        rotated.mkdir()
        after = Service(server.url, replace(new_signer("standard", rotated), kid="standard-2"))
        keys.keys = (rotated / "standard.jwks.json").read_bytes().replace(b"standard-1", b"standard-2")

        too_early = [status(after) for _ in range(10)]
        age(31)
        at_last, withdrawn = status(after), [status(before) for _ in range(10)]

        assert (first, too_early, at_last, withdrawn) == (200, [401] * 10, 200, [401] * 10)
        assert refusals(server) == [("standard", NO_SUCH_KEY)] * 20
        assert len(keys.web.asked) == 2  # though twenty tokens named a key that was not there


def test_a_key_server_that_hangs_holds_up_no_other_client(running, keys):
    with running() as (server, _), ThreadPoolExecutor(1) as caller:
        keys.fault = hanging
        waiting = caller.submit(status, server.as_client("standard"))
        eventually(lambda: keys.web.asked)

        others = [status(server.as_client("epic")) for _ in range(10)]

        assert (others, waiting.result()) == ([200] * 10, 401)
        assert refusals(server) == [("standard", NO_KEYS)]
        (line,) = server.events("client_keys_not_read")
        assert line["why"] == "did not answer in time"
        assert server.events().index(line) > server.events().index(server.events("answered")[-1])
