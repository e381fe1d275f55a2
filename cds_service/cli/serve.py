"""`thiopurine-cds serve`: answers CDS Hooks calls over HTTP until stopped."""

from typing import Any

import click
from rich.console import Console

from cds_service.access.clients import ClientsFileError
from cds_service.cli.options import refuse_wrong_environment, settings_with
from cds_service.memory.database import DatabaseUrlError
from cds_service.memory.hash_keys import HashKeysError
from cds_service.server.serve import OpenBindError
from cds_service.server.serve import serve as serve_until_stopped


@click.command()
@click.option("--host", help="The address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="The port to listen on.  [default: 8000]")
@click.option("--workers", type=click.IntRange(min=1), help="How many processes answer.  [default: 1]")
@click.option(
    "--clients",
    metavar="CLIENTS.toml",
    type=click.Path(),
    help="A file of the clients that may call; all others get 401.",
)
@click.option(
    "--public-url",
    metavar="URL",
    help="The address at which clients reach the service; needed with --clients.",
)
@click.option(
    "--allow-fhir-server",
    "fhir_servers",
    metavar="URL",
    multiple=True,
    help="Without --clients: a FHIR server that requests may name, besides those on this machine; repeatable.",
)
@click.option(
    "--insecure",
    is_flag=True,
    help="Allow --host to be an address that others can reach, without authentication.",
)
def serve(*, fhir_servers: tuple[str, ...], insecure: bool, **options: Any) -> None:  # noqa: ANN401 -- as click gives them
    """Answer CDS Hooks calls over HTTP until stopped by Ctrl-C or SIGTERM; requests in flight finish.

    Without --clients nobody has to authenticate, so it listens on this machine only, unless --insecure
    is given. Logs go to standard error, one JSON object per line, without patient data.

    \b
    Examples:
      thiopurine-cds serve
      thiopurine-cds serve --host 0.0.0.0 --clients clients.toml --public-url https://cds.example.org
    """
    refuse_wrong_environment()
    settings = settings_with(allow_fhir_servers=" ".join(fhir_servers) or None, **options)
    Console(stderr=True, soft_wrap=True).print(
        f"Discovery: http://{settings.host}:{settings.port}/cds-services"
        f"  (days are those of {settings.timezone})",
        highlight=False,
    )
    try:
        serve_until_stopped(settings, is_insecure=insecure)
    except DatabaseUrlError as error:
        raise click.UsageError(f"database_url: {error}") from None
    except (OpenBindError, ClientsFileError, HashKeysError) as error:
        raise click.UsageError(str(error)) from None
