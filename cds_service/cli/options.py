"""What the commands share: settings that options override, the instant of a request, exit codes."""

import os
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from pydantic import ValidationError

from cds_service.settings import Settings
from cds_service.workbench.settings import BenchSettings

REFUSED = 3
DIFFERS = 4
_PREFIX = "THIOPURINE_CDS_"
_OF_CALL = "CALL_TOKEN"  # read by `thiopurine-cds call`


timezone_option = click.option(
    "--timezone", metavar="NAME", help="The site's time zone, such as Europe/Zurich.  [default: UTC]"
)
policy_option = click.option(
    "--policy",
    metavar="SITE.toml",
    type=click.Path(),
    help="The site's policy file.  [default: the built-in policy]",
)
workers_option = click.option(
    "--workers", type=click.IntRange(min=1), help="How many processes work.  [default: one per processor]"
)
releases_option = click.option(
    "--releases",
    metavar="FOLDER",
    envvar="THIOPURINE_CDS_RELEASES",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder of releases of the knowledge tables.  [default: THIOPURINE_CDS_RELEASES]",
)


def settings_with(**options: Any) -> Settings:  # noqa: ANN401 -- as click gives them
    """The settings, with the options that were given.

    Raises click.UsageError for an invalid value.
    """
    try:
        return Settings(**{name: value for name, value in options.items() if value is not None})
    except ValidationError as error:
        raise click.UsageError(_problems(error)) from None


def refuse_wrong_environment() -> None:
    """Refuse a THIOPURINE_CDS_ variable that is not a setting, and wrong settings of the bench.

    Raises click.UsageError. A misspelt name would otherwise be a setting without effect.
    """
    known = [name.upper() for name in Settings.model_fields]
    known += [f"BENCH_{name.upper()}" for name in BenchSettings.model_fields]
    ours = (name.removeprefix(_PREFIX) for name in sorted(os.environ) if name.startswith(_PREFIX))
    unknown = [name for name in ours if name not in {*known, _OF_CALL}]
    if unknown:
        raise click.UsageError(
            "; ".join(f"{_PREFIX}{name}: no such setting{_meant(name, known)}" for name in unknown)
        )
    try:
        BenchSettings()
    except ValidationError as error:
        raise click.UsageError(_problems(error, "bench_")) from None


def _problems(error: ValidationError, prefix: str = "") -> str:
    return "; ".join(f"{prefix}{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())


def _meant(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"; did you mean {_PREFIX}{close[0]}?" if close else ""


def instant_from(text: str | None, zone: ZoneInfo, option: str = "--as-of") -> datetime:
    """The instant that an option names, in the site's zone; now without one.

    Raises click.BadParameter for text that is not a date or time.
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
