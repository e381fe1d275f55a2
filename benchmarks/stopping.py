"""A server that is told to stop while calls wait for a FHIR server."""

import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psutil  # type: ignore[import-untyped]

from benchmarks.charts import body_without_prefetch
from benchmarks.fhir_server import BASE
from benchmarks.hook_bodies import small_body
from benchmarks.load import Call, LoadError, latencies_ms
from benchmarks.running import Server, free_port, started

IN_FLIGHT = 8
_ROUND_TRIP_MS = 800  # twice for each call
_STOPPED_AFTER_S = 0.5
_ENDS_WITHIN_S = 20


def answered_though_stopped(server: Server) -> dict[str, Any]:
    """How many calls in flight were answered, and the server's exit code; None if it did not end in time."""
    latencies_ms(server.port, [Call(small_body(0))], 1)  # a worker that still loads has nothing in flight
    port = free_port()
    command = (sys.executable, "-m", "benchmarks.fhir_server", "20 resources", str(_ROUND_TRIP_MS), str(port))
    with started(command, port, {}), ThreadPoolExecutor(IN_FLIGHT) as clients:
        base = f"http://127.0.0.1:{port}{BASE}"
        under_way = [clients.submit(_is_answered, server.port, base, seed) for seed in range(IN_FLIGHT)]
        time.sleep(_STOPPED_AFTER_S)
        server.process.send_signal(signal.SIGTERM)
        answered = sum(one.result() for one in under_way)
        return {"answered": answered, "exit_code": _exit_code(server)}


def _is_answered(port: int, fhir_server: str, seed: int) -> bool:
    try:
        latencies_ms(port, [Call(body_without_prefetch(seed, fhir_server))], 1)
    except LoadError:
        return False
    return True


def _exit_code(server: Server) -> int | None:
    try:
        code: int = server.process.wait(_ENDS_WITHIN_S)
    except psutil.TimeoutExpired:
        return None
    return code
