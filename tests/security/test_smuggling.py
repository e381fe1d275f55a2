"""Two requests in one, to the production server, byte by byte: what can be measured in two ways is not answered.

Whoever sits between (a proxy, a load balancer) may find another end of a request than we do; what then stands
behind that end would be answered as somebody else's.
"""

import re
import socket
from urllib.parse import urlsplit

import pytest

from tests.reliability.server import WAIT_S, running_server

pytestmark = pytest.mark.slow

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
START = b"POST /cds-services/thiopurine-order-sign HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
GET = b"GET /cds-services HTTP/1.1\r\nHost: x\r\n"
LENGTH = b"Content-Length: 2\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
NO_CHUNKS = b"0\r\n\r\n"

REFUSED = {
    "two lengths": (400, START + LENGTH + b"Content-Length: 38\r\n\r\n{}"),
    "the same length twice": (400, START + LENGTH + LENGTH + b"\r\n{}"),
    "a list of lengths": (400, START + b"Content-Length: 2, 2\r\n\r\n{}"),
    "a length with a sign": (400, START + b"Content-Length: +2\r\n\r\n{}"),
    "a length below zero": (400, START + b"Content-Length: -2\r\n\r\n{}"),
    "a hexadecimal length": (400, START + b"Content-Length: 0x2\r\n\r\n{}"),
    "a length with an underscore": (400, START + b"Content-Length: 0_2\r\n\r\n{}"),
    "a length in other digits": (400, START + b"Content-Length: \xb2\r\n\r\n{}"),
    "an empty length": (400, START + b"Content-Length: \r\n\r\n{}"),
    "length and chunks": (400, START + b"Content-Length: 5\r\n" + CHUNKED + b"\r\n" + NO_CHUNKS),
    "chunks and length": (400, START + CHUNKED + b"Content-Length: 5\r\n\r\n" + NO_CHUNKS),
    "chunks": (411, START + CHUNKED + b"\r\n" + NO_CHUNKS),
    "chunks with a line feed in an extension": (411, START + CHUNKED + b"\r\n0;a\n\r\n\r\n"),
    "chunks over HTTP/1.0": (400, START.replace(b"HTTP/1.1", b"HTTP/1.0") + LENGTH + CHUNKED + b"\r\n{}"),
    "chunks twice": (400, START + CHUNKED + b"Transfer-Encoding: identity\r\n\r\n" + NO_CHUNKS),
    "an unknown coding": (501, START + LENGTH + b"Transfer-Encoding: xchunked\r\n\r\n{}"),
    "no coding": (400, START + LENGTH + b"Transfer-Encoding: identity\r\n\r\n{}"),
    "chunks after a tab": (400, START + LENGTH + b"Transfer-Encoding:\tchunked\r\n\r\n{}"),
    "chunks after a vertical tab": (400, START + LENGTH + b"Transfer-Encoding: \x0bchunked\r\n\r\n{}"),
    "chunks before a NUL": (400, START + LENGTH + b"Transfer-Encoding\0: chunked\r\n\r\n{}"),
    "chunks, space before the colon": (400, START + LENGTH + b"Transfer-Encoding : chunked\r\n\r\n{}"),
    "a length, space before the colon": (400, START + b"Content-Length : 2\r\n\r\n{}"),
    "a length without a colon": (400, START + b"Content-Length 38\r\n" + LENGTH + b"\r\n{}"),
    "a folded length": (400, START + b"Content-Length:\r\n 2\r\n\r\n{}"),
    "folded chunks": (400, START + LENGTH + b"Transfer-Encoding:\r\n chunked\r\n\r\n{}"),
    "a folded header": (400, START + b"X: y\r\n Content-Length: 38\r\n" + LENGTH + b"\r\n{}"),
    "a folded first line": (400, START.replace(b"\r\n", b"\r\n X: y\r\n", 1) + LENGTH + b"\r\n{}"),
    "a bare line feed before a length": (400, START + b"X: y\nContent-Length: 38\r\n" + LENGTH + b"\r\n{}"),
    "a bare line feed before chunks": (400, START + b"X: y\nTransfer-Encoding: chunked\r\n" + LENGTH + b"\r\n{}"),
    "bare line feeds": (400, (START + LENGTH + b"\r\n").replace(b"\r\n", b"\n") + b"{}"),
    "bare line feeds at the end": (400, START + b"Content-Length: 2\n\n{}"),
    "a bare carriage return": (400, START + b"X: y\rContent-Length: 38\r\n" + LENGTH + b"\r\n{}"),
    "a NUL": (400, START + b"X: y\0z\r\n" + LENGTH + b"\r\n{}"),
    "two hosts": (400, GET + b"Host: y\r\n\r\n"),
    "HTTP/0.9": (400, b"GET /cds-services\r\n\r\n"),
    "HTTP/2 without asking": (400, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "a space before the method": (400, b" " + GET + b"\r\n"),
    "two spaces": (400, GET.replace(b"GET ", b"GET  ") + b"\r\n"),
    "a space in the path": (400, GET.replace(b"services ", b"services x ") + b"\r\n"),
    "a PROXY line": (400, b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + GET + b"\r\n"),
}  # fmt: skip
MEASURED_ALIKE = {
    "a length with an underscore in its name": (400, START + b"Content_Length: 38\r\n" + LENGTH + b"\r\n{}"),
    "an absolute address of another host": (200, GET.replace(b"/cds", b"http://other.example/cds") + b"\r\n"),
    "an offer of HTTP/2": (200, GET + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                           b"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n"),
    "another method in a header": (400, START + b"X-HTTP-Method-Override: GET\r\n" + LENGTH + b"\r\n{}"),
    "a fragment": (200, GET.replace(b"services", b"services#x") + b"\r\n"),
}  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("server")) as found:
        yield found


def statuses(server, sent, at_most=2):
    """The status of each answer on one connection, until the server closes it or has sent so many."""
    with socket.create_connection(("127.0.0.1", urlsplit(server.url).port), timeout=WAIT_S) as connection:
        connection.sendall(sent)
        answers, found = b"", []
        while len(found) < at_most and (came := connection.recv(65_536)):
            answers += came
            found = re.findall(rb"HTTP/1\.\d (\d{3}) ", answers)
    return [int(one) for one in found]


@pytest.mark.parametrize("name", REFUSED)
def test_what_can_be_measured_in_two_ways_is_refused_and_its_connection_closed(server, name):
    status, sent = REFUSED[name]

    assert statuses(server, sent + SMUGGLED) == [status]


@pytest.mark.parametrize("name", MEASURED_ALIKE)
def test_what_everybody_measures_alike_is_answered_and_the_next_request_after_it(server, name):
    status, sent = MEASURED_ALIKE[name]

    assert statuses(server, sent + SMUGGLED) == [status, 404]


def test_a_body_that_looks_like_a_request_is_none(server):
    sent = GET + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(SMUGGLED) + SMUGGLED

    assert statuses(server, sent) == [200]
