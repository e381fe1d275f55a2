"""`thiopurine-cds call`: acts as the EHR, against any CDS Hooks service and any FHIR R4 server."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import click
import msgspec
from rich.console import Console

from cds_service.cli.ehr_options import (
    ehr_identity_options,
    fhir_server_options,
    fhir_server_with,
    identity_with,
)
from cds_service.cli.options import REFUSED, settings_with
from cds_service.cli.output import print_json
from cds_service.ehr.card_display import show_cards, show_prefetch
from cds_service.ehr.draft_orders import UnknownDrugError, draft_orders
from cds_service.ehr.feedback import NoSuchChoiceError, accepted, overridden
from cds_service.ehr.hook_call import HookCall, HookTrigger, called
from cds_service.ehr.service import CallRefusedError, CdsServer
from cds_service.ehr.story_folder import BadStoryError, save_story
from cds_service.ehr.web import CallError, Web
from cds_service.hooks.hooks import BY_NAME, HOOK_NAMES

UNREACHED = 4


@click.command()
@click.option(
    "--service",
    "address",
    metavar="URL",
    default="http://127.0.0.1:8000",
    show_default=True,
    help="The base URL of the CDS service.",
)
@click.option("--service-id", metavar="ID", help="The service to call, if several answer the hook.")
@click.option(
    "--hook", type=click.Choice(HOOK_NAMES), default="order-sign", show_default=True, help="The hook to call."
)
@fhir_server_options
@click.option("--patient", "patient_id", metavar="ID", required=True, help="The patient's FHIR id.")
@click.option(
    "--order",
    "orders",
    metavar="WORDS",
    multiple=True,
    help='An order to check, such as "azathioprine 150 mg daily"; repeatable.',
)
@click.option(
    "--orders",
    "orders_file",
    metavar="FILE",
    type=click.File("rb"),
    help="The draft orders as FHIR: a Bundle or one resource (- for standard input).",
)
@click.option(
    "--user",
    "user_id",
    metavar="REFERENCE",
    default="Practitioner/example",
    show_default=True,
    help="The user who orders or opens the chart.",
)
@click.option("--encounter", "encounter_id", metavar="ID", help="The encounter's FHIR id, if there is one.")
@click.option(
    "--prefetch/--no-prefetch",
    "with_prefetch",
    default=True,
    help="Send the prefetch, or let the service fetch everything.  [default: prefetch]",
)
@ehr_identity_options
@click.option(
    "--accept",
    "accept",
    metavar="N[.M]",
    multiple=True,
    help="Report that the suggestion of card N was accepted (M: which one, if there are several); repeatable.",
)
@click.option(
    "--override",
    "override",
    metavar="N",
    multiple=True,
    help="Report that card N was overridden; repeatable.",
)
@click.option(
    "--reason", metavar="CODE", help="With --override: the code of one of the card's override reasons."
)
@click.option(
    "--comment", metavar="TEXT", default="", help="With --override: a comment in the clinician's words."
)
@click.option(
    "--save",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Save request and response as a story. They contain the patient's records.",
)
@click.option(
    "--timezone", metavar="NAME", help="The site's time zone, for the day of the order.  [default: UTC]"
)
@click.option("--json", "as_json", is_flag=True, help="Print request, response and feedback as JSON.")
def call(**options: Any) -> None:  # noqa: ANN401 -- as click gives them
    """Call a CDS service as an EHR would and show its cards.

    It reads discovery, queries the FHIR server for every prefetch template, signs a token if --key is given,
    calls the hook, and sends feedback for --accept and --override. It works with any CDS Hooks service. The
    service uses its own clock; `thiopurine-cds evaluate --as-of` answers for another day.

    \b
    Examples:
      thiopurine-cds call --fhir-server http://127.0.0.1:8090/fhir/R4 --patient allopurinol \\
          --order "azathioprine 150 mg daily"
      thiopurine-cds call --hook patient-view --fhir-server URL --patient 17 --json
      thiopurine-cds call ... --override 1 --reason patient-preference
      thiopurine-cds call ... --save fixtures/stories/my-story

    \b
    Exit codes:
      0  answered, with or without cards
      2  wrong usage, such as an order without a known drug, or a card or reason that does not exist
      3  the service refused the call
      4  the service could not be reached, or its response is not CDS Hooks
    """
    settings = settings_with(timezone=options["timezone"])
    now = datetime.now(settings.zone)
    console = Console(soft_wrap=False)
    _check_usage(options)
    try:
        made, feedback = _called(options, now)
    except CallRefusedError as error:
        _fail(error, REFUSED)
    except CallError as error:
        _fail(error, UNREACHED)
    if options["folder"]:
        _save(made, options["folder"], now, settings.zone)
    if options["as_json"]:
        print_json(_described(made, feedback))
        return
    console.print(f"{made.service_id}: {len(made.cards)} cards in {made.ms:.0f} ms", highlight=False)
    show_prefetch(made.prefetch, console)
    show_cards(made.cards, console)
    if feedback:
        console.print(f"Reported: {', '.join(one['outcome'] for one in feedback)}")


def _check_usage(options: dict[str, Any]) -> None:
    hook = BY_NAME[options["hook"]]
    has_orders = bool(options["orders"] or options["orders_file"])
    if has_orders and not hook.has_orders:
        raise click.UsageError(f"{hook.name} has no draft orders")
    if hook.has_orders and not has_orders:
        raise click.UsageError(f"{hook.name} needs --order, or --orders with a file")
    if bool(options["override"]) != bool(options["reason"]):
        raise click.UsageError("--override and --reason go together")


def _called(options: dict[str, Any], now: datetime) -> tuple[HookCall, list[dict[str, Any]]]:
    """The call, and the feedback that was sent."""
    web = Web(options["timeout_s"], options["ca_file"])
    server = CdsServer(options["address"], web, identity_with(options))
    patient_id = options["patient_id"].removeprefix("Patient/")
    occasion = HookTrigger(
        options["hook"],
        patient_id,
        options["user_id"],
        _drafts(options, patient_id, now),
        options["encounter_id"],
    )
    fhir = fhir_server_with(options, web)
    made = called(
        server, occasion, fhir, service_id=options["service_id"], with_prefetch=options["with_prefetch"]
    )
    try:
        feedback = [accepted(made.cards, choice) for choice in options["accept"]]
        feedback += [
            overridden(made.cards, number, options["reason"], options["comment"])
            for number in options["override"]
        ]
    except NoSuchChoiceError as error:
        raise click.UsageError(str(error)) from None
    if feedback:
        server.report(made.service_id, feedback)
    return made, feedback


def _drafts(options: dict[str, Any], patient_id: str, now: datetime) -> dict[str, Any] | None:
    if not BY_NAME[options["hook"]].has_orders:
        return None
    try:
        bundle = draft_orders(options["orders"], patient_id, now.date())
    except UnknownDrugError as error:
        raise click.UsageError(str(error)) from None
    if options["orders_file"]:
        bundle["entry"] += _entries_in(options["orders_file"].read())
    return bundle


def _entries_in(raw: bytes) -> list[dict[str, Any]]:
    try:
        read = msgspec.json.decode(raw)
    except msgspec.DecodeError as error:
        raise click.BadParameter(f"not JSON: {error}", param_hint="--orders") from None
    if not isinstance(read, dict) or "resourceType" not in read:
        raise click.BadParameter("expected a FHIR Bundle or resource", param_hint="--orders")
    return list(read.get("entry") or ()) if read["resourceType"] == "Bundle" else [{"resource": read}]


def _save(made: HookCall, folder: Path, now: datetime, zone: ZoneInfo) -> None:
    try:
        save_story(made, folder, now, zone.key)
    except BadStoryError as error:
        raise click.UsageError(f"--save: {error}") from None


def _described(made: HookCall, feedback: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "service": made.service_id,
        "ms": made.ms,
        "prefetch": [
            {"key": one.key, "query": one.query, "records": len(one.resources), "whyNot": one.why_not or None}
            for one in made.prefetch
        ],
        "request": made.shown_request,
        "response": made.response,
        "feedback": feedback,
    }


def _fail(error: Exception, code: int) -> NoReturn:
    click.echo(f"Error: {error}", err=True)
    sys.exit(code)
