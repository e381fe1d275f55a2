"""`python -m benchmarks.instructions` counts the machine instructions of one request, by cachegrind.

Times drift with the machine and what else it runs; instructions do not: the same code and body give the same count
to a few in ten thousand. The kept counts stand in benchmarks/instructions.json and are compared on like machines only.
"""

import gc
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from benchmarks.hook_bodies import AS_OF, bodies
from cds_service.evaluation import evaluated
from cds_service.hooks.card_json import numbered_ids
from cds_service.wire.json_response import as_json

KEPT = Path(__file__).parent / "instructions.json"
_SIZES = ("2 kB", "50 kB", "1.1 MB")
_REQUESTS = 8
_WARM = 3
_REFS = re.compile(r"==(\d+)== I\s+refs:\s+([\d,]+)")


@click.group(invoke_without_command=True)
@click.option(
    "--allow",
    "allowed_percent",
    type=float,
    default=3.0,
    show_default=True,
    help="How many percent more than kept may pass.",
)
@click.option("--keep", is_flag=True, help="Keep these counts as those to compare with.")
@click.pass_context
def main(context: click.Context, *, allowed_percent: float, keep: bool) -> None:
    """Count, print beside the kept counts, and fail where a size costs more than is allowed."""
    if context.invoked_subcommand is not None:
        return
    if shutil.which("valgrind") is None:
        click.echo("valgrind is missing (Debian, Ubuntu: valgrind): no instructions were counted")
        return
    now = {"machine": _machine(), "per_request": _per_request()}
    kept = json.loads(KEPT.read_bytes()) if KEPT.is_file() else {"machine": None, "per_request": {}}
    for size, count in now["per_request"].items():
        click.echo(f"{size:>7}  {count / 1e6:10.2f} million instructions  {_change(size, count, kept)}")
    if keep:
        KEPT.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
    elif kept["machine"] != now["machine"]:
        click.echo("the kept counts are of another machine or Python: not compared")
    elif worse := _worse(now["per_request"], kept["per_request"], allowed_percent):
        raise click.ClickException(
            f"more than {allowed_percent:g} % above the kept count: {', '.join(worse)}"
        )


@main.command("answer", hidden=True)
def _answer() -> None:
    """Answer bodies of each size: the work that cachegrind counts.

    All is loaded once. A process of its own warms up for each size, and two more part from it: one answers, the
    other does not, and they differ by the instructions of the requests alone.
    """
    gc.disable()
    for size in _SIZES:
        _apart(partial(_answer_size, size))


def _answer_size(size: str) -> None:
    sent = list(bodies(size, _WARM + _REQUESTS))
    _answer_all(sent[:_WARM])
    for count in (0, _REQUESTS):
        _apart(partial(_answer_counted, size, sent[_WARM : _WARM + count]))


def _answer_counted(size: str, sent: Sequence[bytes]) -> None:
    click.echo(f"{size}\t{len(sent)}\t{os.getpid()}")
    _answer_all(sent)


def _answer_all(sent: Sequence[bytes]) -> None:
    for body in sent:
        as_json(evaluated(body, AS_OF, numbered_ids()))


def _apart(task: Callable[[], None]) -> None:
    """Do it in a process that parts from this one, and wait. Raises SystemExit where it failed."""
    child = os.fork()
    if child == 0:
        task()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if status:
        sys.exit("a process that answers failed")


def _per_request() -> dict[str, int]:
    """The instructions of one request of each size."""
    command = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    command += [sys.executable, "-m", "benchmarks.instructions", "answer"]
    environment = os.environ | {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 -- ours
    if run.returncode:
        raise click.ClickException(f"cachegrind could not count: {run.stderr[-500:]}")
    refs = {pid: int(count.replace(",", "")) for pid, count in _REFS.findall(run.stderr)}
    found = {
        (size, int(count)): refs[pid]
        for size, count, pid in (line.split("\t") for line in run.stdout.splitlines())
    }
    return {size: (found[size, _REQUESTS] - found[size, 0]) // _REQUESTS for size in _SIZES}


def _machine() -> str:
    """What the count depends on besides the code: processor and interpreter."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return f"{model or platform.machine()}, Python {platform.python_version()}"


def _change(size: str, count: int, kept: Mapping[str, Any]) -> str:
    before = kept["per_request"].get(size)
    return f"{100 * (count / before - 1):+.2f} % of the kept count" if before else "none kept"


def _worse(now: Mapping[str, int], kept: Mapping[str, int], allowed_percent: float) -> list[str]:
    return [
        f"{size} {100 * (count / kept[size] - 1):+.2f} %"
        for size, count in now.items()
        if size in kept and count > kept[size] * (1 + allowed_percent / 100)
    ]


if __name__ == "__main__":
    main()
