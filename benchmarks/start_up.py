"""How long the server takes from the start of its process to its first answer; its database is there already."""

import statistics
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

from benchmarks.hook_bodies import small_body
from benchmarks.load import Call, LoadError, latencies_ms
from benchmarks.running import OUR_COMMAND, NotStartedError, free_port, our_environment, our_settings, spawned

RUNS = 7
_WITHIN_S = 60


def measured() -> dict[str, Any]:
    """Median and slowest in s, and the median CPU that the process used until then."""
    with tempfile.TemporaryDirectory() as folder:
        environment = our_environment(our_settings(Path(folder)))
        _start(environment)  # makes the database
        starts = [_start(environment) for _ in range(RUNS)]
    took = [one[0] for one in starts]
    return {
        "runs": RUNS,
        "median_s": statistics.median(took),
        "slowest_s": max(took),
        "cpu_s": statistics.median(one[1] for one in starts),
    }


def _start(environment: Mapping[str, str]) -> tuple[float, float]:
    """Seconds until the first answer, and seconds of CPU."""
    port = free_port()
    began = time.perf_counter()
    with spawned((*OUR_COMMAND, "--port", str(port)), environment) as process:
        _wait_for_an_answer(port)
        took = time.perf_counter() - began
        return took, sum(psutil.Process(process.pid).cpu_times()[:2])


def _wait_for_an_answer(port: int) -> None:
    until = time.monotonic() + _WITHIN_S
    while time.monotonic() < until:
        try:
            latencies_ms(port, [Call(small_body(1))], 1)
        except LoadError:
            time.sleep(0.005)
        else:
            return
    raise NotStartedError(f"nobody answers on port {port}")
