"""`thiopurine-cds rules`: what the service advises, and what changed in its tables."""

from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from cards.knowledge.releases import ReleaseError, own_tables, own_version, release
from cards.knowledge.table_changes import Change, changes
from cds_service.cli.options import releases_option
from cds_service.cli.output import print_json, table_console
from cds_service.cli.rule_listing import as_csv, as_json, as_markdown, listed_rules

_OF_SOURCE = ("source", "locator")
_NAMING = 4  # cells that did not change, and tell which row it is


@click.command()
@click.option(
    "--format",
    "shape",
    type=click.Choice(["table", "json", "markdown"]),
    default="table",
    show_default=True,
    help="A table for a terminal, JSON for a program, or Markdown, as in docs/clinical-content.md.",
)
@click.option(
    "--since",
    metavar="VERSION",
    help="List the rows of the knowledge tables that have changed since that release instead.",
)
@releases_option
@click.option(
    "--update",
    is_flag=True,
    help="For maintainers, in a checkout: write rules.csv and docs/clinical-content.md from the rules.",
)
def rules(shape: str, since: str | None, releases: Path | None, *, update: bool) -> None:
    """List every rule: its question, urgency, hooks, rows, the data it reads, and its sources with their grades.

    With --since, list each row of the knowledge tables that was added, removed or changed, with its old and
    new values and its source; the table of rules comes first. Changes to the rules' code are in CHANGELOG.md.

    \b
    Examples:
      thiopurine-cds rules --format json
      thiopurine-cds rules --since 2026-11-24 --releases /etc/thiopurine-cds/releases
    """
    if since is not None:
        _print_changes(since, releases, shape)
        return
    if update:
        _update()
        return
    if shape == "json":
        print_json(as_json())
    elif shape == "markdown":
        click.echo(as_markdown())
    else:
        _print_table()


def _update() -> None:
    tables = Path(str(own_tables())) / "tables"
    page = tables.parents[2] / "docs" / "clinical-content.md"
    if not page.is_file():
        raise click.UsageError(f"{page} is missing: --update works only in a checkout")
    (tables / "rules.csv").write_text(as_csv(), encoding="utf-8")
    page.write_text(as_markdown() + "\n", encoding="utf-8")
    click.echo(f"Written: {tables / 'rules.csv'}, {page}")


def _print_table() -> None:
    table = Table(show_lines=True)
    table.add_column("Rule", no_wrap=True)
    for heading in ("Question", "Urgency", "Hooks", "Rows", "Reads", "Sources (grade), published"):
        table.add_column(heading, overflow="fold")
    for one in listed_rules():
        table.add_row(
            one.rule.id,
            one.rule.question,
            one.indicators,
            "\n".join(one.hooks),
            " ".join(one.rule.implements),
            ", ".join(one.needs),
            "\n".join(f"{source.key} ({source.grade}), {source.published}" for source in one.sources),
        )
    table_console().print(table)


def _print_changes(since: str, releases: Path | None, shape: str) -> None:
    if shape == "markdown":
        raise click.UsageError("--since cannot be combined with --format markdown")
    if releases is None:
        raise click.UsageError("--since needs --releases FOLDER")
    try:
        before = release(since, releases)
        now = own_version()
    except ReleaseError as error:
        raise click.UsageError(str(error).replace("tables =", "--since", 1)) from None
    found = changes(before.folder, own_tables())
    if shape == "json":
        rows = [
            {
                "table": one.table,
                "kind": one.kind,
                "row": dict(one.row),
                "cells": {name: {"before": old, "after": new} for name, (old, new) in one.cells.items()},
            }
            for one in found
        ]
        print_json({"since": since, "now": now, "changes": rows})
        return
    table = Table("Table", "Kind", "Row", "Before", "After", "Source", show_lines=True)
    for one in found:
        table.add_row(*map(Text, _change_cells(one)))
    if found:
        table_console().print(table)
    click.echo(f"{len(found)} rows differ between release {since} and the present tables ({now})")


def _change_cells(change: Change) -> tuple[str, ...]:
    """A row that came or went in full; of one that changed only the cells that did."""
    row, cells = change.row, change.cells
    same = [value for column, value in row.items() if value and column not in (*cells, *_OF_SOURCE)]
    before, after = (
        "\n".join(f"{column}: {pair[side]}" for column, pair in cells.items() if pair[side] or change.before)
        for side in (0, 1)
    )
    name = ", ".join(same[:_NAMING]) if change.kind == "changed" else next(iter(row.values()), "")
    source = ": ".join(row[column] for column in _OF_SOURCE if row.get(column))
    return change.table, change.kind, name, before, after, source
