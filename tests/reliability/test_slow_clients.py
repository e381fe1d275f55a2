"""Clients that are slow, do nothing or never close do not keep the others from being answered."""

import json
import struct
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from socket import SHUT_WR, SO_LINGER, SOL_SOCKET

import pytest
import requests

from tests.conformance.hook_requests import request_for
from tests.reliability.server import IS_FULL, eventually, running_server
from tests.reliability.slow_clients import answer_on, connected, dribbling, head

pytestmark = pytest.mark.slow

SLOW = 400 if IS_FULL else 150  # more than the threads of both workers together
BODY = json.dumps(request_for("order-sign")).encode()
HEAD = head(len(BODY))
FAST_CALLS = 40


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    # Slow clients are not given up while these tests run.
    with running_server(tmp_path_factory.mktemp("server"), TIMEOUT_S="3600") as found:
        yield found


@pytest.mark.parametrize(
    ("first", "then"),
    [
        pytest.param(b"", b"", id="nothing"),
        pytest.param(b"P", HEAD[1:], id="the head"),
        pytest.param(HEAD, BODY, id="the body"),
        pytest.param(HEAD + BODY[:-100], BODY[-100:], id="the end of the body"),
    ],
)
def test_slow_clients_do_not_block_fast_ones(server, first, then):
    with dribbling(server.url, SLOW, first, then), ThreadPoolExecutor(8) as fast:
        statuses = Counter(fast.map(lambda _: server.post(BODY).status_code, range(FAST_CALLS)))

    assert statuses == {200: FAST_CALLS}


def test_a_slow_request_is_answered_when_it_is_whole(server):
    with connected(server.url) as connection:
        for at in range(0, len(HEAD) + len(BODY), 1000):
            connection.sendall((HEAD + BODY)[at : at + 1000])
            time.sleep(0.01)
        answer = answer_on(connection)

    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["cards"] != []


def test_clients_that_read_but_never_close_hold_up_nobody(server):
    with ExitStack() as open_ones:
        for _ in range(SLOW):
            connection = open_ones.enter_context(connected(server.url))
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert connection.recv(15) == b"HTTP/1.1 200 OK"

        assert server.post(BODY).status_code == 200


def test_clients_that_hang_up_in_the_middle_leave_nothing_behind(server):
    for sent in (b"", HEAD[:20], HEAD, HEAD + BODY[:-1], HEAD + BODY):
        for how in ("closed", "reset", "half closed"):
            connection = connected(server.url)
            connection.sendall(sent)
            if how == "half closed":
                connection.shutdown(SHUT_WR)
                answer_on(connection)
            if how == "reset":
                connection.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()

    eventually(lambda: sum(len(one.net_connections("tcp")) for one in server.workers) == len(server.workers))
    assert server.post(BODY).status_code == 200


def test_a_client_that_takes_too_long_is_told_so(tmp_path):
    with running_server(tmp_path, TIMEOUT_S="1") as server, connected(server.url) as connection:
        connection.sendall(HEAD + BODY[:-1])

        assert (
            answer_on(connection)
            == b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        )
        (told,) = eventually(lambda: server.events("request_too_slow"))
        assert told["received_bytes"] == len(HEAD) + len(BODY) - 1


def test_a_head_without_an_end_is_refused(server):
    with connected(server.url) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000)

        assert answer_on(connection).startswith(b"HTTP/1.1 431 ")


def test_a_client_that_waits_to_be_told_is_told_to_go_on(server):
    with connected(server.url) as connection:
        connection.sendall(HEAD.replace(b"Host", b"Expect: 100-continue\r\nHost"))
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(BODY)

        assert answer_on(connection).startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_refused_body_that_is_on_its_way_does_not_take_the_answer_back(server):
    with connected(server.url) as connection:
        connection.sendall(head(11_000_000))
        for _ in range(110):
            connection.sendall(b" " * 100_000)

        assert answer_on(connection).startswith(b"HTTP/1.1 413 ")


def test_who_is_refused_unread_is_told_that_the_connection_ends(server):
    response = requests.post(
        f"{server.url}/cds-services/thiopurine-order-sign",
        data=b" " * 10_500_000,
        headers={"Content-Type": "application/json"},
        timeout=30,
    )

    assert (response.status_code, response.headers["Connection"]) == (413, "close")
