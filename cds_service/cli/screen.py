"""`thiopurine-cds screen`: lists every patient on a thiopurine, the most urgent first."""

import sys
import tempfile
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cds_service.cli.options import (
    instant_from,
    policy_option,
    settings_with,
    timezone_option,
    workers_option,
)
from cds_service.cli.progress import shown_steps
from cds_service.replay.local import LocalEngine
from cds_service.replay.plan import ReplayPlan
from cds_service.replay.run import partitions_for, selected
from cds_service.replay.screening import Screened, ScreenedPatients, screen_html, screen_partition, write_csv
from cds_service.replay.sources import SourceError, units_of
from cds_service.settings import Settings

_BAD_DATA = 2
_COLOURS = {"critical": "bold red", "warning": "yellow", "info": "blue"}


@click.command()
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@click.option("--as-of", metavar="DATE", help="The day of the export.  [default: now]")
@timezone_option
@policy_option
@click.option(
    "--csv",
    "csv_file",
    metavar="FILE",
    help="Also write the whole list as CSV.",
    type=click.Path(path_type=Path, dir_okay=False),
)
@click.option(
    "--html",
    "html_file",
    metavar="FILE",
    help="Also write the whole list as a web page.",
    type=click.Path(path_type=Path, dir_okay=False),
)
@click.option(
    "--most", type=click.IntRange(min=1), default=30, show_default=True, help="How many patients to print."
)
@workers_option
def screen(  # noqa: PLR0913 -- one argument an option
    *,
    sources: tuple[str, ...],
    as_of: str | None,
    timezone: str | None,
    policy: str | None,
    csv_file: Path | None,
    html_file: Path | None,
    most: int,
    workers: int | None,
) -> None:
    """List every patient on a thiopurine and what is due, the most urgent first.

    SOURCE is as for `thiopurine-cds replay`: NDJSON or Bundles. The output names patients by their FHIR ids:
    protect it as you protect the export.

    \b
    Example:
      thiopurine-cds screen export/ --html monday.html --csv monday.csv
    """
    settings = settings_with(timezone=timezone, policy=policy)
    when = instant_from(as_of, settings.zone)
    try:
        panel, bad = _panel(sources, when, settings, workers)
    except SourceError as error:
        raise click.UsageError(str(error)) from None
    found = sorted(panel.screened, key=lambda one: one.urgency)
    Console().print(_table(found[:most]))
    if len(found) > most:
        click.echo(f"and {len(found) - most:,} more: --most, --csv and --html show them")
    if csv_file:
        write_csv(csv_file, found)
    if html_file:
        html_file.write_text(screen_html(found, panel, when), encoding="utf-8")
    said = (
        f"{len(found):,} of {panel.patients:,} patients are on a thiopurine; {bad:,} lines could not be read"
    )
    click.echo(said, err=True)
    for why, count in panel.refused.items():
        click.echo(f"{count:,} patients could not be screened: {why}", err=True)
    if panel.refused:
        sys.exit(_BAD_DATA)


def _panel(
    sources: tuple[str, ...], when: datetime, settings: Settings, workers: int | None
) -> tuple[ScreenedPatients, int]:
    """Who takes a thiopurine, and how many lines could not be read."""
    panel = ScreenedPatients()
    with (
        tempfile.TemporaryDirectory(prefix="thiopurine-cds-") as folder,
        LocalEngine(workers) as engine,
        shown_steps(Console(stderr=True), "select", "screen") as told,
    ):
        plan = _plan(sources, when, settings, Path(folder))
        units = selected(plan, engine, told)
        exported = frozenset(name for one in units for name in one.types)
        calls = [(plan, number, exported) for number in range(plan.partitions)]
        for done, found in enumerate(engine.each(screen_partition, calls), start=1):
            panel.add(found)
            told("screen", done, plan.partitions, panel.patients)
    return panel, sum(one.bad_count for one in units)


def _plan(sources: tuple[str, ...], when: datetime, settings: Settings, work: Path) -> ReplayPlan:
    """What to read, and for which day."""
    units = units_of(sources)
    partitions = partitions_for(sum(unit.size for unit in units))
    return ReplayPlan(
        units, work / "work", partitions, when, settings.site_policy, b"", releases=settings.releases
    )


def _table(panel: list[Screened]) -> Table:
    table = Table("patient", "takes", "what is due")
    for one in panel:
        due = Text()
        for indicator, colour in _COLOURS.items():
            for summary in getattr(one, indicator):
                due.append(f"{indicator}: {summary}\n", style=colour)
        if one.untested:
            due.append(f"untested: {' and '.join(one.untested)}\n", style="yellow")
        due.rstrip()
        table.add_row(Text(one.patient), Text("\n".join(one.drugs)), due)
    return table
