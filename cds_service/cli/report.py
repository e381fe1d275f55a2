"""`thiopurine-cds report`: what became of each rule."""

import csv
import sys
from dataclasses import asdict

import click
from rich.table import Table
from rich.text import Text

from cds_service.cli.anomalies import report_anomalies
from cds_service.cli.opened_store import opened_store
from cds_service.cli.options import instant_from, settings_with
from cds_service.cli.output import print_json, table_console
from cds_service.memory.report import RuleReport

_COUNTS = (
    "asked",
    "fired",
    "silent",
    "blocked",
    "failed",
    "muted",
    "shown",
    "accepted",
    "overridden",
    "ignored",
)


@click.command()
@click.option("--since", metavar="DATE", required=True, help="From this day or time on: 2026-03-09.")
@click.option("--until", metavar="DATE", help="Until before this day or time.  [default: now]")
@click.option(
    "--anomalies", is_flag=True, help="Compare with the time before: which rule fell to zero, or jumped?"
)
@click.option(
    "--reference-since",
    metavar="DATE",
    help="With --anomalies: the time before begins here.  [default: 4 times as long as the span itself]",
)
@click.option("--timezone", metavar="NAME", help="The zone of all, such as Europe/Zurich.  [default: UTC]")
@click.option(
    "--format",
    "shape",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help="A table for a terminal, JSON for a machine, CSV for a spreadsheet.",
)
def report(
    since: str,
    until: str | None,
    reference_since: str | None,
    timezone: str | None,
    shape: str,
    *,
    anomalies: bool,
) -> None:
    """Count for each rule what became of it: fired, shown, accepted, overridden and why, ignored.

    \b
    asked       requests in which the rule was asked
    fired       it had something to say; silent, blocked (it could not see what it needs), failed: not
    muted       fired in silent mode
    shown       cards sent that spoke for it; one card may speak for several rules
    accepted    at least one of the card's suggestions was accepted
    overridden  dismissed, by reason; ignored: no client said anything of the card

    With --anomalies the span is compared with the time before it. Of each rule: how often it was asked
    per request, and fired, was blocked and failed per request in which it was asked. A rate that fell
    to zero, or at least doubled or halved, is an anomaly if chance explains it badly (Fisher's exact
    test; for the whole report one false alarm in a hundred). Where a fall to zero could be chance it
    says "too few to tell": take a longer span.

    \b
    Exit codes:
      0  done; with --anomalies: none was found
      4  with --anomalies: at least one was found, or nothing at all was asked

    \b
    Examples:
      thiopurine-cds report --since 2026-11-01 --format csv > november.csv
      thiopurine-cds report --since 2026-11-17 --anomalies
      thiopurine-cds report --since 2026-11-17 --anomalies --reference-since 2026-08-01
    """
    settings = settings_with(timezone=timezone)
    begin, end = instant_from(since, settings.zone, "--since"), instant_from(until, settings.zone, "--until")
    if reference_since is not None and not anomalies:
        raise click.UsageError("--reference-since goes with --anomalies")
    if begin >= end:
        raise click.BadParameter("the span must begin before it ends", param_hint="--since")
    if anomalies:
        start = instant_from(reference_since, settings.zone, "--reference-since") if reference_since else None
        with opened_store(settings) as store:
            sys.exit(report_anomalies(store, start, begin, end, shape))
    with opened_store(settings) as store:
        rows = store.reports(begin, end)
    {"table": _print_table, "json": _print_json, "csv": _print_csv}[shape](rows)


def _print_table(rows: tuple[RuleReport, ...]) -> None:
    table = Table()
    table.add_column("rule", no_wrap=True)
    for name in _COUNTS:
        table.add_column(name, justify="right")
    table.add_column("overridden because", overflow="fold")
    for row in rows:
        counts = [str(getattr(row, name)) for name in _COUNTS]
        table.add_row(row.rule, *counts, Text(_reasons(row, "\n")))
    table_console().print(table)


def _print_json(rows: tuple[RuleReport, ...]) -> None:
    print_json({"rules": [asdict(row) for row in rows]})


def _print_csv(rows: tuple[RuleReport, ...]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["rule", *_COUNTS, "reasons"])
    for row in rows:
        writer.writerow([row.rule, *(getattr(row, name) for name in _COUNTS), _reasons(row, "; ")])


def _reasons(row: RuleReport, between: str) -> str:
    return between.join(f"{reason}: {count}" for reason, count in row.reasons.items())
