"""`thiopurine-cds tables`: the releases of the knowledge tables."""

from datetime import date

import click
from rich.table import Table

from cards.knowledge.releases import ReleaseError, own_version, release, versions
from cds_service.cli.output import print_json, table_console
from cds_service.cli.table_archive import archived


@click.command()
@click.option("--json", "as_json", is_flag=True, help="The same as JSON.")
@click.option(
    "--archive",
    metavar="VERSION",
    help="For maintainers, in a checkout: keep the present tables as a release that nobody has signed off.",
)
def tables(*, as_json: bool, archive: str | None) -> None:
    """List the releases of the knowledge tables: when, a digest of what they hold, and who signed them off.

    A site policy stays with a release by `tables = "VERSION"`. What changed since: `rules --since VERSION`.
    """
    try:
        if archive is not None:
            click.echo(f"Kept as {archived(archive, date.today())}")  # noqa: DTZ011 -- the maintainer's day
            return
        found, own = [release(version) for version in versions()], own_version()
    except (ReleaseError, OSError) as error:
        raise click.UsageError(str(error)) from None
    if as_json:
        rows = [
            {
                "version": one.version,
                "released": str(one.released),
                "digest": one.digest,
                "signedOff": [
                    {"name": who.name, "role": who.role, "on": str(who.on)} for who in one.signed_off
                ],
            }
            for one in found
        ]
        print_json({"releases": rows, "own": own or None})
        return
    table = Table("Version", "Released", "Digest", "Signed off")
    for one in found:
        table.add_row(one.version, str(one.released), one.digest, one.standing)
    table_console().print(table)
    click.echo(f"This software's own tables: {own or 'changed since the last release, and not released'}")
