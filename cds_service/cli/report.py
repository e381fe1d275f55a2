"""`thiopurine-cds report`: counts how often each rule fired and what came of it."""

import csv
import sys
from dataclasses import asdict

import click
from rich.table import Table
from rich.text import Text

from cds_service.cli.anomalies import report_anomalies
from cds_service.cli.opened_store import opened_store
from cds_service.cli.options import instant_from, settings_with, timezone_option
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
@click.option(
    "--since", metavar="DATE", required=True, help="The first day or time to count, such as 2026-03-09."
)
@click.option("--until", metavar="DATE", help="The day or time before which to stop.  [default: now]")
@click.option(
    "--anomalies",
    is_flag=True,
    help="Compare with the time before and show which rules fell to zero or jumped.",
)
@click.option(
    "--reference-since",
    metavar="DATE",
    help="With --anomalies: the start of the time before.  [default: 4 times the span before --since]",
)
@timezone_option
@click.option(
    "--format",
    "shape",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help="A table for a terminal, JSON for a program, CSV for a spreadsheet.",
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
    """Count for each rule how often it fired and what came of it.

    \b
    asked       requests in which the rule was checked
    fired       times the rule had something to say
    silent      times it had nothing to say
    blocked     times data that it needs was missing
    failed      times it failed with an error
    muted       times it fired in silent mode
    shown       cards sent for the rule; one card may stand for several rules
    accepted    cards of which at least one suggestion was accepted
    overridden  cards that were dismissed, with the reasons
    ignored     cards without feedback

    With --anomalies each rule is compared with the time before --since: how often it was asked per request,
    and how often it fired, was blocked or failed per request in which it was asked. A rate that fell to zero,
    or at least doubled or halved, is an anomaly if chance is an unlikely explanation (Fisher's exact test;
    one false alarm in a hundred reports). If a fall to zero could be chance, the verdict is "too few to
    tell": take a longer span.

    \b
    Exit codes:
      0  done; with --anomalies: no anomaly was found
      4  with --anomalies: at least one anomaly was found, or no request was recorded

    \b
    Examples:
      thiopurine-cds report --since 2026-11-01 --format csv > november.csv
      thiopurine-cds report --since 2026-11-17 --anomalies
      thiopurine-cds report --since 2026-11-17 --anomalies --reference-since 2026-08-01
    """
    settings = settings_with(timezone=timezone)
    begin, end = instant_from(since, settings.zone, "--since"), instant_from(until, settings.zone, "--until")
    if reference_since is not None and not anomalies:
        raise click.UsageError("--reference-since needs --anomalies")
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
