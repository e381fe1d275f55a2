"""Order-signs without a prefetch: the service fetches the chart from a FHIR server a fixed round trip away.

The goal: a call takes at most 1.3 times one round trip for each dependent step plus the evaluation, that is, the
same call over as many connections with the same records sent along.
"""

import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from benchmarks.charts import Chart, body_with_prefetch, body_without_prefetch
from benchmarks.fhir_server import BASE, charts
from benchmarks.load import Call, loaded
from benchmarks.running import free_port, our_server, started

LATENCIES_MS = (50, 250)
GOAL = 1.3
REQUESTS = {1: 12, 8: 32, 64: 128}
_SENT_REQUESTS = {1: 60, 8: 120, 64: 192}
_WARM_SEEDS = 3_000_000


def measured(say: Callable[[str], None]) -> list[dict[str, Any]]:
    """The figures for each chart, latency and number of connections. `say` is called with what comes next."""
    found = []
    for chart in charts().values():
        for connections in REQUESTS:
            say(f"prefetch sent: {chart.name}, {connections} connections")
            evaluation_ms = _sent(chart, connections)["p50_ms"]
            for latency_ms in LATENCIES_MS:
                say(f"prefetch absent: {chart.name}, {latency_ms} ms away, {connections} connections")
                case = {
                    "chart": chart.name,
                    "latency_ms": latency_ms,
                    "connections": connections,
                    "steps": chart.steps,
                    "evaluation_ms": evaluation_ms,
                }
                found.append(case | _absent(chart, latency_ms, connections))
    return found


def of_goal(one: dict[str, Any]) -> float:
    """How many times longer a call takes than its round trips and its evaluation must."""
    return float(one["p50_ms"] / (one["steps"] * one["latency_ms"] + one["evaluation_ms"]))


def _sent(chart: Chart, connections: int) -> dict[str, Any]:
    count = _SENT_REQUESTS[connections]
    with our_server() as server:
        return loaded(
            server,
            [Call(body_with_prefetch(chart, _WARM_SEEDS + seed)) for seed in range(connections)],
            [Call(body_with_prefetch(chart, seed)) for seed in range(count)],
            connections,
        )


def _absent(chart: Chart, latency_ms: int, connections: int) -> dict[str, Any]:
    fhir_port = free_port()
    command = [sys.executable, "-m", "benchmarks.fhir_server", chart.name, str(latency_ms), str(fhir_port)]
    base = f"http://127.0.0.1:{fhir_port}{BASE}"
    with ExitStack() as stack:
        stack.enter_context(started(command, fhir_port, {}))
        server = stack.enter_context(our_server())
        return loaded(
            server,
            [Call(body_without_prefetch(_WARM_SEEDS + seed, base)) for seed in range(connections)],
            [Call(body_without_prefetch(seed, base)) for seed in range(REQUESTS[connections])],
            connections,
        )
