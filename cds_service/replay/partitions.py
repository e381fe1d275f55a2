"""One partition: its patients asked one after another, and the rows written as files of their own."""

import os
import resource
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from cds_service.replay.asking import Asked, ask_about
from cds_service.replay.plan import ReplayPlan
from cds_service.replay.rows import FINDINGS, MOMENTS, Row
from cds_service.replay.selected import Selected
from cds_service.replay.shards import medications_of, rows_of
from fhir_mappers.bundle.references import type_and_id
from fhir_mappers.bundle.relevance import MEDICATION_RECORDS
from fhir_mappers.bundle.resources import RawResource, resources_in
from fhir_mappers.json.fhir_json import object_of, objects_of, reference


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
    patients = rows_of(plan.work, partition)
    medications = Medications(plan, patients)
    for patient, rows in patients:
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
    pq.write_table(pa.Table.from_pylist(rows, schema), file)


class Medications:
    """The Medications of the export's own files that records of some patients refer to."""

    def __init__(self, plan: ReplayPlan, patients: Iterable[tuple[str, Sequence[Selected]]]) -> None:
        self._by_id: dict[str, list[RawResource]] = {}
        if not any(True for _ in medications_of(plan.work, plan.partitions)):
            return
        wanted = {name for _, rows in patients for name in _named_in(rows)}
        while wanted := wanted - self._by_id.keys():  # an ingredient may be a Medication, too
            self._by_id |= {name: [] for name in wanted}
            for some in medications_of(plan.work, plan.partitions):
                for row in some:
                    if row.id in wanted:
                        self._by_id[row.id] += resources_in(row.raw)
            found = (one for name in wanted for one in self._by_id[name])
            wanted = {name for one in found for name in _ingredients_of(one)}
        for versions in self._by_id.values():
            versions.sort(key=lambda one: bytes(one.raw))

    def named_in(self, rows: Sequence[Selected]) -> list[RawResource]:
        """Those that a patient's records refer to, and those that they consist of."""
        if not self._by_id:
            return []
        seen: set[str] = set()
        names = set(_named_in(rows))
        while names := names - seen:
            seen |= names
            names = {deeper for name in names for one in self._by_id[name] for deeper in _ingredients_of(one)}
        return [one for name in sorted(seen) for one in self._by_id[name]]


def _named_in(rows: Iterable[Selected]) -> Iterator[str]:
    """The ids of the Medications that some records refer to."""
    for row in rows:
        if row.type in MEDICATION_RECORDS:
            for one in resources_in(row.raw):
                peek = one.peek
                named = peek.medication_reference or (peek.medication.reference if peek.medication else None)
                yield from _medications((named.reference or "",) if named else ())


def _ingredients_of(medication: RawResource) -> Iterator[str]:
    for item in objects_of(medication.decoded().get("ingredient")):
        inner = object_of(item.get("item"))
        yield from _medications(
            (reference(item.get("itemReference")), reference(inner.get("reference") or inner))
        )


def _medications(literals: Iterable[str]) -> Iterator[str]:
    named = (type_and_id(literal) for literal in literals)
    return (one[1] for one in named if one is not None and one[0] == "Medication")
