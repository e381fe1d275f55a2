"""`thiopurine-cds backup`: copies the database while it is in use."""

from pathlib import Path

import click

from cds_service.cli.opened_store import opened_store
from cds_service.cli.options import settings_with


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
        with opened_store(settings) as store:
            store.back_up(file)
    except NotImplementedError as error:
        raise click.UsageError(str(error)) from None
    click.echo(f"Copied to {file}")
