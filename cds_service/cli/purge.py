"""`thiopurine-cds purge`: deletes old records, or all records of one patient."""

from datetime import UTC, datetime

import click

from cds_service.cli.opened_store import opened_store
from cds_service.cli.options import settings_with
from cds_service.memory.store import days_ago


@click.command()
@click.option(
    "--older-than",
    type=click.IntRange(min=1),
    metavar="DAYS",
    help="Delete records received more than DAYS days ago.  [default: RETENTION_DAYS]",
)
@click.option("--patient", metavar="ID", help="Delete all records of one patient instead.")
@click.option("--dry-run", is_flag=True, help="Only count what would be deleted.")
def purge(older_than: int | None, patient: str | None, *, dry_run: bool) -> None:
    """Delete old records, or all records of one patient: requests, their decisions and cards, and feedback.

    A patient is found by hash, with every key that is still kept.

    \b
    Examples:
      thiopurine-cds purge --older-than 365 --dry-run
      thiopurine-cds purge --patient 17
    """
    settings = settings_with()
    days = older_than or settings.retention_days
    if patient is not None and (older_than is not None or dry_run):
        raise click.UsageError("--patient cannot be combined with --older-than or --dry-run")
    if patient is None and days is None:
        raise click.UsageError("give --older-than DAYS, or set THIOPURINE_CDS_RETENTION_DAYS")
    with opened_store(settings) as store:
        if patient is not None:
            requests, feedback = store.purge_patient(patient)
        else:
            before = days_ago(days or 0, datetime.now(UTC))
            requests, feedback = store.count_before(before) if dry_run else store.purge(before)
    verb = "would be deleted" if dry_run else "deleted"
    click.echo(f"{requests} requests and {feedback} feedback reports {verb}")
