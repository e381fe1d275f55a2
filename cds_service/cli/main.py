"""The `thiopurine-cds` command."""

import gc
import sys
from importlib.metadata import version
from typing import Any

import click
import msgspec
from rich.console import Console

from cds_service.cli.call import call
from cds_service.cli.content import check_policy, rules, tables
from cds_service.cli.doctor import doctor
from cds_service.cli.inspect import inspect
from cds_service.cli.memory import backup, purge, report, rotate_key
from cds_service.cli.options import REFUSED, instant_from, refuse_wrong_environment, settings_with
from cds_service.cli.prefetch_config import prefetch_config
from cds_service.cli.replay import replay
from cds_service.cli.screen import screen
from cds_service.cli.stories import stories

_EXIT_CODES = """
\b
Exit codes:
  0  done
  1  the service failed; this is a fault of ours
  2  wrong usage or settings, or a file that cannot be read
  3  the request was refused; the OperationOutcome that says why is printed
  4  a service or a FHIR server does not answer (call), or a check failed (doctor, report --anomalies, stories)
"""


@click.group(epilog=_EXIT_CODES)
@click.version_option(version("thiopurine-cds"), prog_name="thiopurine-cds")
def main() -> None:
    """Clinical decision support for azathioprine, mercaptopurine and thioguanine.

    Settings are read from the environment, each as THIOPURINE_CDS_<NAME>: HOST, PORT, WORKERS,
    DATABASE_URL, TIMEZONE, POLICY, CLIENTS, PUBLIC_URL and others, all in docs/running.md. Options win.
    """


@main.command()
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on.  [default: 8000]")
@click.option("--workers", type=click.IntRange(min=1), help="Processes.  [default: 1]")
@click.option(
    "--clients", metavar="CLIENTS.toml", type=click.Path(), help="Who may call; all others get 401."
)
@click.option("--public-url", metavar="URL", help="Where clients reach the service; needed with --clients.")
@click.option(
    "--allow-fhir-server",
    "fhir_servers",
    metavar="URL",
    multiple=True,
    help="Without --clients: a FHIR server that requests may name, beside those on this machine.",
)
@click.option(
    "--insecure", is_flag=True, help="Listen on an address that others can reach, without authentication."
)
def serve(*, fhir_servers: tuple[str, ...], insecure: bool, **options: Any) -> None:  # noqa: ANN401 -- as click gives them
    """Answer CDS Hooks calls over HTTP until stopped (Ctrl-C, or SIGTERM: requests in flight finish).

    Without clients that authenticate, it listens on this machine only unless told otherwise. Logs
    go to standard error, one JSON object a line, without patient data.
    """
    gc.disable()  # all that is loaded now stays: looking through it takes a quarter of a second
    from cds_service.access.clients import ClientsFileError  # noqa: PLC0415 -- --help must not wait for the imports
    from cds_service.memory.database import DatabaseUrlError  # noqa: PLC0415 -- --help must not wait
    from cds_service.memory.hash_keys import HashKeysError  # noqa: PLC0415 -- --help must not wait
    from cds_service.server.serve import OpenBindError  # noqa: PLC0415 -- --help must not wait
    from cds_service.server.serve import serve as serve_until_stopped  # noqa: PLC0415 -- --help must not wait

    refuse_wrong_environment()
    settings = settings_with(allow_fhir_servers=" ".join(fhir_servers) or None, **options)
    Console(stderr=True, soft_wrap=True).print(
        f"Discovery: http://{settings.host}:{settings.port}/cds-services"
        f"  (today is decided in {settings.timezone})",
        highlight=False,
    )
    try:
        serve_until_stopped(settings, is_insecure=insecure)
    except DatabaseUrlError as error:
        raise click.UsageError(f"database_url: {error}") from None
    except (OpenBindError, ClientsFileError, HashKeysError) as error:
        raise click.UsageError(str(error)) from None


@main.command()
@click.argument("request_file", metavar="REQUEST.json", type=click.File("rb"))
@click.option(
    "--as-of",
    metavar="DATE",
    help="The day, or the time, of the request: 2026-03-09 or 2026-03-09T08:30.  [default: now]",
)
@click.option("--timezone", metavar="NAME", help="The site's zone, such as Europe/Zurich.  [default: UTC]")
@click.option(
    "--policy", metavar="SITE.toml", type=click.Path(), help="The site's policy.  [default: the built-in one]"
)
@click.option("--number-ids", is_flag=True, help="card-1, suggestion-1 ... instead of random ids.")
def evaluate(
    request_file: Any,  # noqa: ANN401 -- click's file
    as_of: str | None,
    timezone: str | None,
    policy: str | None,
    *,
    number_ids: bool,
) -> None:
    """Print the cards for one hook request, without a server.

    REQUEST.json is the body that an EHR would POST (- for standard input); its `hook` says which
    service answers. The same request on the same day gives the same cards, ids aside: with
    --as-of and --number-ids two answers can be compared byte by byte.

    \b
    Examples:
      thiopurine-cds evaluate request.json
      thiopurine-cds evaluate request.json --as-of 2026-03-09 --timezone Europe/Zurich
      jq .request incident.json | thiopurine-cds evaluate -
    """
    from cds_service.errors import CdsServiceError, operation_outcome  # noqa: PLC0415 -- --help must not wait
    from cds_service.evaluation import evaluated  # noqa: PLC0415 -- --help must not wait
    from cds_service.hooks.card_json import numbered_ids, random_id  # noqa: PLC0415 -- --help must not wait
    from cds_service.logs import configure_logs  # noqa: PLC0415 -- --help must not wait

    settings = settings_with(timezone=timezone, policy=policy)
    configure_logs(settings.log_level)
    when = instant_from(as_of, settings.zone)
    new_id = numbered_ids() if number_ids else random_id
    try:
        response = evaluated(request_file.read(), when, new_id, settings.site_policy)
    except CdsServiceError as error:
        _print_json(operation_outcome(error))
        sys.exit(REFUSED)
    _print_json(response)


def _print_json(content: dict[str, Any]) -> None:
    encoded = msgspec.json.Encoder(decimal_format="number").encode(content)
    click.echo(msgspec.json.format(encoded, indent=2).decode())


main.add_command(inspect)
main.add_command(check_policy)
main.add_command(rules)
main.add_command(tables)
main.add_command(replay)
main.add_command(screen)
main.add_command(stories)
for command in (report, purge, rotate_key, backup):
    main.add_command(command)
for command in (call, doctor, prefetch_config):
    main.add_command(command)
