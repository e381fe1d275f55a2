"""replay(): select, ask, put together; what an earlier run of the same plan finished is kept."""

import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from cds_service.replay.local import Engine
from cds_service.replay.partitions import PartitionNotes, ask_partition
from cds_service.replay.plan import ReplayPlan
from cds_service.replay.relations import put_together
from cds_service.replay.rows import FINDINGS, MOMENTS
from cds_service.replay.selection import select, select_related
from cds_service.replay.shards import UnitNotes
from cds_service.replay.sources import LINES
from fhir_mappers.bundle.relevance import REPORTS

_PARTITION_BYTES = 24_000_000
_FEWEST = 16
_MOST = 4096
_ROWS_AT_ONCE = 50_000

Progress = Callable[[str, int, int, int], None]  # step, done, of how many, patients so far


class BadLineError(ValueError):
    """A line that cannot be read, where none is allowed."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay did, beside its files."""

    units: tuple[UnitNotes, ...]
    partitions: tuple[PartitionNotes, ...]
    seconds: float
    select_seconds: float

    @property
    def patients(self) -> int:
        """All patients with a record that was kept."""
        return sum(one.patients for one in self.partitions)

    @property
    def types(self) -> Counter[str]:
        """Rows kept, by resource type; a type with 0 was exported, and nothing of it matters."""
        return _added([one.types for one in self.units])

    @property
    def unknowable(self) -> Counter[str]:
        """Records that do not say when they were known, by type."""
        return _added([one.unknowable for one in self.partitions])


def _added(counts: Sequence[dict[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for one in counts:
        for name, count in one.items():
            total[name] += count
    return total


def partitions_for(size: int) -> int:
    """The number of partitions for an export of a given size in bytes; the same on every machine."""
    return min(_MOST, max(_FEWEST, -(-size // _PARTITION_BYTES)))


def replay(
    plan: ReplayPlan, engine: Engine, out: Path, progress: Progress, *, is_strict: bool = False
) -> Replayed:
    """Write findings.parquet and moments.parquet. Raises BadLineError for a bad line, when strict."""
    started = time.monotonic()
    _keep_or_clear(plan)
    units = selected(plan, engine, progress, is_strict=is_strict)
    selected_at = time.monotonic()
    exported = frozenset(name for one in units for name in one.types)
    asked: list[PartitionNotes] = []
    patients = 0
    for result in engine.each(ask_partition, [(plan, number, exported) for number in range(plan.partitions)]):
        asked.append(result)
        patients += result.patients
        progress("ask", len(asked), plan.partitions, patients)
    asked.sort(key=lambda one: one.partition)
    _join(plan, out, "moments.parquet", MOMENTS)
    _join(plan, out, "findings.parquet", FINDINGS)
    return Replayed(tuple(units), tuple(asked), time.monotonic() - started, selected_at - started)


def selected(
    plan: ReplayPlan, engine: Engine, progress: Progress, *, is_strict: bool = False
) -> tuple[UnitNotes, ...]:
    """Select the rows of every unit, and the rows that these lead to; the notes of each in their order.

    Raises BadLineError for a bad line, when strict.
    """
    calls = [(unit, number, plan.work, plan.partitions, plan.skips) for number, unit in enumerate(plan.units)]
    done: dict[int, UnitNotes] = {}
    for notes in engine.each(select, calls):
        done[notes.unit] = notes
        progress("select", len(done), len(calls), 0)
        if is_strict:
            _refuse_bad_lines(_with_lines_of_files(plan, done))
    units = _with_lines_of_files(plan, done)
    if plan.skips and put_together(plan.work):
        again = [
            call[:-1]
            for call, notes in zip(calls, units, strict=True)
            if call[0].kind == LINES and not notes.types.keys().isdisjoint(REPORTS)
        ]
        for number, notes in enumerate(engine.each(select_related, again), start=1):
            units.append(notes)
            progress("select", len(calls) + number, len(calls) + len(again), 0)
    return tuple(units)


def _with_lines_of_files(plan: ReplayPlan, done: Mapping[int, UnitNotes]) -> list[UnitNotes]:
    """The notes up to the first unit that is not done, their bad lines numbered from the beginning of the file."""
    found: list[UnitNotes] = []
    before: Counter[str] = Counter()
    for number, unit in enumerate(plan.units):
        if number not in done:
            break
        notes = done[number]
        found.append(
            replace(notes, bad=[(path, line + before[path], quote) for path, line, quote in notes.bad])
        )
        before[unit.files[0].path] += notes.lines
    return found


def _refuse_bad_lines(units: Iterable[UnitNotes]) -> None:
    for notes in units:
        for file, line, quote in notes.bad:
            raise BadLineError(f"{file}, line {line}: not a FHIR resource: {quote}")


def _keep_or_clear(plan: ReplayPlan) -> None:
    """Keep the work of an earlier run of the same plan, and of no other."""
    mark = plan.work / "plan"
    if plan.work.exists() and (not mark.exists() or mark.read_text() != plan.fingerprint):
        shutil.rmtree(plan.work)
    shutil.rmtree(plan.work / "unfinished", ignore_errors=True)
    plan.work.mkdir(parents=True, exist_ok=True)
    mark.write_text(plan.fingerprint)


def _join(plan: ReplayPlan, out: Path, name: str, schema: pa.Schema) -> None:
    """The files of all partitions as one, in the order of the partitions."""
    unfinished = out / f"{name}.unfinished"
    with pq.ParquetWriter(unfinished, schema, compression="zstd") as writer:
        for number in range(plan.partitions):
            table = pq.read_table(plan.work / "asked" / f"{number:06}" / name, schema=schema)
            if table.num_rows:
                writer.write_table(table, _ROWS_AT_ONCE)
    unfinished.rename(out / name)
