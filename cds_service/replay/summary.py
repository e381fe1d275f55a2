"""summary.json: the figures of a replay, counted from its two tables."""

from pathlib import Path
from typing import Any

import duckdb

from cds_service.replay.plan import ReplayPlan
from cds_service.replay.run import Replayed

Figures = dict[str, Any]
QUERIES = {
    "moments": "SELECT hook, count(*) AS moments, count(DISTINCT patient) AS patients, "
    "sum(critical)::INT AS critical, sum(warning)::INT AS warning, sum(info)::INT AS info, "
    "count(*) FILTER (critical + warning + info > 0) AS with_cards FROM moments GROUP BY hook ORDER BY hook",
    "rules": "SELECT rule, hook, indicator, count(*) AS findings, count(DISTINCT moment) AS moments, "
    "count(DISTINCT moment) FILTER (shown) AS shown, count(DISTINCT patient) AS patients "
    "FROM these WHERE outcome = 'fired' GROUP BY ALL ORDER BY moments DESC, rule, hook, indicator",
    "months": "SELECT month, hook, count(*) AS moments, sum(critical)::INT AS critical, "
    "sum(warning)::INT AS warning, sum(info)::INT AS info FROM moments GROUP BY ALL ORDER BY month, hook",
    "departments": "SELECT department, count(*) AS moments, sum(critical)::INT AS critical, "
    "sum(warning)::INT AS warning, sum(info)::INT AS info FROM moments WHERE hook <> 'patient-view' "
    "GROUP BY ALL ORDER BY moments DESC, department LIMIT 25",
    "overlap": "SELECT a.rule AS rule, b.rule AS other, count(*) AS moments FROM fired a JOIN fired b "
    "ON a.moment = b.moment AND a.rule < b.rule GROUP BY ALL ORDER BY moments DESC, rule, other LIMIT 60",
    # Since when a page is complete is of one patient: those that are cut count together.
    "missing": "SELECT rule, regexp_replace(missing, ' \\(complete since [^)]*\\)', '') AS missing, "
    "count(*) AS moments FROM "
    "(SELECT rule, unnest(missing) AS missing FROM these WHERE outcome = 'blocked') "
    "GROUP BY ALL ORDER BY moments DESC, rule, missing LIMIT 40",
    "failed": "SELECT rule, count(*) AS moments FROM these WHERE outcome = 'failed' GROUP BY ALL ORDER BY rule",
    "most_cards": "SELECT patient, count(*) AS moments, sum(critical + warning + info)::INT AS cards, "
    "sum(critical)::INT AS critical FROM moments GROUP BY patient HAVING cards > 0 "
    "ORDER BY cards DESC, critical DESC, patient LIMIT 10",
    "repeats": "SELECT rule, count(*) AS shown, count(*) FILTER (again) AS repeats FROM "
    "(SELECT rule, asked_at - lag(asked_at) OVER (PARTITION BY patient, hook, rule, summary ORDER BY asked_at) "
    "<= INTERVAL 30 DAY AS again FROM these WHERE outcome = 'fired' AND shown) "
    "GROUP BY ALL HAVING repeats > 0 ORDER BY repeats DESC, rule",
    "overdue": "SELECT count(*) AS times, count(days_until_done) AS done, "
    "quantile_cont(days_until_done, 0.5) AS median_days, quantile_cont(days_until_done, 0.9) AS p90_days "
    "FROM first_overdue",
    "overdue_days": "SELECT (days_until_done // 7)::INT AS weeks, count(*) AS times FROM first_overdue "
    "WHERE days_until_done IS NOT NULL GROUP BY ALL ORDER BY weeks",
}
_COMPARED = {
    "cards": "SELECT hook, sum(critical)::INT AS critical, sum(warning)::INT AS warning, sum(info)::INT AS info, "
    "sum(other_critical)::INT AS other_critical, sum(other_warning)::INT AS other_warning, "
    "sum(other_info)::INT AS other_info FROM moments GROUP BY hook ORDER BY hook",
    "rules": "SELECT rule, count(*) FILTER (was IS NULL AND will IS NOT NULL) AS appears, "
    "count(*) FILTER (was IS NOT NULL AND will IS NULL) AS disappears, "
    "count(*) FILTER (was <> will) AS changes, count(*) FILTER (was = will) AS same "
    "FROM changes GROUP BY rule HAVING appears + disappears + changes > 0 ORDER BY rule",
    "examples": "SELECT rule, kind, patient, CAST(CAST(asked_at AS DATE) AS VARCHAR) AS day, was, will FROM "
    "(SELECT *, row_number() OVER "
    "(PARTITION BY rule, kind ORDER BY asked_at, patient) AS place FROM changes WHERE kind <> 'same') "
    "WHERE place <= 3 ORDER BY rule, kind, place",
}
_VIEWS = """
CREATE VIEW these AS SELECT * FROM findings WHERE policy = 'this';
CREATE VIEW fired AS SELECT DISTINCT moment, rule FROM these WHERE outcome = 'fired' AND shown;
-- one stretch of being overdue counts once: until the next count
CREATE VIEW first_overdue AS
  SELECT patient, min(asked_at) AS asked_at, max(days_until_done) AS days_until_done FROM these
  WHERE rule = 'overdue-monitoring' AND outcome = 'fired'
  GROUP BY patient, CAST(asked_at AS DATE) + days_until_done;
CREATE VIEW changes AS SELECT *, CASE WHEN was IS NULL THEN 'appears' WHEN will IS NULL THEN 'disappears'
    WHEN was <> will THEN 'changes' ELSE 'same' END AS kind FROM (
  SELECT moment, rule, any_value(patient) AS patient, any_value(asked_at) AS asked_at,
    max(said) FILTER (policy = 'this') AS was, max(said) FILTER (policy = 'other') AS will FROM (
      SELECT moment, rule, patient, asked_at, policy,
        string_agg(indicator || ': ' || summary, ' | ' ORDER BY indicator, summary) AS said
      FROM findings WHERE outcome = 'fired' AND shown GROUP BY ALL) GROUP BY moment, rule);
"""


