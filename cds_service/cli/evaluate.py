"""`thiopurine-cds evaluate`: the cards for one hook request, without a server."""

import sys
from typing import Any

import click
import msgspec

from cds_service.answering.pipeline import Circumstances
from cds_service.cli.options import REFUSED, instant_from, policy_option, settings_with, timezone_option
from cds_service.cli.output import print_json
from cds_service.errors import CdsServiceError, operation_outcome
from cds_service.evaluation import response_to
from cds_service.hooks.card_json import numbered_ids, random_id
from cds_service.logs import configure_logs

_EXACT = msgspec.json.Encoder(decimal_format="number")  # an amount as it was written


@click.command()
@click.argument("request_file", metavar="REQUEST.json", type=click.File("rb"))
@click.option(
    "--as-of",
    metavar="DATE",
    help="The day or time of the request: 2026-03-09 or 2026-03-09T08:30.  [default: now]",
)
@timezone_option
@policy_option
@click.option(
    "--number-ids", is_flag=True, help="Number the ids (card-1, suggestion-1) instead of making random ones."
)
def evaluate(
    request_file: Any,  # noqa: ANN401 -- click's file
    as_of: str | None,
    timezone: str | None,
    policy: str | None,
    *,
    number_ids: bool,
) -> None:
    """Print the cards for one hook request, without a server.

    REQUEST.json is the body that an EHR would POST (- for standard input). Its `hook` decides which service
    answers. With --as-of and --number-ids the same request always gives the same bytes, so that two answers
    can be compared.

    \b
    Examples:
      thiopurine-cds evaluate request.json
      thiopurine-cds evaluate request.json --as-of 2026-03-09 --timezone Europe/Zurich
      jq .request incident.json | thiopurine-cds evaluate -
    """
    settings = settings_with(timezone=timezone, policy=policy)
    configure_logs(settings.log_level)
    when = instant_from(as_of, settings.zone)
    new_id = numbered_ids() if number_ids else random_id
    try:
        around = Circumstances(settings.site_policy, settings.knowledge)
        response = response_to(request_file.read(), when, new_id, around)
    except CdsServiceError as error:
        print_json(operation_outcome(error), _EXACT)
        sys.exit(REFUSED)
    print_json(response, _EXACT)
