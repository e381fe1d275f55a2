"""`thiopurine-cds check-policy`: checks a site's policy file."""

import sys
from pathlib import Path

import click
from rich.table import Table

from cards.knowledge.site_policy import PolicyError, age_of, differences
from cds_service.cli.options import releases_option
from cds_service.cli.output import print_json, table_console
from cds_service.memory.versions import policy_version
from cds_service.policy_file import knowledge_of, policy_in

_WRONG = 2


@click.command("check-policy")
@click.argument("file", metavar="SITE.toml", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@releases_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check_policy(file: Path, releases: Path | None, *, as_json: bool) -> None:
    """Check a site's policy file and print how it differs from the default.

    \b
    SITE.toml may set any name in cards/knowledge/policy.toml, within its limits, and hold tables such as
      schema = 1                  # what the file was written for
      [rules.untested-genes]
      at_least = "critical"       # only for rules that may be raised
      [rules.minor-interactions]
      silent = true
      [rules.live-vaccine]
      silent = true               # a rule that can be critical needs the next line
      acknowledge_risk = "vaccines are checked by the pharmacy system"
    To use it, start the service with THIOPURINE_CDS_POLICY=SITE.toml.

    \b
    Exit codes:
      0  the policy can be used
      2  it cannot be used; each error is printed
    """
    try:
        policy = policy_in(file, releases)
    except PolicyError as error:
        _say_problems(error.problems, as_json=as_json)
        sys.exit(_WRONG)
    found = differences(policy, knowledge_of(policy.tables, releases))
    age = age_of(file.read_text(encoding="utf-8"))
    if as_json:
        changes = [{"name": one.name, "default": one.default, "chosen": one.chosen} for one in found]
        print_json(
            {
                "version": policy_version(policy),
                "schema": age.schema,
                "changesSince": list(age.changes),
                "differences": changes,
            }
        )
        return
    if found:
        table = Table("What", "Default", "Chosen")
        for one in found:
            table.add_row(one.name, one.default, one.chosen)
        table_console().print(table)
    else:
        click.echo("The policy is the default.")
    click.echo(f"Policy version {policy_version(policy)}")
    if age.changes:
        click.echo(f"It was written for schema {age.schema} and can be used. What has changed since:")
        for change in age.changes:
            click.echo(f"- {change}")


def _say_problems(problems: tuple[str, ...], *, as_json: bool) -> None:
    if as_json:
        print_json({"problems": list(problems)})
        return
    for problem in problems:
        click.echo(f"Error: {problem}", err=True)
