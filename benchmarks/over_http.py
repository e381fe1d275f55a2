"""The real server on loopback: latency, CPU and memory of order-signs over several connections."""

import http.client
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import psutil  # type: ignore[import-untyped]

from benchmarks.hook_bodies import bodies

CONNECTIONS = (1, 8, 64)
REQUESTS = {"2 kB": 600, "50 kB": 400, "1.1 MB": 128, "5 MB": 64}
_PATH = "/cds-services/thiopurine-order-sign"
_READY_WITHIN_S = 30
_WARM = 16
_ANSWER_WITHIN_S = 120


class LoadError(Exception):
    """The server did not start, or gave something else than cards."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, and the process that started its workers."""

    port: int
    process: psutil.Process

    @property
    def family(self) -> list[psutil.Process]:
        """The server and its workers."""
        return [self.process, *self.process.children(recursive=True)]

    @property
    def cpu_s(self) -> float:
        """CPU that all of it has used."""
        return float(sum(sum(one.cpu_times()[:2]) for one in self.family))

    @property
    def worker_rss_mb(self) -> float:
        """Resident memory of the largest worker."""
        return float(max(one.memory_info().rss for one in self.family[1:]) / 1e6)


@contextmanager
def running_server(workers: int = 1) -> Iterator[Server]:
    """The production server on a free port of this machine, with an empty database."""
    with tempfile.TemporaryDirectory() as folder:
        port = _free_port()
        settings = {
            "THIOPURINE_CDS_DATABASE_URL": f"sqlite:///{Path(folder) / 'bench.sqlite3'}",
            "THIOPURINE_CDS_LOG_LEVEL": "warning",
            "THIOPURINE_CDS_WORKERS": str(workers),
        }
        command = [sys.executable, "-c", "from cds_service.cli import main; main()"]
        started = subprocess.Popen(  # noqa: S603 -- our own command
            [*command, "serve", "--port", str(port)],
            env=os.environ | settings,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_until_ready(port)
            yield Server(port, psutil.Process(started.pid))
        finally:
            started.terminate()
            started.wait(30)


def loaded(server: Server, size: str, connections: int) -> dict[str, Any]:
    """Latency in ms, requests a second, CPU of a request in ms and memory of a worker, under this load."""
    count = REQUESTS[size]
    _answers(server, list(bodies(size, _WARM, 2_000_000)), 1)
    sent = list(bodies(size, count, connections * 10_000))
    cpu, began = server.cpu_s, time.perf_counter()
    latencies = _answers(server, sent, connections)
    took = time.perf_counter() - began
    return {
        "size": size,
        "connections": connections,
        "p50_ms": statistics.median(latencies),
        "p99_ms": statistics.quantiles(latencies, n=100)[98],
        "per_s": count / took,
        "cpu_ms": (server.cpu_s - cpu) * 1000 / count,
        "rss_mb": server.worker_rss_mb,
    }


def _answers(server: Server, sent: list[bytes], connections: int) -> list[float]:
    """How long each answer took, in ms. Raises LoadError when one is no answer."""
    waiting: SimpleQueue[bytes] = SimpleQueue()
    for body in sent:
        waiting.put(body)
    took: list[float] = []
    wrong: list[str] = []
    clients = [
        threading.Thread(target=_send_all, args=(server.port, waiting, took, wrong))
        for _ in range(min(connections, len(sent)))
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    if wrong or len(took) != len(sent):
        raise LoadError(f"{len(sent) - len(took)} of {len(sent)} not answered: {sorted(set(wrong))}")
    return took


def _send_all(port: int, waiting: "SimpleQueue[bytes]", took: list[float], wrong: list[str]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_ANSWER_WITHIN_S)
    while True:
        try:
            body = waiting.get_nowait()
        except Empty:
            break
        began = time.perf_counter()
        try:
            connection.request("POST", _PATH, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            content = response.read()
        except OSError as error:
            wrong.append(type(error).__name__)
            connection.close()
            continue
        if response.status == http.HTTPStatus.OK and b'"summary"' in content:
            took.append((time.perf_counter() - began) * 1000)
        else:
            wrong.append(str(response.status))
    connection.close()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _wait_until_ready(port: int) -> None:
    until = time.monotonic() + _READY_WITHIN_S
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise LoadError("the server did not start")
