"""Two workers of the real server count as one, whichever is asked."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

pytestmark = pytest.mark.slow

REQUEST = (Path(__file__).parents[3] / "fixtures/requests/order-sign.json").read_bytes()
COMMAND = Path(sys.executable).with_name("thiopurine-cds")
ANSWERED = 'thiopurine_cds_hook_seconds_count{hook="order-sign"}'


@pytest.fixture
def address(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "THIOPURINE_CDS_DATABASE_URL": f"sqlite:///{tmp_path / 'store.sqlite3'}",
        "THIOPURINE_CDS_LOG_LEVEL": "error",
    }
    command = [COMMAND, "serve", "--port", str(port), "--workers", "2"]
    process = subprocess.Popen(command, env=os.environ | settings)
    found = f"http://127.0.0.1:{port}"
    _wait_until_ready(found)
    assert len(folders_of_counters(process)) == 1
    yield found
    process.terminate()
    assert process.wait(timeout=10) == 0
    assert folders_of_counters(process) == []


def folders_of_counters(process):
    places = (Path("/dev/shm"), Path(tempfile.gettempdir()))  # noqa: S108 -- it is only looked into
    return [folder for place in places for folder in place.glob(f"thiopurine-cds-{process.pid}-*")]


def _wait_until_ready(address):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            if requests.get(f"{address}/readyz", timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.05)
    pytest.fail("the server did not get ready")


def _value(address, name):
    text = requests.get(f"{address}/metrics", timeout=5).text
    return float(re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)[1])


def _post(address):
    headers = {"Content-Type": "application/json"}
    url = f"{address}/cds-services/thiopurine-order-sign"
    return requests.post(url, data=REQUEST, headers=headers, timeout=10).status_code


def test_two_workers_count_as_one(address):
    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(_post, [address] * 30))

    assert statuses == [200] * 30
    assert [_value(address, ANSWERED) for _ in range(6)] == [30.0] * 6
    assert _value(address, "thiopurine_cds_canary_passed") == 1
