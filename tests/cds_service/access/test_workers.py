"""Two workers, as in production: a token that one of them has seen is refused by the other."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from tests.cds_service.access.signing import PATH, jwk, jwks, token

pytestmark = pytest.mark.slow

BODY = json.loads((Path(__file__).parents[3] / "fixtures/requests/order-sign.json").read_text())
COMMAND = Path(sys.executable).with_name("thiopurine-cds")
CLIENTS = '[[client]]\nname = "ehr"\nissuer = "https://ehr.example"\nkeys_file = "jwks.json"\n'
AGAIN = 30  # the kernel picks a worker for each connection: that all go to the same one is 1 in 2**30


@pytest.fixture
def server(tmp_path):
    """The address of a server of two workers, and its log."""
    (tmp_path / "jwks.json").write_bytes(jwks(jwk()))
    (tmp_path / "clients.toml").write_text(CLIENTS + 'jku = ["https://ehr.example/jwks.json"]\n')
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    environment = os.environ | {
        "THIOPURINE_CDS_DATABASE_URL": f"sqlite:///{tmp_path / 'store.sqlite3'}",
        "THIOPURINE_CDS_CLIENTS": str(tmp_path / "clients.toml"),
        "THIOPURINE_CDS_PUBLIC_URL": address,
    }
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [COMMAND, "serve", "--port", address.rpartition(":")[2], "--workers", "2"],
            stderr=output,
            env=environment,
        )
    try:
        _wait_for(address)
        yield address, log
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait_for(address):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            requests.get(f"{address}/cds-services", timeout=1)
        except requests.ConnectionError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("the server did not start")


def call(address, text):
    headers = {"Authorization": f"Bearer {text}", "Connection": "close"}
    return requests.post(address + PATH, json=BODY, headers=headers, timeout=10).status_code


def test_a_replayed_token_is_refused_by_every_worker(server):
    address, log = server
    used = token(aud=address + PATH)

    first = call(address, used)
    again = {call(address, used) for _ in range(AGAIN)}
    fresh = {call(address, token(aud=address + PATH)) for _ in range(AGAIN)}

    assert (first, again, fresh) == (200, {401}, {200})
    assert used not in log.read_text()
