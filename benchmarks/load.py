"""Hook calls over several connections at once: how long each took, and what the server spent on it."""

import http.client
import statistics
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from benchmarks.running import Server

ORDER_SIGN = "/cds-services/thiopurine-order-sign"
_ANSWER_WITHIN_S = 120
_A_CARD = b'"summary"'


class LoadError(Exception):
    """The server answered with something other than cards: its figures are worthless."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call to make."""

    body: bytes
    token: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """Its headers."""
        signed = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return {"Content-Type": "application/json"} | signed


def loaded(server: Server, warm: Sequence[Call], calls: Sequence[Call], connections: int) -> dict[str, Any]:
    """Latency in ms, requests a second, CPU of a request in ms and memory of a worker, under this load.

    Raises LoadError.
    """
    latencies_ms(server.port, warm, connections)
    cpu, began = server.cpu_s, time.perf_counter()
    latencies = latencies_ms(server.port, calls, connections)
    took = time.perf_counter() - began
    return {
        "p50_ms": statistics.median(latencies),
        "p99_ms": statistics.quantiles(latencies, n=100, method="inclusive")[98],
        "per_s": len(calls) / took,
        "cpu_ms": (server.cpu_s - cpu) * 1000 / len(calls),
        "rss_mb": server.worker_rss_mb,
    }


def latencies_ms(
    port: int, calls: Sequence[Call], connections: int, within_s: float = _ANSWER_WITHIN_S
) -> list[float]:
    """How long each answer took. Raises LoadError when a call is not answered with cards."""
    waiting: SimpleQueue[Call] = SimpleQueue()
    for call in calls:
        waiting.put(call)
    took: list[float] = []
    wrong: list[str] = []
    clients = [
        threading.Thread(target=_send_all, args=(port, waiting, took, wrong, within_s))
        for _ in range(min(connections, len(calls)))
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    if wrong or len(took) != len(calls):
        raise LoadError(f"{len(calls) - len(took)} of {len(calls)} not answered: {sorted(set(wrong))}")
    return took


def _send_all(
    port: int, waiting: "SimpleQueue[Call]", took: list[float], wrong: list[str], within_s: float
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=within_s)
    while True:
        try:
            call = waiting.get_nowait()
        except Empty:
            break
        began = time.perf_counter()
        try:
            connection.request("POST", ORDER_SIGN, call.body, call.headers)
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            wrong.append(type(error).__name__)
            connection.close()
            continue
        if response.status == http.HTTPStatus.OK and _A_CARD in content:
            took.append((time.perf_counter() - began) * 1000)
        else:
            wrong.append(str(response.status))
    connection.close()
