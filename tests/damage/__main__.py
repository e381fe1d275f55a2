"""Every record of every story damaged in every way: `python -m tests.damage [--sample N] [--way NAME] ...`."""

import json
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

import click
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from tests.damage.campaign import SEED, Case, Row, cases, sampled, tally
from tests.damage.judging import Outcome
from tests.damage.places import stories
from tests.damage.ways.catalogue import ALL_WAYS


@click.command()
@click.option("--sample", default=0, help="So many cases, spread over ways and types of records; 0: all.")
@click.option(
    "--way", "ways", multiple=True, type=click.Choice(list(ALL_WAYS)), help="Only this way; repeatable."
)
@click.option("--story", "names", multiple=True, help="Only this story; repeatable.")
@click.option("--type", "types", multiple=True, help="Only records of this type; repeatable.")
@click.option("--workers", default=1, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="Counts and examples, as JSON.")
def damage(
    sample: int,
    ways: tuple[str, ...],
    names: tuple[str, ...],
    types: tuple[str, ...],
    workers: int,
    out: Path | None,
) -> None:
    """Damage records in their meaning, and count what became of them; exit 1 when one was lost in silence."""
    every = [
        case
        for case in cases(ways or ALL_WAYS, names or stories())
        if not types or case[0].resource_type in types
    ]
    rows = _counted(sampled(every, sample, SEED) if sample else every, workers)
    Console(width=140).print(_table(rows))
    for row in rows:
        for example in row.examples:
            click.echo(f"lost, {row.way}: {example}")
    if out is not None:
        out.write_text(json.dumps([vars(row) for row in rows], indent=1), encoding="utf-8")
    if any(row.outcomes[Outcome.LOST] for row in rows):
        raise SystemExit(1)


def _counted(chosen: Iterable[Case], workers: int) -> list[Row]:
    """The cases shared out by story: what a story answers whole is asked once."""
    by_story: dict[str, list[Case]] = {}
    for case in chosen:
        by_story.setdefault(case[0].story, []).append(case)
    rows = {name: Row(name) for name in ALL_WAYS}
    columns = (TextColumn("cases"), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool, Progress(*columns) as progress:
        task = progress.add_task("", total=sum(map(len, by_story.values())))
        waiting = {pool.submit(tally, part): len(part) for part in by_story.values()}
        for done in as_completed(waiting):
            for name, row in done.result().items():
                rows[name] += row
            progress.advance(task, waiting[done])
    return [row for row in rows.values() if row.requests]


def _table(rows: list[Row]) -> Table:
    total = sum(row.requests for row in rows)
    lost = sum(row.outcomes[Outcome.LOST] for row in rows)
    title = f"{total:,} damaged requests, {len(rows)} ways, {lost:,} lost in silence"
    table = Table(
        "way", "states", "requests", *(outcome.value for outcome in Outcome), "not as stated", title=title
    )
    for row in rows:
        counts = (f"{row.outcomes[outcome]:,}" for outcome in Outcome)
        others = ", ".join(f"{name} {count}" for name, count in row.not_as_stated.most_common(4))
        table.add_row(row.way, ALL_WAYS[row.way].statement.value, f"{row.requests:,}", *counts, others)
    return table


if __name__ == "__main__":
    damage()
