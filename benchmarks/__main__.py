"""`python -m benchmarks` measures and keeps the results; `python -m benchmarks compare A B` compares two."""

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from benchmarks.hook_bodies import SIZES
from benchmarks.over_http import CONNECTIONS, loaded, running_server
from benchmarks.tables import Results, compare, show

_ROOT = Path(__file__).parents[1]
_RESULTS = _ROOT / "var" / "benchmarks"
_COUNTS = {"2 kB": 400, "50 kB": 300, "1.1 MB": 200, "5 MB": 60}
_QUICK = 20
_CONSOLE = Console(width=120)


@click.group(invoke_without_command=True)
@click.option("--quick", is_flag=True, help="Few requests, and none over HTTP: to see the direction.")
@click.option("--http/--no-http", default=True, help="Also start the server, and load it.")
@click.pass_context
def main(context: click.Context, *, quick: bool, http: bool) -> None:
    """Measure, print, and keep the results as JSON in var/benchmarks."""
    if context.invoked_subcommand is not None:
        return
    results = measured(is_quick=quick, with_http=http and not quick)
    show(results, _CONSOLE)
    _RESULTS.mkdir(parents=True, exist_ok=True)
    file = _RESULTS / f"{results['at'].replace(':', '')}-{results['commit']}.json"
    file.write_text(json.dumps(results, indent=1), encoding="utf-8")
    _CONSOLE.print(f"kept in {file.relative_to(_ROOT)}")


@main.command("compare")
@click.argument("before", type=click.Path(path_type=Path, exists=True))
@click.argument("after", type=click.Path(path_type=Path, exists=True))
def _compare(before: Path, after: Path) -> None:
    """Say how the ratios of two kept runs differ."""
    compare(json.loads(before.read_bytes()), json.loads(after.read_bytes()), _CONSOLE)


def measured(*, is_quick: bool, with_http: bool) -> Results:
    """One run: each part in a process of its own, so that none warms up another."""
    found: Results = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "machine": _machine(),
        "one_process": {},
    }
    for size in SIZES:
        count = str(_QUICK if is_quick else _COUNTS[size])
        floor = _figures("benchmarks.floor", size, count)
        found["one_process"][size] = _figures("benchmarks.one_process", size, count) | {"floor_ms": floor}
    found["growth"] = _figures("benchmarks.growth")
    found["over_http"] = _over_http() if with_http else []
    return found


def _over_http() -> list[dict[str, Any]]:
    found = []
    for size in SIZES:
        for connections in CONNECTIONS:
            with running_server() as server:
                found.append(loaded(server, size, connections))
    return found


def _figures(module: str, *arguments: str) -> Any:  # noqa: ANN401 -- whatever a part measures
    command = [sys.executable, "-m", module, *arguments]
    run = subprocess.run(command, cwd=_ROOT, check=True, stdout=subprocess.PIPE)  # noqa: S603 -- our own
    return json.loads(run.stdout)


def _commit() -> str:
    git = ["git", "rev-parse", "--short", "HEAD"]
    run = subprocess.run(git, cwd=_ROOT, check=False, capture_output=True, text=True)  # noqa: S603 -- fixed
    return run.stdout.strip() or "unknown"


def _machine() -> dict[str, Any]:
    return {
        "cpu": _cpu_name(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 1),
    }


def _cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown"
    )


if __name__ == "__main__":
    main()
