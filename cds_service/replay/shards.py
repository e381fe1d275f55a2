"""Shards: the rows of one unit that matter, split by patient so that one partition fits in memory."""

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from pathlib import Path

import msgspec
import pyarrow as pa

from cds_service.replay.selected import Selected

_DIGITS = 8
_ROWS_TOGETHER_BYTES = 48_000_000
_CODEC = "lz4"
_PLACE = struct.Struct("<QQ")  # where the rows of a partition begin in a file, and where they end
_SIZE = struct.Struct("<Q")
_ROWS = msgspec.msgpack.Decoder(list[Selected])


@dataclass
class UnitNotes:
    """What became of the rows of a unit."""

    unit: int = 0
    rows: int = 0  # kept
    types: dict[str, int] = field(
        default_factory=dict
    )  # of the rows kept; 0: there, and nothing of it matters
    bad: list[tuple[str, int, str]] = field(default_factory=list)  # file, line (0: the whole file), quote
    bad_count: int = 0
    without_patient: int = 0
    lines: int = 0  # in the part of the file, kept or not

    def as_json(self) -> bytes:
        """The notes, to lie beside the shards."""
        return msgspec.json.encode(self)


def partition_of(patient: str, partitions: int) -> int:
    """The partition of a patient, the same on every machine.

    >>> partition_of("17", 16)
    14
    """
    return int(hashlib.md5(patient.encode(), usedforsecurity=False).hexdigest()[:_DIGITS], 16) % partitions


class Shards:
    """Writes the rows of a unit, as files of some rows each.

    A file begins with the place of each partition, and of Medications, which belong to no patient; a worker
    that asks about one partition reads no other.
    """

    def __init__(self, folder: Path, partitions: int) -> None:
        self._folder = folder
        self._partitions = partitions
        self._rows: list[list[Selected]] = [[] for _ in range(partitions + 1)]
        self._bytes = self._files = 0
        self._latest = ("", partitions)  # an export names a patient many times in a row

    def add(self, row: Selected) -> None:
        """Take a row in; a row without a patient is a Medication."""
        if row.patient != self._latest[0]:
            of_patient = partition_of(row.patient, self._partitions) if row.patient else self._partitions
            self._latest = (row.patient, of_patient)
        self._rows[self._latest[1]].append(row)
        self._bytes += len(row.raw)
        if self._bytes > _ROWS_TOGETHER_BYTES:
            self.write()

    def write(self) -> None:
        """Write what was taken in since the last time."""
        if not any(self._rows):
            return
        blocks = [_packed(rows) if rows else b"" for rows in self._rows]
        places = list(accumulate(map(len, blocks), initial=_PLACE.size * len(blocks)))
        with (self._folder / f"{self._files:04}.rows").open("wb") as opened:
            for place in pairwise(places):
                opened.write(_PLACE.pack(*place))
            for block in blocks:
                opened.write(block)
        self._rows = [[] for _ in self._rows]
        self._bytes = 0
        self._files += 1


def _packed(rows: list[Selected]) -> bytes:
    packed = msgspec.msgpack.encode(rows)
    return _SIZE.pack(len(packed)) + bytes(pa.compress(packed, codec=_CODEC, asbytes=True))


def rows_of(work: Path, partition: int) -> list[tuple[str, list[Selected]]]:
    """The patients of a partition, each with all rows, in a fixed order."""
    rows = [row for some in _read(work, partition) for row in some]
    rows.sort(key=lambda row: (row.patient, row.type, row.id, row.raw))
    patients: list[tuple[str, list[Selected]]] = []
    for row in rows:
        if not patients or patients[-1][0] != row.patient:
            patients.append((row.patient, []))
        patients[-1][1].append(row)
    return patients


def medications_of(work: Path, partitions: int) -> Iterator[list[Selected]]:
    """The Medications of files of their own, some at a time."""
    return _read(work, partitions)


def _read(work: Path, place: int) -> Iterator[list[Selected]]:
    for file in sorted((work / "selected").glob("*/*.rows")):
        with file.open("rb") as opened:
            opened.seek(place * _PLACE.size)
            start, end = _PLACE.unpack(opened.read(_PLACE.size))
            if start == end:
                continue
            opened.seek(start)
            (size,) = _SIZE.unpack(opened.read(_SIZE.size))
            packed = opened.read(end - start - _SIZE.size)
        yield _ROWS.decode(pa.decompress(packed, size, codec=_CODEC, asbytes=True))
