"""A thousand EHR sessions call at the same moment: each is answered in full, and remembered once."""

import json
from collections import Counter
from contextlib import ExitStack

import pytest

from tests.conformance.hook_requests import request_for, said
from tests.reliability.server import IS_FULL, eventually, running_server
from tests.reliability.slow_clients import answer_on, connected, head

pytestmark = pytest.mark.slow

CONNECTIONS = 1_000 if IS_FULL else 200


def test_many_parallel_connections_are_all_answered(tmp_path):
    bodies = [request_for("order-sign") for _ in range(CONNECTIONS)]
    with running_server(tmp_path) as server, ExitStack() as open_ones:
        workers = server.workers
        expected = said(server.post(request_for("order-sign")).json())
        connections = [open_ones.enter_context(connected(server.url)) for _ in bodies]

        for connection, body in zip(connections, bodies, strict=True):
            content = json.dumps(body).encode()
            connection.sendall(head(len(content)) + content)
        answers = [answer_on(connection).partition(b"\r\n\r\n") for connection in connections]

        assert Counter(start.partition(b"\r\n")[0] for start, _, _ in answers) == {
            b"HTTP/1.1 200 OK": CONNECTIONS
        }
        assert [said(json.loads(content)) for _, _, content in answers] == [expected] * CONNECTIONS
        open_ones.close()
        eventually(lambda: sum(len(one.net_connections("tcp")) for one in workers) == len(workers))
        assert server.workers == workers
        assert {line["level"] for line in server.events()} == {"info"}
        assert server.metric("records_dropped") == 0
        assert server.stop() == 0
        counted = server.recorded()
        assert {body["hookInstance"]: counted[body["hookInstance"]] for body in bodies} == dict.fromkeys(
            (body["hookInstance"] for body in bodies), 1
        )
