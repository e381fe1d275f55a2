"""`thiopurine-cds inspect`: shows what is recognised in a FHIR file, and what is not."""

import sys
from typing import Any

import click

from cds_service.answering.pipeline import Circumstances
from cds_service.cli.options import REFUSED, instant_from, policy_option, settings_with, timezone_option
from cds_service.cli.output import print_json, table_console
from cds_service.errors import CdsServiceError
from cds_service.inspection.as_json import inspection_json
from cds_service.inspection.as_table import print_inspections
from cds_service.inspection.source import UnreadableFileError, source_in
from cds_service.inspection.understanding import inspected
from cds_service.logs import configure_logs


class _FileError(click.ClickException):
    """The file cannot be read; wrong usage, as far as a script can tell."""

    exit_code = 2


@click.command()
@click.argument("fhir_file", metavar="FILE", type=click.File("rb"))
@click.option(
    "--patient", "patient_id", metavar="ID", help="The FHIR id of one patient in the file.  [default: all]"
)
@click.option(
    "--as-of",
    metavar="DATE",
    help="The day or time to read the chart for: 2026-03-09 or 2026-03-09T08:30.  [default: now]",
)
@timezone_option
@policy_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON, as described in docs/inspecting.md.")
@click.option("--show-text", is_flag=True, help="Also show patient ids, birth dates and texts as received.")
def inspect(  # noqa: PLR0913 -- one argument an option
    fhir_file: Any,  # noqa: ANN401 -- click's file
    patient_id: str | None,
    as_of: str | None,
    timezone: str | None,
    policy: str | None,
    *,
    as_json: bool,
    show_text: bool,
) -> None:
    """Show what is recognised in a FHIR file, and what is not and why.

    FILE is a Bundle of any type, a resource or a CDS Hooks request, or holds one of these per line (- for
    standard input). For a hook request it also shows what each rule answered, which tells why a card came or
    did not. Names and identifiers of patients are printed only with --show-text; references to records
    ("Observation/17") always are.

    \b
    Examples:
      thiopurine-cds inspect chart.json --patient 17
      thiopurine-cds inspect request.json --as-of 2026-03-09

    \b
    Exit codes:
      0  read; the output names what could not be used
      2  wrong usage, or a file that is not JSON, not FHIR, or not about this patient
      3  a hook request that the service would refuse
    """
    settings = settings_with(timezone=timezone, policy=policy)
    configure_logs(settings.log_level)
    when = instant_from(as_of, settings.zone)
    try:
        source = source_in(fhir_file.read(), settings.zone)
    except UnreadableFileError as error:
        raise _FileError(str(error)) from None
    except CdsServiceError as error:
        click.echo(f"Error: the service would refuse this request: {error.message}", err=True)
        sys.exit(REFUSED)
    around = Circumstances(settings.site_policy, settings.knowledge)
    inspections = [
        inspected(source, one, when, settings.zone, around) for one in _chosen(source.patient_ids, patient_id)
    ]
    if as_json:
        print_json(inspection_json(source, inspections, show_text=show_text))
    else:
        print_inspections(source, inspections, table_console(), show_text=show_text)


def _chosen(patient_ids: tuple[str, ...], wanted: str | None) -> tuple[str, ...]:
    if wanted is None:
        return patient_ids
    bare = wanted.removeprefix("Patient/")
    if bare not in patient_ids:
        raise click.BadParameter("no patient in the file has this id", param_hint="--patient")
    return (bare,)
