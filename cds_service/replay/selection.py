"""From the files of one unit to the rows that matter, by code, split by patient."""

import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from pathlib import Path

import duckdb
import fsspec
import msgspec
import pyarrow.parquet as pq

from cds_service.replay.bundles import rows_in
from cds_service.replay.selected import REQUEST, Selected
from cds_service.replay.shards import MEDICATIONS, UnitNotes, folder_of, write_shards
from cds_service.replay.sources import JSON, SourceFile, Unit
from fhir_mappers.mappers import RECORD_MAPPERS
from fhir_mappers.terminology.tables import packaged_rows

KEPT_TYPES = (*RECORD_MAPPERS, "DiagnosticReport", "ImmunizationRecommendation", "Medication", "Encounter")
_REPORT_KINDS = ("analyte", "gene", "gene_test", "genomics", "variant", "phenotype_answer")
_LONGEST_LINE = 8 * 1024 * 1024  # DuckDB keeps a few buffers of this size for each thread
_MB_A_THREAD = 125
_QUOTED = 160
_MOST_QUOTES = 50
_BYTES_A_THREAD = 250_000_000
_BEGINNING = 64
_OF_REPORT = r'^\s*\{\s*"resourceType"\s*:\s*"(?:Observation|DiagnosticReport)"'
_BAD = "bad"
_NOBODY = "nobody"


def select(unit: Unit, number: int, work: Path, partitions: int) -> UnitNotes:
    """Write the shards of a unit, all or nothing; what was written before is taken as it is."""
    folder = folder_of(work, number)
    if folder.exists():
        return msgspec.json.decode((folder / "notes.json").read_bytes(), type=UnitNotes)
    unfinished = folder.with_name(f".{folder.name}.{os.getpid()}")  # nobody else's
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    reader = _json_files if unit.kind == JSON else _lines
    notes = reader(unit, unfinished, partitions)
    (unfinished / "notes.json").write_bytes(notes.as_json())
    try:
        unfinished.rename(folder)
    except OSError:  # another worker was given the same, and was sooner
        if not (folder / "notes.json").exists():
            raise
        shutil.rmtree(unfinished)
    return notes


def _json_files(unit: Unit, folder: Path, partitions: int) -> UnitNotes:
    notes = UnitNotes()
    rows: list[Selected] = []
    for file in unit.files:
        try:
            found = rows_in(_content(file.path), file.path, _settings_beside)
        except (msgspec.DecodeError, RecursionError, ValueError) as error:
            _note_bad(notes, file.path, 0, str(error))
            continue
        kept = [row for row in found if row.type in (*KEPT_TYPES, REQUEST)]
        rows += [row for row in kept if row.patient or row.type == "Medication"]
        notes.without_patient += sum(not row.patient and row.type != "Medication" for row in kept)
    notes.rows = len(rows)
    notes.types.update(Counter(row.type for row in rows))
    write_shards(folder, rows, partitions)
    return notes


def _content(path: str) -> bytes:
    with fsspec.open(path, "rb", compression="infer") as opened:
        return bytes(opened.read())


def _settings_beside(path: str) -> bytes:
    """What stands beside a recorded request and says when it was made; empty when nothing does."""
    try:
        return _content(f"{path.rpartition('/')[0]}/settings.json")
    except FileNotFoundError:
        return b"{}"


def _note_bad(notes: UnitNotes, path: str, line: int, quote: str) -> None:
    notes.bad_count += 1
    if len(notes.bad) < _MOST_QUOTES:
        notes.bad.append((path, line, quote[:_QUOTED]))


def _lines(unit: Unit, folder: Path, partitions: int) -> UnitNotes:
    """DuckDB reads the lines of a file and keeps those that matter; bad ones go to a separate shard."""
    (file,) = unit.files
    notes = UnitNotes()
    threads = _threads_for(file)
    memory = f"{threads * _MB_A_THREAD}MB"
    with duckdb.connect(config={"threads": threads, "memory_limit": memory}) as db:
        db.execute(f"SET temp_directory = {_quoted(str(folder / 'spill'))}")
        db.execute("SET enable_progress_bar = false")  # the command has its own bar
        if "://" in file.path:
            db.register_filesystem(fsspec.core.url_to_fs(file.path)[0])
        (notes.rows,) = db.execute(_select(file, folder), _parameters(partitions)).fetchall()[0]
        has_rejected = bool(db.execute("SELECT 1 FROM reject_errors LIMIT 1").fetchall())
        if any(folder.glob("part=*")):
            notes.types.update(dict(db.execute(_types(folder)).fetchall()))
    notes.types.setdefault(_first_type(file), 0)
    notes.without_patient = _rows_in(folder / f"part={_NOBODY}")
    bad = _raw_in(folder / f"part={_BAD}")
    for name in ("spill", f"part={_NOBODY}", f"part={_BAD}"):
        shutil.rmtree(folder / name, ignore_errors=True)
    for line, quote in _bad_lines(file, bad, has_rejected=has_rejected) if bad or has_rejected else ():
        _note_bad(notes, file.path, line, quote)
    return notes


