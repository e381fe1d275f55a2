"""`thiopurine-cds backup`: copies the database while it is in use."""

from pathlib import Path

import click

from cds_service.cli.opened_store import opened_store
from cds_service.cli.options import settings_with


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Copy the SQLite database into a new file, while the service runs.

    To restore it, stop the service, replace the database with the file, and remove the files ending in
    -wal and -shm beside it. The hash keys are not part of the copy: back up their file separately. Back up
    PostgreSQL with pg_dump.

    \b
    Example:
      thiopurine-cds backup /backup/thiopurine-cds-2026-11-24.sqlite3
    """
    settings = settings_with()
    try:
        with opened_store(settings) as store:
            store.back_up(file)
    except NotImplementedError as error:
        raise click.UsageError(str(error)) from None
    click.echo(f"Copied to {file}")
