"""`python -m benchmarks.one_process SIZE COUNT`: CPU of the whole job for each body, without a network."""

import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import psutil  # type: ignore[import-untyped]

from benchmarks.hook_bodies import AS_OF, bodies
from benchmarks.service import Service, cpu_ms, running_service
from cards.engine import advise
from cds_service.answering.pipeline import answer
from cds_service.hooks.request import hook_request_from
from cds_service.hooks.services import service_for_hook

_AT_ONCE = 10
_WARM_SEEDS = 10


def measured(size: str, count: int) -> dict[str, Any]:
    """Median CPU of a request in ms: with its records, on its own thread, and of the rules alone."""
    with running_service() as service:
        for body in bodies(size, _WARM_SEEDS, 1_000_000):
            service.call(body)
        service.finish_records()
        whole: list[float] = []
        own: list[float] = []
        for first in range(0, count, _AT_ONCE):
            batch = list(bodies(size, _AT_ONCE, first))
            before = time.process_time()
            own += _own_ms(service, batch)
            service.finish_records()
            whole.append(cpu_ms(before) / len(batch))
    return {
        "bytes": len(batch[0]),
        "cpu_ms": statistics.median(whole),
        "own_ms": statistics.median(own),
        "own_p99_ms": statistics.quantiles(own, n=100)[98],
        "rules_ms": rules_ms(batch[0]),
        "rss_mb": psutil.Process().memory_info().rss / 1e6,
    }


def rules_ms(body: bytes, times: int = 50) -> float:
    """Median CPU of all rules and the composer over the chart of a body."""
    service = service_for_hook("order-sign")
    considered = answer(hook_request_from(body, service.hook), service, AS_OF).considered
    if considered is None:
        raise ValueError("the body concerns no rule")
    return _median_ms(
        lambda: advise(considered.chart, service.rules, considered.policy, considered.knowledge), times
    )


def _own_ms(service: Service, batch: list[bytes]) -> list[float]:
    spent = []
    for body in batch:
        before = time.thread_time()
        service.call(body)
        spent.append((time.thread_time() - before) * 1000)
    return spent


def _median_ms(work: Callable[[], object], times: int) -> float:
    spent = []
    for _ in range(times):
        before = time.thread_time()
        work()
        spent.append((time.thread_time() - before) * 1000)
    return statistics.median(spent)


def main() -> None:
    """Print the figures of one size as JSON."""
    sys.stdout.write(json.dumps(measured(sys.argv[1], int(sys.argv[2]))))


if __name__ == "__main__":
    main()
