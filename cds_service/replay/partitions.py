"""One partition: its patients asked one after another, and the rows written as files of their own."""

import os
import resource
import time
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from cds_service.replay.asking import Asked, ask_about
from cds_service.replay.plan import ReplayPlan
from cds_service.replay.rows import FINDINGS, MOMENTS, Row
from cds_service.replay.selected import REQUEST, Selected
from cds_service.replay.shards import MEDICATIONS, rows_of, shards_of
from fhir_mappers.bundle.references import type_and_id
from fhir_mappers.bundle.resources import RawResource, resources_in


@dataclass(frozen=True, slots=True)
class PartitionNotes:
    """What one partition took and left."""

    partition: int
    patients: int
    moments: int
    findings: int
    seconds: float
    peak_mb: float  # of the process that did it, so far
    unknowable: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)


def ask_partition(plan: ReplayPlan, partition: int, exported: frozenset[str]) -> PartitionNotes:
    """Ask about every patient of a partition; what was asked before is taken as it is."""
    done = plan.work / "asked" / f"{partition:06}"
    if (done / "notes.json").exists():
        return msgspec.json.decode((done / "notes.json").read_bytes(), type=PartitionNotes)
    started = time.monotonic()
    found = Asked()
    medications = Medications(plan.work)
    for patient, rows in rows_of(plan.work, partition):
        ask_about(patient, rows, exported, plan, medications.named_in(rows), found)
    notes = PartitionNotes(
        partition,
        found.patients,
        len(found.moments),
        len(found.findings),
        time.monotonic() - started,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        found.unknowable,
        found.refused,
    )
    _write(done, found, notes)
    return notes


def _write(done: Path, found: Asked, notes: PartitionNotes) -> None:
    """All files or none: two workers may do the same partition after one was given up for lost."""
    unfinished = done.with_name(f"{done.name}.{os.getpid()}")
    unfinished.mkdir(parents=True, exist_ok=True)
    _write_rows(unfinished / "moments.parquet", found.moments, MOMENTS)
    _write_rows(unfinished / "findings.parquet", found.findings, FINDINGS)
    (unfinished / "notes.json").write_bytes(msgspec.json.encode(notes))
    try:
        unfinished.rename(done)
    except OSError:
        if not (done / "notes.json").exists():
            raise


def _write_rows(file: Path, rows: list[Row], schema: pa.Schema) -> None:
    complete = [{name: row.get(name) for name in schema.names} for row in rows]
    pq.write_table(pa.Table.from_pylist(complete, schema), file)


class Medications:
    """The Medications of the export's own file, which belong to no patient."""

    def __init__(self, work: Path) -> None:
        self._shards = [str(one) for one in shards_of(work, MEDICATIONS)]

    def named_in(self, rows: list[Selected]) -> list[RawResource]:
        """Those that a patient's records refer to."""
        if not self._shards:
            return []
        wanted = {ref for row in rows if row.type not in (REQUEST, "Observation") for ref in _references(row)}
        if not wanted:
            return []
        query = "SELECT raw FROM read_parquet($shards) WHERE list_contains($wanted, id) ORDER BY id, raw"
        with duckdb.connect() as db:
            found = db.execute(query, {"shards": self._shards, "wanted": sorted(wanted)}).fetchall()
        return [one for (raw,) in found for one in resources_in(raw)]


def _references(row: Selected) -> list[str]:
    if b'"Medication/' not in row.raw and b"/Medication/" not in row.raw:
        return []
    named = [one.peek.medication_reference for one in resources_in(row.raw)]
    targets = [type_and_id(one.reference or "") for one in named if one is not None]
    return [target[1] for target in targets if target is not None]
