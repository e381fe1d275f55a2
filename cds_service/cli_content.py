"""`thiopurine-cds rules` and `check-policy`: what the service advises, and what a site has decided about it."""

import sys
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.table import Table

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
def rules(shape: str) -> None:
    """List every rule: its question, rows, hooks, urgency, the data it reads, and its sources with grade."""
    from cds_service.rule_listing import as_json, as_markdown  # noqa: PLC0415 -- --help must not wait

    if shape == "json":
        _print_json(as_json())
    elif shape == "markdown":
        click.echo(as_markdown())
    else:
        _print_table()


def _print_table() -> None:
    from cds_service.rule_listing import listed_rules  # noqa: PLC0415 -- --help must not wait

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


@click.command("check-policy")
@click.argument("file", metavar="SITE.toml", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="The same as JSON.")
def check_policy(file: Path, *, as_json: bool) -> None:
    r"""Check a site's policy, and print what differs from the default.

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
    from cds_service.memory.versions import policy_version  # noqa: PLC0415 -- likewise
    from cds_service.policy_file import policy_in  # noqa: PLC0415 -- likewise

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
