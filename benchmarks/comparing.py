"""How two kept runs differ, in ratios and CPU: unlike milliseconds of waiting, these hold on a busy machine."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from benchmarks.absent_prefetch import of_goal
from benchmarks.sheets import Sheet
from benchmarks.tables import Figures, Results, ratio, ratio_over_http, signed_by, times

Row = tuple[str, ...]
Measure = Callable[[Figures], float]


def comparison(before: Results, after: Results) -> Iterator[Sheet]:
    """A table for each part that both runs measured; rows that only one of them has are left out."""
    names = (f"{before['commit']}", f"{after['commit']}")
    for title, kept, keys, measure in _PARTS:
        rows = tuple(_changes(_by_key(before, kept, measure), _by_key(after, kept, measure)))
        if rows:
            yield Sheet(title, (*keys, *names, "change"), rows)


def _changes(old: Mapping[Row, float], new: Mapping[Row, float]) -> Iterator[Row]:
    for key, was in old.items():
        if key in new:
            now = new[key]
            change = f"{(now / was - 1) * 100:+.0f} %" if was else ""
            yield (*key, f"{was:.2f}", f"{now:.2f}", change)


def _by_key(
    results: Results,
    rows: Callable[[Results], Iterator[tuple[Row, Figures]]],
    measure: Callable[[Figures, Results], float],
) -> dict[Row, float]:
    return {key: measure(one, results) for key, one in rows(results)}


def _one_process(results: Results) -> Iterator[tuple[Row, Figures]]:
    for size, one in results["one_process"].items():
        yield (size,), one


def _growth(results: Results) -> Iterator[tuple[Row, Figures]]:
    growth = results["growth"]
    for kind, name in (("irrelevant", "not read"), ("relevant", "read")):
        yield (name,), {"slope_us": growth[f"{kind}_slope_us"]}


def _over_http(results: Results) -> Iterator[tuple[Row, Figures]]:
    for one in results.get("over_http", ()):
        yield (one["size"], str(one["connections"]), signed_by(one)), one


def _absent_prefetch(results: Results) -> Iterator[tuple[Row, Figures]]:
    for one in results.get("absent_prefetch", ()):
        yield (one["chart"], str(one["latency_ms"]), str(one["connections"])), one


def _peers(results: Results) -> Iterator[tuple[Row, Figures]]:
    for one in results.get("peers", ()):
        yield (one["peer"], one["size"]), one


def _start_up(results: Results) -> Iterator[tuple[Row, Figures]]:
    if results.get("start_up"):
        yield (), results["start_up"]


def _of(name: str) -> Callable[[Figures, Results], float]:
    return lambda one, _results: float(one[name])


def _alone(measure: Measure) -> Callable[[Figures, Results], float]:
    return lambda one, _results: measure(one)


_LOAD = ("body", "connections", "signed by")
_FETCH = ("chart", "round trip ms", "connections")
_PARTS: tuple[tuple[str, Any, Row, Callable[[Figures, Results], float]], ...] = (
    ("In one process, CPU by floor", _one_process, ("body",), _alone(ratio)),
    ("One more Observation, \N{MICRO SIGN}s", _growth, ("Observations",), _of("slope_us")),
    ("Over HTTP, CPU by floor", _over_http, _LOAD, ratio_over_http),
    ("Over HTTP, p50 ms", _over_http, _LOAD, _of("p50_ms")),
    ("Over HTTP, p99 ms", _over_http, _LOAD, _of("p99_ms")),
    ("Over HTTP, RSS MB", _over_http, _LOAD, _of("rss_mb")),
    ("Prefetch absent, p50 by what it must take", _absent_prefetch, _FETCH, _alone(of_goal)),
    ("Prefetch absent, CPU ms", _absent_prefetch, _FETCH, _of("cpu_ms")),
    ("Our CPU by a toy handler's", _peers, ("peer", "body"), _alone(times)),
    ("Start-up, CPU s", _start_up, (), _of("cpu_s")),
)
