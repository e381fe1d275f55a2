"""`thiopurine-cds report --anomalies`: which rule's rate fell to zero, or jumped."""

import csv
import sys
from datetime import datetime
from typing import Any

import click
from rich.table import Table

from cds_service.cli.output import print_json, table_console
from cds_service.memory.drift import Comparison, Span, Tally, compared, thresholds
from cds_service.memory.store import Store

ANOMALY = 4
_COLUMNS = ("rule", "measure", "before", "of", "rate before", "now", "of now", "rate now", "p", "verdict")


def report_anomalies(
    store: Store, reference_since: datetime | None, since: datetime, until: datetime, shape: str
) -> int:
    """Print every rate in both spans; the exit code: 4 when somebody should look, else 0.

    `shape` is table, json or csv. Raises click.BadParameter for a reference that does not come before.
    """
    start = reference_since or since - thresholds().reference_spans * (until - since)
    if start >= since:
        raise click.BadParameter("the reference must begin before --since", param_hint="--reference-since")
    reference, recent = store.span(start, since), store.span(since, until)
    found = compared(reference, recent)
    spans = {"reference": _span(reference, start, since), "recent": _span(recent, since, until)}
    {"table": _print_table, "json": _print_json, "csv": _print_csv}[shape](spans, found)
    if not recent.requests:
        click.echo(
            "No request was recorded in the span: no client called, or the service recorded nothing.",
            err=True,
        )
    return ANOMALY if not recent.requests or any(one.verdict.is_anomaly for one in found) else 0


def _span(span: Span, begin: datetime, end: datetime) -> dict[str, Any]:
    return {
        "since": begin.isoformat(),
        "until": end.isoformat(),
        "requests": span.requests,
        "decidedBy": list(span.decided_by),
    }


def _print_table(spans: dict[str, Any], found: tuple[Comparison, ...]) -> None:
    for name, span in spans.items():
        click.echo(f"{name}: {span['requests']} requests from {span['since']} until {span['until']}")
        for version in span["decidedBy"]:
            click.echo(f"  by {version}")
    table = Table(*_COLUMNS)
    for one in found:
        table.add_row(*_cells(one))
    table_console().print(table)
    anomalies = sum(one.verdict.is_anomaly for one in found)
    unknown = sum(one.verdict == "too few to tell" for one in found)
    click.echo(f"{anomalies} anomalies in {len(found)} rates; {unknown} rates have too few requests to tell")


def _print_json(spans: dict[str, Any], found: tuple[Comparison, ...]) -> None:
    rates = [
        {
            "rule": one.rule,
            "measure": one.measure,
            "reference": _tally(one.reference),
            "recent": _tally(one.recent),
            "p": one.p,
            "verdict": one.verdict.value,
            "isAnomaly": one.verdict.is_anomaly,
        }
        for one in found
    ]
    print_json(spans | {"rates": rates})


def _tally(tally: Tally) -> dict[str, Any]:
    return {"count": tally.count, "of": tally.asked, "rate": tally.rate}


def _print_csv(_: dict[str, Any], found: tuple[Comparison, ...]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows(_cells(one) for one in found)


def _cells(one: Comparison) -> tuple[str, ...]:
    return (
        one.rule,
        one.measure,
        *_counts(one.reference),
        *_counts(one.recent),
        f"{one.p:.2g}",
        one.verdict.value,
    )


def _counts(tally: Tally) -> tuple[str, str, str]:
    rate = "" if tally.rate is None else f"{tally.rate:.1%}"
    return str(tally.count), str(tally.asked), rate
