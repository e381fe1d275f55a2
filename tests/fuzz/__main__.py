"""The whole fuzzing: `python -m tests.fuzz [--cases N] [--processes N] [--seed N]`, shared out to the targets."""

from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

import click
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from tests.fuzz.campaign import keep, keep_slowest, named_campaign
from tests.fuzz.targets import TARGETS

_SHARES = {
    "decoder": 40,
    "mappers": 28,
    "search": 20,
    "tokens": 4,
    "key-sets": 6,
    "service": 1,
    "feedback": 1,
}
_SLICE = 2_000  # cases that one process does before it takes other ones


@click.command()
@click.option("--cases", default=2_000_000, show_default=True)
@click.option("--processes", default=2, show_default=True)
@click.option("--seed", default=8, show_default=True)
@click.option("--kept", default="var/fuzz", show_default=True, type=click.Path(path_type=Path))
def fuzz(cases: int, processes: int, seed: int, kept: Path) -> None:
    """Try so many cases; exit 1 when a promise was broken, with the cases in the folder KEPT."""
    slices = [
        (name, min(_SLICE, wanted - start))
        for name, share in _SHARES.items()
        for wanted in [-(-cases * share // 100)]
        for start in range(0, wanted, _SLICE)
    ]
    tried: Counter[str] = Counter()
    broken: Counter[str] = Counter()
    outcomes: dict[str, Counter[str]] = {name: Counter() for name in TARGETS}
    slowest = dict.fromkeys(TARGETS, (0.0, b""))
    columns = (TextColumn("cases"), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool, Progress(*columns) as progress:
        task = progress.add_task("", total=sum(count for _, count in slices))
        waiting = [pool.submit(named_campaign, *one, seed + number) for number, one in enumerate(slices)]
        for done in as_completed(waiting):
            name, tally = done.result()
            tried[name] += tally.cases
            outcomes[name] += tally.outcomes
            broken[name] += tally.outcomes["BROKEN"]
            slowest[name] = max(slowest[name], tally.slowest)
            keep(name, tally, kept)
            progress.advance(task, tally.cases)
    table = Table(
        "target", "cases", "broken", "slowest ms", "outcomes", title=f"{tried.total():,} cases, seed {seed}"
    )
    for name in TARGETS:
        told = ", ".join(f"{outcome} {count:,}" for outcome, count in outcomes[name].most_common())
        keep_slowest(name, slowest[name], kept)
        table.add_row(name, f"{tried[name]:,}", str(broken[name]), f"{slowest[name][0]:.0f}", told)
    Console().print(table)
    if broken.total():
        raise SystemExit(f"{broken.total()} cases broke a promise: see {kept}")


if __name__ == "__main__":
    fuzz()
