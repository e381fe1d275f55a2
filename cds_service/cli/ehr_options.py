"""The options of the commands that act as an EHR: its FHIR server, and how it proves who it is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from cds_service.ehr.identity import Identity, KeyFileError, identity_from
from cds_service.ehr.prefetch import FhirServer
from cds_service.ehr.web import Web

_Command = TypeVar("_Command", bound=Callable[..., Any])

_FHIR_SERVER = (
    click.option("--fhir-server", metavar="URL", help="The base URL of the EHR's FHIR R4 server."),
    click.option(
        "--token",
        metavar="TOKEN",
        envvar="THIOPURINE_CDS_CALL_TOKEN",
        show_envvar=True,
        help="Access token for the FHIR server; the service receives it too.",
    ),
    click.option(
        "--timeout",
        "timeout_s",
        type=click.FloatRange(min=0.1),
        default=10.0,
        show_default=True,
        metavar="SECONDS",
        help="How long to wait for each response.",
    ),
    click.option(
        "--ca-file",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False),
        help="The CA certificates that the servers' TLS certificates are checked against.  [default: the public CAs]",
    ),
)
_IDENTITY = (
    click.option(
        "--key",
        "key_file",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="A private key, PEM or JWK, that signs a token for each call of the service.",
    ),
    click.option("--issuer", metavar="URL", help="With --key: the issuer of the token (iss)."),
    click.option("--kid", metavar="ID", help="With --key: the key's id, unless the JWK has one."),
    click.option("--jku", metavar="URL", help="With --key: the address where the public key is published."),
)


def fhir_server_options(command: _Command) -> _Command:
    """Give a command the options of the FHIR server."""
    return _with(_FHIR_SERVER, command)


def ehr_identity_options(command: _Command) -> _Command:
    """Give a command the options of the EHR's token."""
    return _with(_IDENTITY, command)


def identity_with(options: dict[str, Any]) -> Identity | None:
    """Who the options say calls; None for nobody. Raises click.UsageError."""
    if options["key_file"] is None:
        return None
    if not options["issuer"]:
        raise click.UsageError("--key needs --issuer")
    try:
        return identity_from(options["key_file"], options["issuer"], options["kid"], options["jku"])
    except KeyFileError as error:
        raise click.UsageError(str(error)) from None


def fhir_server_with(options: dict[str, Any], web: Web) -> FhirServer | None:
    """The FHIR server that the options name; None without one."""
    if not options["fhir_server"]:
        return None
    return FhirServer(options["fhir_server"].rstrip("/"), web, options["token"])


def _with(options: tuple[Callable[[_Command], _Command], ...], command: _Command) -> _Command:
    for option in reversed(options):
        command = option(command)
    return command
