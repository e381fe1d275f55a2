"""Shards: the rows of one unit that matter, split by patient so that one partition fits in memory."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from cds_service.replay.selected import Selected

SCHEMA = pa.schema(
    [
        ("patient", pa.string()),
        ("type", pa.string()),
        ("id", pa.string()),
        ("full_url", pa.string()),
        ("raw", pa.binary()),
    ]
)
MEDICATIONS = "medications"  # of an export's own file: they belong to no patient
_DIGITS = 8


@dataclass
class UnitNotes:
    """What became of the rows of a unit."""

    rows: int = 0  # kept
    types: dict[str, int] = field(default_factory=dict)  # of the rows kept
    bad: list[tuple[str, int, str]] = field(default_factory=list)  # file, line (0: the whole file), quote
    bad_count: int = 0
    without_patient: int = 0

    def as_json(self) -> bytes:
        """The notes, to lie beside the shards."""
        return msgspec.json.encode(self)


def folder_of(work: Path, unit: int) -> Path:
    """Where the shards of a unit lie, once all are written."""
    return work / "selected" / f"{unit:06}"


def partition_of(patient: str, partitions: int) -> int:
    """The partition of a patient, the same on every machine; `selection.py` says it in SQL.

    >>> partition_of("17", 16)
    14
    """
    return int(hashlib.md5(patient.encode(), usedforsecurity=False).hexdigest()[:_DIGITS], 16) % partitions


def write_shards(folder: Path, rows: Iterable[Selected], partitions: int) -> None:
    """One file for each partition that has rows, and one for rows without a patient."""
    split: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        part = str(partition_of(row.patient, partitions)) if row.patient else MEDICATIONS
        split.setdefault(part, []).append(msgspec.structs.asdict(row))
    for part, group in split.items():
        target = folder / f"part={part}"
        target.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(group, SCHEMA), target / "data_0.parquet")


def shards_of(work: Path, partition: int | str) -> list[Path]:
    """The files of one partition, of all units, in their order."""
    return sorted((work / "selected").glob(f"*/part={partition}/*.parquet"))


def rows_of(work: Path, partition: int) -> Iterator[tuple[str, list[Selected]]]:
    """The patients of a partition, each with all rows, in a fixed order."""
    tables = [_table(one) for one in shards_of(work, partition)]
    if not tables:
        return
    columns = [column.to_pylist() for column in pa.concat_tables(tables).columns]
    rows = [Selected(*row) for row in zip(*columns, strict=True)]
    rows.sort(key=lambda row: (row.patient, row.type, row.id, row.raw))
    start = 0
    for end in range(1, len(rows) + 1):
        if end == len(rows) or rows[end].patient != rows[start].patient:
            yield rows[start].patient, rows[start:end]
            start = end


def _table(shard: Path) -> pa.Table:
    """One file in this thread: a process each asks about a partition, and threads of arrow would only wait."""
    with pq.ParquetFile(shard) as opened:
        return opened.read(columns=SCHEMA.names, use_threads=False)
