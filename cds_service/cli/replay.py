"""`thiopurine-cds replay`: what would have fired on a site's own past."""

import secrets
import sys
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click
import msgspec
from rich.console import Console

from cds_service.cli.options import (
    instant_from,
    policy_option,
    settings_with,
    timezone_option,
    workers_option,
)
from cds_service.cli.progress import shown_steps
from cds_service.replay.local import Engine, LocalEngine
from cds_service.replay.plan import ReplayPlan, Views
from cds_service.replay.report import report_html
from cds_service.replay.run import BadLineError, partitions_for
from cds_service.replay.run import replay as replayed
from cds_service.replay.sources import SourceError, units_of
from cds_service.replay.summary import summary_of

if TYPE_CHECKING:
    from cds_service.replay.cluster import DaskEngine

_KEY_BYTES = 32
_BAD_DATA = 2


@click.command()
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@click.option(
    "--out",
    metavar="DIR",
    required=True,
    help="The folder to write into.",
    type=click.Path(path_type=Path, file_okay=False),
)
@click.option(
    "--views",
    type=click.Choice(["encounter", "interval", "once", "none"]),
    default="encounter",
    show_default=True,
    help="When to assume that the chart was opened: at each encounter, every --every-days, once at --as-of, or never.",
)
@click.option(
    "--every-days",
    type=click.IntRange(min=1),
    default=90,
    show_default=True,
    help="With --views interval: the days from one opening to the next.",
)
@click.option("--no-orders", is_flag=True, help="Replay only opened charts, no orders.")
@click.option(
    "--as-of", metavar="DATE", help="The day of the export; later events are not replayed.  [default: today]"
)
@timezone_option
@click.option(
    "--assume",
    type=click.Choice(["effective"]),
    help="Treat a record without a recording date as known from its clinical date.",
)
@policy_option
@click.option(
    "--compare",
    metavar="OTHER.toml",
    type=click.Path(path_type=Path),
    help="A second policy file to compare with, in the same run.",
)
@click.option("--strict", "is_strict", is_flag=True, help="Stop at the first line that cannot be read.")
@click.option(
    "--engine",
    type=click.Choice(["local", "dask"]),
    default="local",
    show_default=True,
    help="Where to run: on this machine or on Dask.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="With --engine dask: a running scheduler.  [default: a cluster on this machine]",
)
@workers_option
@click.option(
    "--hash-key", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
    help="The key to hash patients with.  [default: a new key, kept in DIR]",
)  # fmt: skip
def replay(  # noqa: PLR0913 -- one argument an option
    *,
    sources: tuple[str, ...],
    out: Path,
    views: str,
    every_days: int,
    no_orders: bool,
    as_of: str | None,
    timezone: str | None,
    assume: str | None,
    policy: str | None,
    compare: Path | None,
    is_strict: bool,
    engine: str,
    scheduler: str | None,
    workers: int | None,
    hash_key: Path | None,
) -> None:
    """Show which cards past data would have produced, when and for whom.

    SOURCE is a local folder or file, or any fsspec address, with NDJSON of a FHIR Bulk Data export (.ndjson,
    .ndjson.gz), Bundles of one patient each (.json), or recorded hook requests. For each order and each
    opened chart, only what was known at that time counts. Repeat the command to continue a run that was
    killed.

    \b
    Example:
      thiopurine-cds replay export/ --out results --timezone Europe/Zurich

    \b
    Writes into DIR:
      findings.parquet  one row per finding, blocked rule or failed rule
      moments.parquet   one row per signed order or opened chart
      summary.json      the figures
      report.html       the figures and charts, in one file
    """
    pool = _engine(engine, scheduler, workers)

    settings = settings_with(timezone=timezone, policy=policy)
    other = settings_with(policy=compare).site_policy if compare else None
    try:
        units = units_of(sources)
    except SourceError as error:
        raise click.UsageError(str(error)) from None
    out.mkdir(parents=True, exist_ok=True)
    plan = ReplayPlan(
        units=units,
        work=(out / "work").absolute(),
        partitions=partitions_for(sum(unit.size for unit in units)),
        as_of=_until(as_of, settings.zone),
        policy=settings.site_policy,
        other_policy=other,
        releases=settings.releases,
        hash_key=_key(hash_key or out / "hash.key"),
        views=Views(views),
        interval_days=every_days,
        orders=not no_orders,
        assume_effective=assume == "effective",
    )
    with pool:
        _replay(plan, pool, out, is_strict=is_strict)


def _engine(name: str, scheduler: str | None, workers: int | None) -> "LocalEngine | DaskEngine":
    if name == "local":
        return LocalEngine(workers)
    try:
        from cds_service.replay.cluster import DaskEngine  # noqa: PLC0415 -- an optional extra
    except ModuleNotFoundError:
        raise click.UsageError("--engine dask needs: pip install 'thiopurine-cds[dask]'") from None
    return DaskEngine(scheduler, workers)


def _until(as_of: str | None, zone: ZoneInfo) -> datetime:
    """The day given, or today, to its end: a run that is taken up again the same day is the same run."""
    when = instant_from(as_of, zone)
    return when if as_of and "T" in as_of else datetime.combine(when.date(), time.max, zone)


def _key(file: Path) -> bytes:
    """The key in a file, made when it is not there; readable by its owner alone."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(_KEY_BYTES))
    try:
        return bytes.fromhex(file.read_text().strip())
    except ValueError:
        raise click.UsageError(f"{file}: expected a key in hexadecimal digits") from None


def _replay(plan: ReplayPlan, engine: Engine, out: Path, *, is_strict: bool) -> None:
    console = Console(stderr=True, soft_wrap=True)
    with shown_steps(console, "select", "ask") as told:
        try:
            result = replayed(plan, engine, out, told, is_strict=is_strict)
        except BadLineError as error:
            console.print(f"--strict: {error}", style="red", markup=False, highlight=False)
            sys.exit(_BAD_DATA)
    figures = summary_of(out, result, plan)
    encoded = msgspec.json.format(msgspec.json.encode(figures), indent=2)
    (out / "summary.json").write_bytes(encoded + b"\n")
    (out / "report.html").write_text(report_html(figures), encoding="utf-8")
    run = figures["run"]
    console.print(
        f"{run['patients']:,} patients, {run['moments']:,} moments, {run['findings']:,} rows of findings in "
        f"{run['seconds']:.1f} s; {figures['data']['bad_lines']:,} bad lines. See {out}",
        highlight=False, markup=False,
    )  # fmt: skip
