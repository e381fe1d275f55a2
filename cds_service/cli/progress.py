"""How far a replay or a screening is: a bar a step, with rate and time left, on standard error."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

Told = Callable[[str, int, int, int], None]  # step, done, of how many, patients so far


@contextmanager
def shown_steps(console: Console, *names: str) -> Iterator[Told]:
    """Shows the named steps; what it gives is told how far each one is."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
               TimeRemainingColumn(), TextColumn("{task.fields[rate]}"))  # fmt: skip
    with Progress(*columns, console=console) as bar:
        steps = {name: bar.add_task(name, total=None, rate="") for name in names}

        def told(step: str, done: int, total: int, patients: int) -> None:
            elapsed = bar.tasks[steps[step]].elapsed or 0.0
            rate = f"{patients / elapsed:,.0f} patients/s" if patients and elapsed else ""
            bar.update(steps[step], completed=done, total=total, rate=rate)

        yield told
