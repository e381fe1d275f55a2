"""Calls that wait for their answer while many other clients send a body byte by byte."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.hook_bodies import small_body
from benchmarks.load import Call, LoadError, latencies_ms
from tests.reliability.slow_clients import dribbling, head

SLOW = 200
FAST = 40
_FAST_AT_ONCE = 8
_FAST_WITHIN_S = 15.0


def beside_slow_clients(port: int) -> dict[str, Any]:
    """How many of the fast calls were answered, and how long the slowest of these took."""
    body = small_body(0)
    _one_answer(port, Call(body))
    url = f"http://127.0.0.1:{port}"
    with dribbling(url, SLOW, head(len(body)), body), ThreadPoolExecutor(_FAST_AT_ONCE) as fast:
        took = list(fast.map(lambda seed: _one_answer(port, Call(small_body(seed))), range(1, FAST + 1)))
    answered = [one for one in took if one is not None]
    return {"answered": len(answered), "slowest_s": max(answered, default=0.0)}


def _one_answer(port: int, call: Call) -> float | None:
    """Seconds until the answer; None when none came in time."""
    try:
        return latencies_ms(port, [call], 1, within_s=_FAST_WITHIN_S)[0] / 1000
    except LoadError:
        return None