def _threads_for(file: SourceFile) -> int:
    """Several files are read at a time, each by threads with their own buffers."""
    return min(os.cpu_count() or 1, 1 + file.size // _BYTES_A_THREAD)


def _select(file: SourceFile, folder: Path) -> str:
    """Each line becomes a row of its patient's partition; lines that nothing reads are left out.

    An Observation or report without a known code, gene or reference cannot matter.
    """
    return f"""
        COPY (
            WITH lines AS (
                SELECT line, json_valid(line) AS is_json FROM read_csv({_quoted(file.path)},
                    columns = {{'line': 'VARCHAR'}}, auto_detect = false, header = false, delim = e'\\x01',
                    quote = '', escape = '', strict_mode = false, store_rejects = true, nullstr = '',
                    max_line_size = {_LONGEST_LINE}, buffer_size = {_LONGEST_LINE})
                WHERE line <> ''
            ), near AS (
                SELECT line, is_json FROM lines
                WHERE CASE WHEN is_json
                    THEN NOT regexp_matches(line, '{_OF_REPORT}') OR {_matches_a_report("line")}
                    ELSE trim(line, e' \\r\\t') <> '' END
            ), peeked AS (
                SELECT line, is_json, CASE WHEN is_json THEN json_extract_string(line, [
                    '$.resourceType', '$.id', '$.subject.reference', '$.patient.reference']) END AS peek
                FROM near
            ), rows AS (
                SELECT is_json, peek[1] AS type, coalesce(peek[2], '') AS id, line AS raw,
                    CASE WHEN peek[1] = 'Patient' THEN coalesce(peek[2], '')
                        ELSE regexp_extract(coalesce(peek[3], peek[4], ''),
                            '(?:Patient/|urn:uuid:)([A-Za-z0-9.\\-_]+)', 1) END AS patient
                FROM peeked
            )
            SELECT patient, type, id, '' AS full_url, encode(raw) AS raw,
                CASE WHEN NOT is_json OR type IS NULL THEN '{_BAD}' WHEN type = 'Medication' THEN '{MEDICATIONS}'
                    WHEN patient = '' THEN '{_NOBODY}'
                    ELSE (('0x' || md5(patient)[:8])::UINTEGER % $partitions)::VARCHAR END AS part
            FROM rows WHERE NOT is_json OR type IS NULL OR list_contains($types, type)
        ) TO {_quoted(str(folder))} (FORMAT parquet, PARTITION_BY (part), OVERWRITE_OR_IGNORE)"""  # noqa: S608  # nosec B608  # quoted


def _parameters(partitions: int) -> dict[str, object]:
    patterns = {f"report_{number}": one for number, one in enumerate(_report_patterns())}
    return patterns | {"types": list(KEPT_TYPES), "partitions": partitions}


def _matches_a_report(text: str) -> str:
    """Whether a text contains one of the patterns of reports, in SQL."""
    each = (f"regexp_matches({text}, $report_{number})" for number in range(len(_report_patterns())))
    return f"({' OR '.join(each)})"


def _types(folder: Path) -> str:
    where = _quoted(str(folder / "part=*" / "*.parquet"))
    return f"SELECT type, count(*) FROM read_parquet({where}) WHERE type IS NOT NULL GROUP BY type"  # noqa: S608  # nosec B608  # quoted


def _rows_in(folder: Path) -> int:
    return sum(pq.read_metadata(one).num_rows for one in folder.glob("*.parquet"))


def _raw_in(folder: Path) -> frozenset[bytes]:
    tables = [pq.read_table(one, columns=["raw"]) for one in folder.glob("*.parquet")]
    return frozenset(raw.strip() for table in tables for raw in table["raw"].to_pylist())


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@cache
def _report_patterns() -> tuple[str, ...]:
    """What every relevant result contains: a known code, a link to another result, or a gene's name.

    They keep too much, and never too little: the mappers' own selection decides. One for each
    first letter, because a search that knows it skips what lies between at several times the speed.
    """
    codes = sorted(
        {row.text("code") for row in packaged_rows("codes.csv") if row.text("kind") in _REPORT_KINDS}
    )
    quoted = (*map(re.escape, codes), "derivedFrom", "hasMember", "result", "contained")
    names = sorted({row.text("text") for row in packaged_rows("synonyms.csv") if row.text("kind") == "gene"})
    wordings = [r"[^a-z0-9]+".join(re.findall(r"[a-z0-9]+", name)) for name in names if name]
    by_letter = groupby(sorted(wordings), key=lambda wording: wording[0])
    named = (f"(?i:{letter}(?:{'|'.join(one[1:] for one in group)}))" for letter, group in by_letter)
    return (f'"(?:{"|".join(quoted)})"', *named)


def _first_type(file: SourceFile) -> str:
    """The type of the file's first line: an export of results has results, even if none is kept."""
    with fsspec.open(file.path, "rb", compression="infer") as opened:
        line = opened.readline()
    try:
        return str(msgspec.json.decode(line, type=_Typed).resource_type)
    except msgspec.DecodeError:
        return ""


class _Typed(msgspec.Struct, rename="camel"):
    resource_type: str = ""


def _bad_lines(file: SourceFile, bad: frozenset[bytes], *, has_rejected: bool) -> Iterator[tuple[int, str]]:
    """The bad lines with their numbers, by reading the file once more."""
    # These few bytes decide most lines.
    beginnings = frozenset(line[:_BEGINNING].rstrip() for line in bad)
    with fsspec.open(file.path, "rb", compression="infer") as opened:
        for number, line in enumerate(opened, start=1):
            may_be = line.lstrip()[:_BEGINNING].rstrip() in beginnings
            if (may_be and line.strip() in bad) or (has_rejected and line.strip() and not _is_resource(line)):
                yield number, line[:_QUOTED].decode("utf-8", "replace").strip()


def _is_resource(line: bytes) -> bool:
    try:
        line.decode()  # msgspec does not look at text that it skips
        return len(line) <= _LONGEST_LINE and bool(msgspec.json.decode(line, type=_Typed).resource_type)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
