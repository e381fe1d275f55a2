"""From the files of one unit to the rows that matter, by the mappers' own selection, split by patient."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import fsspec
import msgspec

from cds_service.replay.bundles import patient_of, rows_in
from cds_service.replay.lines import LONGEST_LINE, lines_of
from cds_service.replay.relations import OF_UNIT, PatientsRelated, related_patients
from cds_service.replay.selected import REQUEST, Selected
from cds_service.replay.shards import Shards, UnitNotes
from cds_service.replay.sources import JSON, SourceFile, Unit
from fhir_mappers.bundle.passed_over import UnknownNumberLines
from fhir_mappers.bundle.peeks import peek_at
from fhir_mappers.bundle.relevance import REPORTS, Relevance
from fhir_mappers.bundle.resources import RawResource
from fhir_mappers.mappers import RECORD_MAPPERS

KEPT_TYPES = frozenset(
    (*RECORD_MAPPERS, "DiagnosticReport", "ImmunizationRecommendation", "Medication", "Encounter")
)
_MEDICATION = "Medication"
_OBSERVATION = "Observation"
_QUOTED = 160
_MOST_QUOTES = 50
_LINES_A_READING = 200_000  # then the codes and texts read so far are forgotten: no two of them need be alike


class _Kept:
    """What is kept of a unit, and what of it is noted."""

    def __init__(self, folder: Path, number: int, partitions: int) -> None:
        self.shards = Shards(folder, partitions)
        self.notes = UnitNotes(number)
        self.related = PatientsRelated()

    def add(self, resource: RawResource, kind: str) -> None:
        """Keep a resource that stands on a line."""
        patient = "" if kind == _MEDICATION else patient_of(resource)
        if patient or kind == _MEDICATION:
            self.add_row(Selected(patient, kind, resource.id, "", bytes(resource.raw).strip()))
        else:
            self.notes.types.setdefault(kind, 0)
            self.notes.without_patient += 1

    def add_row(self, row: Selected) -> None:
        """Keep a row."""
        self.shards.add(row)
        self.notes.rows += 1
        self.notes.types[row.type] = self.notes.types.get(row.type, 0) + 1


def select(unit: Unit, number: int, work: Path, partitions: int, skips: bool = True) -> UnitNotes:
    """Write the shards of a unit, all or nothing; what was written before is taken as it is.

    Every record of a type that a mapper reads is kept, but of Observations and DiagnosticReports, which are
    nearly all of an export, only those that `Relevance` says may be chosen for themselves. `chosen` picks besides
    only what gene reports lead to; the patients who have such reports are noted in `related.json`, and
    `select_related` keeps all reports of theirs. So nothing that `chosen` would pick is lost. Without
    `skips` every report is kept.
    """

    def fill(folder: Path) -> UnitNotes:
        kept = _Kept(folder, number, partitions)
        if unit.kind == JSON:
            _take_files(unit, kept)
        else:
            _take_lines(unit.files[0], kept, skips=skips)
        kept.shards.write()
        (folder / OF_UNIT).write_bytes(msgspec.json.encode(kept.related))
        return kept.notes

    return _all_or_nothing(work / "selected" / f"{number:06}", work, fill)


def select_related(unit: Unit, number: int, work: Path, partitions: int) -> UnitNotes:
    """Write the reports that `select` left out, of the patients whose gene reports may lead to them."""
    patients = related_patients(work)

    def fill(folder: Path) -> UnitNotes:
        kept, relevance = _Kept(folder, number, partitions), Relevance()
        for resource in _reports_in(unit):
            if patient_of(resource) in patients and not relevance.is_relevant_alone(resource):
                kept.add(resource, resource.type)
        kept.shards.write()
        return kept.notes

    return _all_or_nothing(work / "selected" / f"{number:06}-related", work, fill)


def _reports_in(unit: Unit) -> Iterator[RawResource]:
    for lines in lines_of(unit.files[0]):
        for line in lines:
            resource = _resource_in(line)
            if resource is not None and resource.type in REPORTS:
                yield resource


def _all_or_nothing(folder: Path, work: Path, fill: Callable[[Path], UnitNotes]) -> UnitNotes:
    if folder.exists():
        return msgspec.json.decode((folder / "notes.json").read_bytes(), type=UnitNotes)
    # What a killed worker leaves lies where nobody reads.
    (work / "unfinished").mkdir(parents=True, exist_ok=True)
    folder.parent.mkdir(exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(dir=work / "unfinished"))
    notes = fill(unfinished)
    (unfinished / "notes.json").write_bytes(notes.as_json())
    try:
        unfinished.rename(folder)
    except OSError:  # another worker was given the same, and was sooner
        if not (folder / "notes.json").exists():
            raise
        shutil.rmtree(unfinished)
    return notes


def _take_files(unit: Unit, kept: _Kept) -> None:
    relevance, notes = Relevance(), kept.notes
    for file in unit.files:
        try:
            rows = rows_in(_content(file.path), file.path, _settings_beside)
        except (msgspec.DecodeError, RecursionError, ValueError) as error:
            _note_bad(notes, file.path, 0, str(error))
            continue
        for row in rows:
            if row.type not in KEPT_TYPES and row.type != REQUEST:
                continue
            if not row.patient and row.type != _MEDICATION:
                notes.without_patient += 1
                continue
            kept.add_row(row)
            if row.type in REPORTS and (report := _resource_in(row.raw)):
                kept.related.note(row.patient, report, relevance)


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


def _take_lines(file: SourceFile, kept: _Kept, *, skips: bool) -> None:
    notes, relevance, read = kept.notes, Relevance(), 0
    numbers, may_be_numbers = UnknownNumberLines(relevance), skips  # lines of one type mostly stand together
    for lines in lines_of(file):
        for number, line in enumerate(lines, start=notes.lines + 1):
            if may_be_numbers and _is_text(line) and numbers.passes_over(line):
                notes.types.setdefault(_OBSERVATION, 0)
            elif (resource := _resource_in(line)) is not None:
                kind = resource.peek.resource_type
                may_be_numbers = skips and kind == _OBSERVATION
                if kind in KEPT_TYPES and _is_kept(resource, kept, relevance, skips=skips):
                    kept.add(resource, kind)
                else:
                    notes.types.setdefault(kind, 0)
            elif quote := line[:_QUOTED].decode("utf-8", "replace").strip():
                _note_bad(notes, file.path, number, quote)
        notes.lines += len(lines)
        read += len(lines)
        if read > _LINES_A_READING:
            relevance, read = Relevance(), 0
            numbers = UnknownNumberLines(relevance)


def _is_kept(resource: RawResource, kept: _Kept, relevance: Relevance, *, skips: bool) -> bool:
    if resource.peek.resource_type not in REPORTS:
        return True
    kept.related.note(patient_of(resource), resource, relevance)
    return not skips or relevance.is_relevant_alone(resource)


def _resource_in(line: bytes) -> RawResource | None:
    """The resource in a line; None for an empty line, and for one that is not a resource as text in UTF-8."""
    if not _is_text(line):
        return None
    raw = msgspec.Raw(line)
    try:
        peek = peek_at(raw)
    except (msgspec.DecodeError, RecursionError):
        return None
    return RawResource(raw, peek) if peek is not None and peek.resource_type else None


def _is_text(line: bytes) -> bool:
    """Whether a line is short enough, and in UTF-8: the decoder does not look at text that it skips."""
    if len(line) > LONGEST_LINE:
        return False
    if line.isascii():
        return True
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
