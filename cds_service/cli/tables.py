"""`thiopurine-cds tables`: the releases of the knowledge tables."""

from datetime import date
from pathlib import Path

import click
from rich.table import Table

from cards.knowledge.releases import SCHEMA, Release, ReleaseError, own_version, release, versions
from cds_service.cli.options import releases_option
from cds_service.cli.output import print_json, table_console
from cds_service.cli.table_archive import archived


@click.command()
@releases_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--archive",
    metavar="VERSION",
    help="For maintainers, in a checkout: write the current tables there, as a release that nobody has signed off.",
)
def tables(*, releases: Path | None, as_json: bool, archive: str | None) -> None:
    """List the releases of the knowledge tables in a folder: version, date, what changed, and who signed them off.

    A site policy keeps to one release with `tables = "VERSION"`. `thiopurine-cds rules --since VERSION`
    shows what has changed since a release.

    \b
    Example:
      thiopurine-cds tables --releases /etc/thiopurine-cds/releases
    """
    try:
        if archive is not None:
            if releases is None:
                raise click.UsageError("--archive needs --releases FOLDER")
            click.echo(f"Written: {archived(archive, date.today(), releases)}")  # noqa: DTZ011 -- the maintainer's day
            return
        found, own = (
            [release(version, releases) for version in versions(releases)] if releases else [],
            own_version(),
        )
    except (ReleaseError, OSError) as error:
        raise click.UsageError(str(error)) from None
    if as_json:
        print_json({"releases": [_as_json(one) for one in found], "own": own, "schema": SCHEMA})
        return
    if found:
        table = Table("Version", "Schema", "Released", "Rows changed", "Checksum", "Signed off")
        for one in found:
            changed = f"{sum(one.changes.values())} since {one.since}" if one.since else ""
            table.add_row(
                one.version, str(one.schema), str(one.released), changed, one.checksum, one.standing
            )
        table_console().print(table)
    click.echo(f"This software's own tables: {own}. It reads releases of schema {SCHEMA}.")


def _as_json(one: Release) -> dict[str, object]:
    return {
        "version": one.version,
        "schema": one.schema,
        "released": str(one.released),
        "checksum": one.checksum,
        "since": one.since or None,
        "changes": dict(one.changes),
        "signedOff": [{"name": who.name, "role": who.role, "on": str(who.on)} for who in one.signed_off],
    }
