"""The server as a user starts it."""

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

pytestmark = pytest.mark.slow

REQUEST = json.loads((Path(__file__).parents[3] / "fixtures/requests/order-sign.json").read_text())
COMMAND = Path(sys.executable).with_name("thiopurine-cds")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Its process, its address and its log file."""
    folder = tmp_path_factory.mktemp("server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"THIOPURINE_CDS_DATABASE_URL": f"sqlite:///{folder / 'store.sqlite3'}"}
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [COMMAND, "serve", "--port", str(port), "--workers", "2"], stderr=output, env=environment
        )
    address = f"http://127.0.0.1:{port}/cds-services"
    _wait_for(address)
    yield process, address, log
    process.terminate()
    process.wait(timeout=10)


def _wait_for(address):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            requests.get(address, timeout=1).raise_for_status()
        except requests.ConnectionError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("the server did not start")


def test_answers_a_hook_and_logs_no_patient_data(server):
    _, address, log = server

    response = requests.post(f"{address}/thiopurine-order-sign", json=REQUEST, timeout=10)

    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    assert (response.status_code, len(response.json()["cards"]) > 0) == (200, True)
    assert [line["service"] for line in lines if line["event"] == "answered"] == ["thiopurine-order-sign"]
    assert [word for word in ("1984-06-02", "*1/*3A", "4f1c2a38-5d0e") if word in log.read_text()] == []


def test_slashes_too_many_are_answered_without_a_redirect(server):
    _, address, _ = server

    response = requests.get(address.replace("/cds", "//cds") + "/", timeout=10, allow_redirects=False)

    assert (response.status_code, len(response.json()["services"])) == (200, 3)


def test_refuses_a_body_sent_in_chunks(server):
    _, address, _ = server

    response = requests.post(
        f"{address}/thiopurine-order-sign",
        data=iter([b"{", b"}"]),
        headers={"Content-Type": "application/json"},
        timeout=10,
    )

    assert (response.status_code, response.json()["issue"][0]["code"]) == (411, "required")


def test_answers_everything_over_one_kept_connection(server):
    _, address, _ = server

    with requests.Session() as session:
        statuses = [
            session.post(f"{address}/thiopurine-order-sign", json=body, timeout=10).status_code
            for body in (REQUEST, {}, REQUEST)
        ]

    assert statuses == [200, 400, 200]


def test_a_refused_request_does_not_take_the_next_one_along(server):
    _, address, _ = server
    refused = f"PUT {urlsplit(address).path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n".encode()
    following = f"GET {urlsplit(address).path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()

    with socket.create_connection(("127.0.0.1", urlsplit(address).port), timeout=5) as connection:
        connection.sendall(refused + b"{}" + following)
        answers = b"".join(iter(lambda: connection.recv(65536), b""))

    assert re.findall(rb"HTTP/1.1 (\d{3})", answers) == [b"405", b"200"]


def test_two_processes_write_down_all_that_they_decide(server):
    _, address, log = server
    file = log.with_name("store.sqlite3")
    before = settled_number_of_requests(file)

    with ThreadPoolExecutor(8) as callers:
        answers = callers.map(
            lambda _: requests.post(f"{address}/thiopurine-order-sign", json=REQUEST, timeout=20), range(60)
        )
        assert {answer.status_code for answer in answers} == {200}

    deadline = time.monotonic() + 10
    while number_of_requests(file) < before + 60 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert number_of_requests(file) == before + 60


def settled_number_of_requests(file):
    """The number once the calls of earlier tests are written too: they are written after their answers."""
    number, since = number_of_requests(file), time.monotonic()
    while time.monotonic() - since < 1:
        time.sleep(0.1)
        if (now := number_of_requests(file)) != number:
            number, since = now, time.monotonic()
    return number


def number_of_requests(file):
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("SELECT count(*) FROM requests").fetchone()[0]


def test_stops_when_told_to_though_a_client_keeps_its_connection_and_writes_down_what_it_decided(server):
    process, address, log = server

    with requests.Session() as session:
        session.post(f"{address}/thiopurine-order-sign", json=REQUEST, timeout=10)
        process.send_signal(signal.SIGTERM)

        assert process.wait(timeout=10) == 0
    answered = [line for line in log.read_text().splitlines() if '"answered"' in line]
    assert number_of_requests(log.with_name("store.sqlite3")) == len(answered)
