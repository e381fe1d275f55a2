"""Results as a reader sees them: tables, and how two runs differ."""

from typing import Any

from rich.console import Console
from rich.table import Table

Results = dict[str, Any]


def show(results: Results, console: Console) -> None:
    """Print one run."""
    machine = results["machine"]
    console.print(f"{machine['cpu']}, {machine['cores']} cores, Python {machine['python']}")
    console.print(f"commit {results['commit']}, {results['at']}, load {machine['load']} at the start")
    console.print(_in_one_process(results["one_process"]))
    console.print(_growth(results["growth"]))
    if results["over_http"]:
        console.print(_over_http(results["over_http"]))


def compare(before: Results, after: Results, console: Console) -> None:
    """Print the ratios to the floor of two runs: they hold on a busy machine, milliseconds do not."""
    table = _table(f"{before['commit']} and {after['commit']}", "size", "ratio", "ratio", "change")
    for size, old in before["one_process"].items():
        new = after["one_process"].get(size)
        if new is not None:
            was, now = _ratio(old), _ratio(new)
            table.add_row(size, f"{was:.2f}", f"{now:.2f}", f"{(now / was - 1) * 100:+.0f} %")
    console.print(table)


def _in_one_process(figures: dict[str, Any]) -> Table:
    table = _table(
        "CPU of one request in one process, ms",
        "size", "bytes", "request", "p99", "with its records", "rules", "floor", "ratio", "floor, tuned", "ratio",
    )  # fmt: skip
    for size, one in figures.items():
        plain, tuned = one["floor_ms"]["plain"], one["floor_ms"]["tuned"]
        table.add_row(
            size,
            f"{one['bytes']:,}",
            *(f"{one[name]:.2f}" for name in ("own_ms", "own_p99_ms", "cpu_ms", "rules_ms")),
            f"{plain:.2f}",
            f"{_ratio(one):.2f}",
            f"{tuned:.2f}",
            f"{one['own_ms'] / tuned:.2f}",
        )
    return table


def _ratio(one: dict[str, Any]) -> float:
    return float(one["own_ms"] / one["floor_ms"]["plain"])


def _growth(figures: dict[str, Any]) -> Table:
    table = _table("CPU of a request by number of Observations, ms", "Observations", "not read", "read")
    for count, cost in figures["irrelevant_ms"].items():
        table.add_row(f"{int(count):,}", f"{cost:.1f}", f"{figures['relevant_ms'][count]:.1f}")
    slopes = (figures["irrelevant_slope_us"], figures["relevant_slope_us"])
    table.add_row("one more, \N{MICRO SIGN}s", *(f"{slope:.1f}" for slope in slopes))
    table.add_row("rules alone, 1,000 read", "", f"{figures['rules_over_1000_relevant_ms']:.2f}")
    return table


def _over_http(figures: list[dict[str, Any]]) -> Table:
    table = _table(
        "Over HTTP, one worker", "size", "connections", "p50 ms", "p99 ms", "a second", "CPU ms", "RSS MB"
    )
    for one in figures:
        table.add_row(
            one["size"],
            str(one["connections"]),
            *(f"{one[name]:.1f}" for name in ("p50_ms", "p99_ms", "per_s", "cpu_ms", "rss_mb")),
        )
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, justify="right")
    return table
