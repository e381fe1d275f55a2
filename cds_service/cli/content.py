"""`thiopurine-cds rules` and `check-policy`: what the service advises, and what a site has decided about it."""

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from cards.knowledge.table_changes import Change

_OF_SOURCE = ("source", "locator")
_NAMING = 4  # cells that did not change, and tell which row it is
_WRONG = 2
_WIDTH = 160  # of a table that goes into a file or a pipe


@click.command()
@click.option(
    "--format",
    "shape",
    type=click.Choice(["table", "json", "markdown"]),
    default="table",
    show_default=True,
    help="A table for a terminal, JSON for a machine, or the page of the documents.",
)
@click.option(
    "--since",
    metavar="VERSION",
    help="Instead: what has changed in the knowledge tables since that release, row by row.",
)
@click.option(
    "--update",
    is_flag=True,
    help="For maintainers, in a checkout: write rules.csv and docs/clinical-content.md from the rules.",
)
def rules(shape: str, since: str | None, *, update: bool) -> None:
    """List every rule: its question, rows, hooks, urgency, the data it reads, and its sources with grade.

    With --since: each row of a table that was added, removed or changed, with its old and new values
    and its source, the rules themselves first. What changed in the rules' code is told by CHANGELOG.md.

    \b
    Examples:
      thiopurine-cds rules --format json
      thiopurine-cds rules --since 2026-11-24
    """
    if since is not None:
        _print_changes(since, shape)
        return
    if update:
        _update()
        return
    from cds_service.cli.rule_listing import as_json, as_markdown  # noqa: PLC0415 -- --help must not wait

    if shape == "json":
        _print_json(as_json())
    elif shape == "markdown":
        click.echo(as_markdown())
    else:
        _print_table()


def _update() -> None:
    from cards.knowledge.releases import own_tables  # noqa: PLC0415 -- --help must not wait
    from cds_service.cli.rule_listing import as_csv, as_markdown  # noqa: PLC0415 -- --help must not wait

    tables = Path(str(own_tables())) / "tables"
    page = tables.parents[2] / "docs" / "clinical-content.md"
    if not page.is_file():
        raise click.UsageError(f"{page} is not there: --update is for a checkout")
    (tables / "rules.csv").write_text(as_csv(), encoding="utf-8")
    page.write_text(as_markdown() + "\n", encoding="utf-8")
    click.echo(f"written: {tables / 'rules.csv'}, {page}")


def _print_table() -> None:
    from cds_service.cli.rule_listing import listed_rules  # noqa: PLC0415 -- --help must not wait

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
    _console().print(table)


def _print_changes(since: str, shape: str) -> None:
    from cards.knowledge.releases import ReleaseError, own_tables, own_version, release  # noqa: PLC0415 -- slow import
    from cards.knowledge.table_changes import changes  # noqa: PLC0415 -- --help must not wait

    if shape == "markdown":
        raise click.UsageError("--since is printed as a table or as json")
    try:
        before = release(since)
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
        _print_json({"since": since, "now": now or None, "changes": rows})
        return
    table = Table("Table", "Kind", "Row", "Before", "After", "Source", show_lines=True)
    for one in found:
        table.add_row(*map(Text, _change_cells(one)))
    if found:
        _console().print(table)
    click.echo(f"{len(found)} rows differ between release {since} and {now or 'the present tables'}")


def _change_cells(change: "Change") -> tuple[str, ...]:
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
    from cards.knowledge.releases import ReleaseError, own_version, release, versions  # noqa: PLC0415 -- a slow import
    from cds_service.cli.table_archive import archived  # noqa: PLC0415 -- --help must not wait

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
        _print_json({"releases": rows, "own": own or None})
        return
    table = Table("Version", "Released", "Digest", "Signed off")
    for one in found:
        table.add_row(one.version, str(one.released), one.digest, one.standing)
    _console().print(table)
    click.echo(f"This software's own tables: {own or 'changed since the last release, and not released'}")


@click.command("check-policy")
@click.argument("file", metavar="SITE.toml", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="The same as JSON.")
def check_policy(file: Path, *, as_json: bool) -> None:
    """Check a site's policy, and print what differs from the default.

    \b
    SITE.toml holds any of the names in cards/knowledge/policy.toml, within bounds, and tables such as
      [rules.untested-genes]
      at_least = "critical"       # where a rule may be raised
      [rules.minor-interactions]
      silent = true
      [rules.live-vaccine]
      silent = true               # it can be critical: only with a reason
      acknowledge_risk = "vaccines are checked by the pharmacy system"
    The service uses it with THIOPURINE_CDS_POLICY=SITE.toml.

    \b
    Exit codes:
      0  the policy can be used
      2  it cannot; each thing that is wrong with it is named
    """
    from cards.knowledge.site_policy import PolicyError, differences  # noqa: PLC0415 -- --help must not wait
    from cds_service.memory.versions import policy_version  # noqa: PLC0415 -- --help must not wait
    from cds_service.policy_file import policy_in  # noqa: PLC0415 -- --help must not wait

    try:
        policy = policy_in(file)
    except PolicyError as error:
        _say_problems(error.problems, as_json=as_json)
        sys.exit(_WRONG)
    found = differences(policy)
    if as_json:
        changes = [{"name": one.name, "default": one.default, "chosen": one.chosen} for one in found]
        _print_json({"version": policy_version(policy), "differences": changes})
        return
    if found:
        table = Table("What", "Default", "Chosen")
        for one in found:
            table.add_row(one.name, one.default, one.chosen)
        _console().print(table)
    else:
        click.echo("The policy is the default one.")
    click.echo(f"Policy version {policy_version(policy)}")


def _say_problems(problems: tuple[str, ...], *, as_json: bool) -> None:
    if as_json:
        _print_json({"problems": list(problems)})
        return
    for problem in problems:
        click.echo(f"Error: {problem}", err=True)


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else _WIDTH)


def _print_json(content: dict[str, Any]) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(content), indent=2).decode())
