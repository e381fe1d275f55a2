"""`thiopurine-cds rotate-key`: a new key for the hashes of patients and users."""

import click

from cds_service.cli.opened_store import opened_store
from cds_service.cli.options import settings_with


@click.command("rotate-key")
@click.option(
    "--forget-older",
    is_flag=True,
    help="Delete the older keys: records hashed with them can no longer be matched to a person.",
)
def rotate_key(*, forget_older: bool) -> None:
    """Hash patients and users with a new key from now on. Running services start using it by themselves."""
    settings = settings_with()
    with opened_store(settings) as store:
        click.echo(f"New key: {store.rotate_key(forget_older=forget_older)}")