def summary_of(out: Path, replayed: Replayed, plan: ReplayPlan) -> Figures:
    """The figures, as plain JSON: no patient in them but keyed hashes."""
    with duckdb.connect() as db:
        for name in ("moments", "findings"):
            db.read_parquet(str(out / f"{name}.parquet")).create_view(name)
        db.execute("SET TimeZone = 'UTC'")
        db.execute(_VIEWS)
        counted = {name: _rows(db, query) for name, query in QUERIES.items()}
        compared = (
            {name: _rows(db, query) for name, query in _COMPARED.items()} if plan.other_policy else None
        )
    (overdue,) = counted["overdue"]
    said = {"run": _run(replayed, plan), "data": _data(replayed, plan), **counted}
    return said | {"overdue": overdue, "compared": compared}


def _rows(db: duckdb.DuckDBPyConnection, query: str) -> list[Figures]:
    found = db.execute(query)
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _run(replayed: Replayed, plan: ReplayPlan) -> Figures:
    asked = sum(one.seconds for one in replayed.partitions)
    return {
        "as_of": plan.as_of.isoformat(),
        "views": plan.views.value,
        "interval_days": plan.interval_days if plan.views.value == "interval" else None,
        "orders": plan.orders,
        "assume_effective": plan.assume_effective,
        "patients": replayed.patients,
        "moments": sum(one.moments for one in replayed.partitions),
        "findings": sum(one.findings for one in replayed.partitions),
        "seconds": round(replayed.seconds, 2),
        "select_seconds": round(replayed.select_seconds, 2),
        "ask_cpu_seconds": round(asked, 2),
        "patients_a_second": round(replayed.patients / replayed.seconds, 1) if replayed.seconds else None,
        "peak_mb_of_a_worker": round(max((one.peak_mb for one in replayed.partitions), default=0.0), 1),
        "partitions": plan.partitions,
    }


def _data(replayed: Replayed, plan: ReplayPlan) -> Figures:
    refused: dict[str, int] = {}
    for one in replayed.partitions:
        for why, count in one.refused.items():
            refused[why] = refused.get(why, 0) + count
    bad = sorted(bad for one in replayed.units for bad in one.bad)
    return {
        "files": len({file.path for unit in plan.units for file in unit.files}),
        "bytes": sum(unit.size for unit in plan.units),
        "rows_kept": dict(sorted(replayed.types.items())),
        "bad_lines": sum(one.bad_count for one in replayed.units),
        "bad_examples": [{"file": file, "line": line, "quote": quote} for file, line, quote in bad[:50]],
        "without_patient": sum(one.without_patient for one in replayed.units),
        "unknowable": dict(sorted(replayed.unknowable.items())),
        "refused": dict(sorted(refused.items())),
    }
