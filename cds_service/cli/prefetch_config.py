"""`thiopurine-cds prefetch-config`: what a site pastes where it types its prefetch in by hand."""

import click

from cds_service.cli.options import settings_with
from cds_service.cli.output import print_json
from cds_service.hooks.hooks import HOOK_NAMES
from cds_service.hooks.services import SERVICES, CdsService


@click.command("prefetch-config")
@click.option(
    "--client",
    "form",
    type=click.Choice(("generic", "epic")),
    default="generic",
    show_default=True,
    help="generic: one key and query per line, separated by a tab. epic: the fields of an Epic build.",
)
@click.option("--hook", type=click.Choice(HOOK_NAMES), help="Print only this hook.  [default: all]")
@click.option("--public-url", metavar="URL", help="The address at which clients reach the service.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def prefetch_config(form: str, hook: str | None, public_url: str | None, *, as_json: bool) -> None:
    """Print the prefetch keys and queries of each service.

    This is for EHRs that do not read discovery. Keep the keys as they are: the service recognises data by
    its key. Leave out a key that the site cannot fill; the service then fetches the data from the FHIR server
    if it may, and otherwise the cards say what was not checked.

    \b
    Examples:
      thiopurine-cds prefetch-config --client epic --hook order-sign --public-url https://cds.example.org
      thiopurine-cds prefetch-config --json

    \b
    Exit codes:
      0  printed
      2  wrong usage or settings
    """
    settings = settings_with(public_url=public_url)
    base = settings.public_url or f"http://{settings.host}:{settings.port}"
    chosen = [service for service in SERVICES if hook in (None, service.hook)]
    if as_json:
        print_json([_described(one, base) for one in chosen])
        return
    blocks = [_epic(one, base) if form == "epic" else _generic(one, base) for one in chosen]
    click.echo("\n\n".join(blocks))


def _address(service: CdsService, base: str) -> str:
    return f"{base}/cds-services/{service.id}"


def _described(service: CdsService, base: str) -> dict[str, object]:
    prefetch = {key.name: key.template for key in service.prefetch_keys}
    return {"hook": service.hook, "url": _address(service, base), "prefetch": prefetch}


def _generic(service: CdsService, base: str) -> str:
    lines = [f"{key.name}\t{key.template}" for key in service.prefetch_keys]
    return "\n".join([f"# {service.hook}  {_address(service, base)}", *lines])


def _epic(service: CdsService, base: str) -> str:
    """The address must match to the letter, else Epic calls without draft orders and prefetch."""
    lines = [f"Key:   {key.name}\nQuery: {key.template}" for key in service.prefetch_keys]
    return "\n".join([f"Hook:  {service.hook}", f"URL:   {_address(service, base)}", *lines])
