"""Told to stop, the server finishes what it has begun and begins nothing more."""

import json
import signal
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from tests.cds_service.net.web_server import send, web_server
from tests.conformance.hook_requests import request_for
from tests.reliability.server import WAIT_S, eventually, running_server

pytestmark = pytest.mark.slow

IN_FLIGHT = 4
NOTHING = json.dumps({"resourceType": "Bundle", "type": "searchset"}).encode()


def asking(number, address):
    """A call that waits for that FHIR server."""
    request = request_for("order-sign")
    del request["prefetch"]
    return request | {"fhirServer": f"{address}/fhir/r4", "hookInstance": f"in-flight-{number}"}


def takes_connections(url):
    parts = urlsplit(url)
    with socket.socket() as probe:
        return probe.connect_ex((parts.hostname, parts.port)) == 0


def test_requests_in_flight_at_sigterm_are_answered_and_recorded(tmp_path):
    goes_on = threading.Event()

    def when_told(handler, _server):
        goes_on.wait(WAIT_S)
        send(handler, NOTHING)

    with (
        web_server(when_told) as fhir,
        running_server(tmp_path, FHIR_TIMEOUT_S=str(WAIT_S)) as server,
        ThreadPoolExecutor(IN_FLIGHT) as clients,
    ):
        calls = [clients.submit(server.post, asking(number, fhir.address)) for number in range(IN_FLIGHT)]
        eventually(lambda: sum(one.path == "/fhir/r4/Patient/example" for one in fhir.asked) == IN_FLIGHT)

        server.process.send_signal(signal.SIGTERM)
        eventually(lambda: not takes_connections(server.url))
        goes_on.set()

        assert [call.result().status_code for call in calls] == [200] * IN_FLIGHT
        assert server.process.wait(WAIT_S) == 0
        assert sorted(server.recorded()) == [f"in-flight-{number}" for number in range(IN_FLIGHT)]
