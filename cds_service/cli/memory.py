"""`thiopurine-cds report`, `purge`, `rotate-key` and `backup`: what the service remembers, and for how long."""

import csv
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cds_service.cli.anomalies import report_anomalies
from cds_service.cli.options import instant_from, settings_with

if TYPE_CHECKING:
    from cds_service.memory.report import RuleReport
    from cds_service.memory.store import Store

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
_WIDTH = 160  # of a table that goes into a file or a pipe


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
        with _store(settings.database_url, settings.hash_keys_file) as store:
            sys.exit(report_anomalies(store, start, begin, end, shape))
    with _store(settings.database_url, settings.hash_keys_file) as store:
        rows = store.reports(begin, end)
    {"table": _print_table, "json": _print_json, "csv": _print_csv}[shape](rows)


@click.command()
@click.option(
    "--older-than",
    type=click.IntRange(min=1),
    metavar="DAYS",
    help="Forget what was received longer ago.  [default: RETENTION_DAYS]",
)
@click.option("--patient", metavar="ID", help="Forget everything about one patient instead.")
@click.option("--dry-run", is_flag=True, help="Only count what would be forgotten.")
def purge(older_than: int | None, patient: str | None, *, dry_run: bool) -> None:
    """Forget requests with their decisions and cards, and feedback: the old, or those about one patient.

    A patient is found by hash, with every key that is still kept.
    """
    from cds_service.memory.store import days_ago  # noqa: PLC0415 -- --help must not wait

    settings = settings_with()
    days = older_than or settings.retention_days
    if patient is not None and (older_than is not None or dry_run):
        raise click.UsageError("--patient stands alone")
    if patient is None and days is None:
        raise click.UsageError("say --older-than DAYS, or set THIOPURINE_CDS_RETENTION_DAYS")
    with _store(settings.database_url, settings.hash_keys_file) as store:
        if patient is not None:
            requests, feedback = store.purge_patient(patient)
        else:
            before = days_ago(days or 0, datetime.now(UTC))
            requests, feedback = store.count_before(before) if dry_run else store.purge(before)
    verb = "would be forgotten" if dry_run else "forgotten"
    click.echo(f"{requests} requests and {feedback} reports of feedback {verb}")


@click.command("rotate-key")
@click.option(
    "--forget-older",
    is_flag=True,
    help="Drop the older keys: what they hashed can no longer be told apart from anybody.",
)
def rotate_key(*, forget_older: bool) -> None:
    """Hash patients and users with a new key from now on; services that run take it up by themselves."""
    settings = settings_with()
    with _store(settings.database_url, settings.hash_keys_file) as store:
        click.echo(f"New key: {store.rotate_key(forget_older=forget_older)}")


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Copy the SQLite database into a new file, while the service runs.

    To restore it, stop the service, put the file in the database's place and remove the files ending
    in -wal and -shm beside it. The file of hash keys is not part of it: keep a copy elsewhere.
    PostgreSQL is backed up with pg_dump.
    """
    settings = settings_with()
    try:
        with _store(settings.database_url, settings.hash_keys_file) as store:
            store.back_up(file)
    except NotImplementedError as error:
        raise click.UsageError(str(error)) from None
    click.echo(f"Copied to {file}")


@contextmanager
def _store(database_url: str, keys_file: Path | None) -> Iterator["Store"]:
    """The store; a database that fails, or cannot be used, ends the command with a message."""
    from cds_service.errors import StoreUnavailableError  # noqa: PLC0415 -- --help must not wait
    from cds_service.memory.database import DatabaseUrlError  # noqa: PLC0415 -- --help must not wait
    from cds_service.memory.store import opened  # noqa: PLC0415 -- --help must not wait

    try:
        store = opened(database_url, keys_file)
    except DatabaseUrlError as error:
        raise click.UsageError(str(error)) from None
    try:
        yield store
    except StoreUnavailableError as error:
        raise click.ClickException(error.message) from None
    finally:
        store.close()


def _print_table(rows: tuple["RuleReport", ...]) -> None:
    table = Table()
    table.add_column("rule", no_wrap=True)
    for name in _COUNTS:
        table.add_column(name, justify="right")
    table.add_column("overridden because", overflow="fold")
    for row in rows:
        counts = [str(getattr(row, name)) for name in _COUNTS]
        table.add_row(row.rule, *counts, Text(_reasons(row, "\n")))
    Console(width=None if sys.stdout.isatty() else _WIDTH).print(table)


def _print_json(rows: tuple["RuleReport", ...]) -> None:
    encoded = msgspec.json.encode({"rules": [asdict(row) for row in rows]})
    click.echo(msgspec.json.format(encoded, indent=2).decode())


def _print_csv(rows: tuple["RuleReport", ...]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["rule", *_COUNTS, "reasons"])
    for row in rows:
        writer.writerow([row.rule, *(getattr(row, name) for name in _COUNTS), _reasons(row, "; ")])


def _reasons(row: "RuleReport", between: str) -> str:
    return between.join(f"{reason}: {count}" for reason, count in row.reasons.items())
