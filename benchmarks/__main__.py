"""`python -m benchmarks` measures and keeps the results.

python -m benchmarks show FILE [--markdown]     the tables of a kept run
python -m benchmarks compare BEFORE AFTER       how two kept runs differ
"""

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from benchmarks import absent_prefetch, over_http, peers, start_up
from benchmarks.comparing import comparison
from benchmarks.hook_bodies import SIZES
from benchmarks.sheets import Sheet
from benchmarks.tables import Results, heading, sheets

_ROOT = Path(__file__).parents[1]
_RESULTS = _ROOT / "var" / "benchmarks"
_COUNTS = {"2 kB": 400, "50 kB": 300, "1.1 MB": 200, "5 MB": 60}
_QUICK = 20
_CONSOLE = Console(width=140)
_BEGAN = time.monotonic()


@click.group(invoke_without_command=True)
@click.option("--quick", is_flag=True, help="Few requests, and none over HTTP: to see the direction.")
@click.option("--http/--no-http", default=True, help="Also start the server, and load it.")
@click.pass_context
def main(context: click.Context, *, quick: bool, http: bool) -> None:
    """Measure, print, and keep the results as JSON in var/benchmarks."""
    if context.invoked_subcommand is not None:
        return
    results = measured(is_quick=quick, with_http=http and not quick)
    _print(heading(results), sheets(results))
    _RESULTS.mkdir(parents=True, exist_ok=True)
    file = _RESULTS / f"{results['at'].replace(':', '')}-{results['commit']}.json"
    file.write_text(json.dumps(results, indent=1), encoding="utf-8")
    _CONSOLE.print(f"kept in {file.relative_to(_ROOT)}")


@main.command("show")
@click.argument("file", type=click.Path(path_type=Path, exists=True))
@click.option("--markdown", is_flag=True, help="As docs/performance.md has them.")
def _show(file: Path, *, markdown: bool) -> None:
    """Print the tables of a kept run."""
    results = json.loads(file.read_bytes())
    if markdown:
        click.echo("\n\n".join([heading(results), *(sheet.markdown for sheet in sheets(results))]))
    else:
        _print(heading(results), sheets(results))


@main.command("compare")
@click.argument("before", type=click.Path(path_type=Path, exists=True))
@click.argument("after", type=click.Path(path_type=Path, exists=True))
def _compare(before: Path, after: Path) -> None:
    """Print how two kept runs differ."""
    old, new = json.loads(before.read_bytes()), json.loads(after.read_bytes())
    _print(f"{heading(old)}\n{heading(new)}", comparison(old, new))


def measured(*, is_quick: bool, with_http: bool) -> Results:
    """One run: each part in a separate process, so that none warms up another."""
    found: Results = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "machine": _machine(),
        "one_process": {},
    }
    for size in SIZES:
        _say(f"one process: {size}")
        count = str(_QUICK if is_quick else _COUNTS[size])
        floor = _figures("benchmarks.floor", size, count)
        found["one_process"][size] = _figures("benchmarks.one_process", size, count) | {"floor_ms": floor}
    _say("one process: by number of Observations")
    found["growth"] = _figures("benchmarks.growth")
    if with_http:
        _say("start-up")
        found["start_up"] = start_up.measured()
        found["over_http"] = over_http.measured(_say)
        found["absent_prefetch"] = absent_prefetch.measured(_say)
        found["peers"] = peers.measured(_say)
    return found


def _say(what: str) -> None:
    """Report on standard error what is being measured and how long the run has taken."""
    minutes, seconds = divmod(round(time.monotonic() - _BEGAN), 60)
    click.echo(f"{minutes}:{seconds:02} {what}", err=True)


def _print(heading: str, tables: Iterable[Sheet]) -> None:
    _CONSOLE.print(heading)
    for sheet in tables:
        _CONSOLE.print(sheet.for_terminal)


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
