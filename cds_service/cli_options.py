"""What the commands share: settings that options override, the instant of a request, exit codes."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click
from pydantic import ValidationError

from cds_service.settings import Settings

REFUSED = 3


def settings_with(**options: Any) -> Settings:  # noqa: ANN401 -- as click gives them
    """The settings, with those options that were given.

    Raises click.UsageError for a value that is none.
    """
    try:
        return Settings(**{name: value for name, value in options.items() if value is not None})
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise click.UsageError(problems) from None


def instant_from(text: str | None, zone: ZoneInfo, option: str = "--as-of") -> datetime:
    """The instant that an option names, in the site's zone; now without one.

    Raises click.BadParameter for what is no date or time.
    """
    if text is None:
        return datetime.now(zone)
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            f"{text!r}: expected 2026-03-09 or 2026-03-09T08:30", param_hint=option
        ) from None
    return when.astimezone(zone) if when.tzinfo else when.replace(tzinfo=zone)
