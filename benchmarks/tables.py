"""The results of one run as tables for a reader."""

from collections.abc import Iterator
from typing import Any

from benchmarks.absent_prefetch import GOAL, of_goal
from benchmarks.over_http import UNSIGNED
from benchmarks.sheets import Sheet

Results = dict[str, Any]
Figures = dict[str, Any]

_MICRO = "\N{MICRO SIGN}"


def heading(results: Results) -> str:
    """What was measured, where and when."""
    machine = results["machine"]
    return (
        f"{results['at'][:10]}, commit {results['commit']}, {machine['cpu']}, {machine['cores']} cores, "
        f"Python {machine['python']}; load {machine['load']} at the start"
    )


def sheets(results: Results) -> Iterator[Sheet]:
    """Every table of a run, without those of parts that were not measured."""
    yield _in_one_process(results["one_process"])
    yield _growth(results["growth"])
    if results.get("over_http"):
        yield _over_http(results)
    if results.get("absent_prefetch"):
        yield _absent_prefetch(results["absent_prefetch"])
    if results.get("peers"):
        yield _peers(results["peers"])
    if results.get("start_up"):
        yield _start_up(results["start_up"])


def ratio(one: Figures) -> float:
    """CPU of a request in one process, by the floor of its size."""
    return float(one["own_ms"] / one["floor_ms"]["plain"])


def ratio_over_http(one: Figures, results: Results) -> float:
    """CPU of a request over HTTP, by the floor of its size."""
    return float(one["cpu_ms"] / results["one_process"][one["size"]]["floor_ms"]["plain"])


def signed_by(one: Figures) -> str:
    """By what algorithm the calls were signed."""
    return str(one.get("signed_by", UNSIGNED))


def times(peer: Figures) -> float:
    """Our CPU of a request, by the peer's."""
    return float(peer["ours_ms"] / peer["cpu_ms"])


def _in_one_process(figures: Figures) -> Sheet:
    columns = (
        "body", "bytes", "request", "p99", "with its records", "rules", "floor", "ratio", "floor, tuned", "ratio",
        "RSS MB",
    )  # fmt: skip
    rows = tuple(
        (
            size,
            f"{one['bytes']:,}",
            *(f"{one[name]:.2f}" for name in ("own_ms", "own_p99_ms", "cpu_ms", "rules_ms")),
            f"{one['floor_ms']['plain']:.2f}",
            f"{ratio(one):.2f}",
            f"{one['floor_ms']['tuned']:.2f}",
            f"{one['own_ms'] / one['floor_ms']['tuned']:.2f}",
            f"{one['rss_mb']:.0f}",
        )
        for size, one in figures.items()
    )
    return Sheet("CPU of one request in one process, ms", columns, rows)


def _growth(figures: Figures) -> Sheet:
    rows = tuple(
        (f"{int(count):,}", f"{cost:.1f}", f"{figures['relevant_ms'][count]:.1f}")
        for count, cost in figures["irrelevant_ms"].items()
    )
    slopes = (f"{figures[f'{kind}_slope_us']:.1f} {_MICRO}s" for kind in ("irrelevant", "relevant"))
    rules = f"{figures['rules_over_1000_relevant_ms']:.2f}"
    return Sheet(
        "CPU of a request by number of Observations, ms",
        ("Observations", "not read", "read"),
        (*rows, ("one more", *slopes), ("rules alone, 1,000 read", "", rules)),
    )


def _over_http(results: Results) -> Sheet:
    columns = (
        "body", "connections", "signed by", "p50 ms", "p99 ms", "a second", "CPU ms", "CPU by floor", "RSS MB",
    )  # fmt: skip
    rows = tuple(
        (
            one["size"],
            str(one["connections"]),
            signed_by(one),
            *(f"{one[name]:.1f}" for name in ("p50_ms", "p99_ms", "per_s", "cpu_ms")),
            f"{ratio_over_http(one, results):.1f}",
            f"{one['rss_mb']:.0f}",
        )
        for one in results["over_http"]
    )
    return Sheet("Over HTTP, prefetch sent, one worker", columns, rows)


def _absent_prefetch(figures: list[Figures]) -> Sheet:
    columns = (
        "chart", "round trip ms", "connections", "steps", "evaluation ms", "p50 ms", "p99 ms",
        f"p50 by what it must take (goal {GOAL})", "CPU ms", "RSS MB",
    )  # fmt: skip
    rows = tuple(
        (
            one["chart"],
            *(str(one[name]) for name in ("latency_ms", "connections", "steps")),
            *(f"{one[name]:.0f}" for name in ("evaluation_ms", "p50_ms", "p99_ms")),
            f"{of_goal(one):.2f}",
            f"{one['cpu_ms']:.1f}",
            f"{one['rss_mb']:.0f}",
        )
        for one in figures
    )
    return Sheet("Over HTTP, prefetch absent, one worker", columns, rows)


def _peers(figures: list[Figures]) -> Sheet:
    rows = tuple(
        (
            one["peer"],
            one["size"],
            f"{one['cpu_ms']:.1f}",
            f"{one['ours_ms']:.1f}",
            f"{times(one):.2f}",
            f"{one['p50_ms']:.1f}",
            f"{one['rss_mb']:.0f}",
        )
        for one in figures
    )
    columns = ("peer", "body", "its CPU ms", "our CPU ms", "ours by its", "its p50 ms", "its RSS MB")
    return Sheet("Toy handlers under the same load, 8 connections", columns, rows)


def _start_up(figures: Figures) -> Sheet:
    row = tuple(f"{figures[name]:.2f}" for name in ("median_s", "slowest_s", "cpu_s"))
    return Sheet(
        f"From the start of the process to the first answer, {figures['runs']} starts, s",
        ("median", "slowest", "CPU"),
        (row,),
    )
