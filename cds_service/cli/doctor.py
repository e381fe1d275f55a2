"""`thiopurine-cds doctor`: checks a deployment, and says what to do about each finding."""

import sys
from collections.abc import Sequence
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from cds_service.cli.ehr_options import (
    ehr_identity_options,
    fhir_server_options,
    fhir_server_with,
    identity_with,
)
from cds_service.cli.options import settings_with
from cds_service.cli.output import print_json
from cds_service.ehr.card_display import plain
from cds_service.ehr.examination import Deployment, examined
from cds_service.ehr.examined_point import ExaminedPoint
from cds_service.ehr.noticed import noticed
from cds_service.ehr.own_machine import examined_here
from cds_service.ehr.web import Web

_SOMETHING_FAILED = 4
_STYLES = {"ok": "green", "warning": "yellow", "failed": "red", "skipped": "dim"}


@click.command()
@click.option(
    "--service",
    "address",
    metavar="URL",
    default="http://127.0.0.1:8000",
    show_default=True,
    help="The base URL of the CDS service, as clients call it.",
)
@click.option(
    "--origin",
    metavar="URL",
    default="https://sandbox.cds-hooks.org",
    show_default=True,
    help="The origin of a browser client, to check CORS for.",
)
@fhir_server_options
@click.option(
    "--patient", "patient_id", metavar="ID", help="The FHIR id of a test patient, to try every search with."
)
@ehr_identity_options
@click.option(
    "--local/--no-local",
    default=True,
    help="Check this machine's settings and database too.  [default: local]",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(**options: Any) -> None:  # noqa: ANN401 -- as click gives them
    """Check a deployment: discovery, CORS, tokens, FHIR access, database and clocks.

    Each finding says what was seen and, unless it is ok, what to do. Nothing is changed. Run it with the
    environment of the service (THIOPURINE_CDS_...), so that it checks the same database and time zone. With
    --fhir-server and --patient it also runs every search of the prefetch, says how the answers are read (dates
    ahead of the service's time zone, records that are not usable, codes that mean nothing here), and calls the
    service once without a prefetch, so that the service has to fetch. Last come the notices of FHIR servers that
    the service heard.

    \b
    Examples:
      thiopurine-cds doctor
      thiopurine-cds doctor --service https://cds.example.org --no-local \\
          --key ehr.pem --kid 1 --issuer https://ehr.example.org
      thiopurine-cds doctor --fhir-server http://127.0.0.1:8090/fhir/R4 --patient allopurinol

    \b
    Exit codes:
      0  no check failed; there may be warnings
      2  wrong usage or settings
      4  at least one check failed
    """
    settings = settings_with()
    web = Web(options["timeout_s"], options["ca_file"])
    deployment = Deployment(
        address=options["address"],
        web=web,
        identity=identity_with(options),
        fhir=fhir_server_with(options, web),
        patient_id=options["patient_id"],
        origin=options["origin"],
        zone=settings.zone,
    )
    findings = [*examined(deployment)]
    if findings[0].verdict != "failed":
        findings += noticed(deployment)
    if options["local"]:
        findings += examined_here(settings)
    if options["as_json"]:
        print_json({"findings": findings})
    else:
        _show(findings)
    if any(one.verdict == "failed" for one in findings):
        sys.exit(_SOMETHING_FAILED)


def _show(findings: Sequence[ExaminedPoint]) -> None:
    console = Console(soft_wrap=True)
    for one in findings:
        line = Text(f"{one.verdict:<8}", style=_STYLES[one.verdict])
        console.print(line.append(f"{one.topic}: {plain(one.seen)}", style="default"))
        if one.advice:
            console.print(Text(f"        {one.advice}", style="italic"))
