"""The files of a replay, here or at any fsspec address, in units of work that a worker takes one at a time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import fsspec

LINES = "lines"
JSON = "json"
_LINES_ENDINGS = (".ndjson", ".ndjson.gz", ".jsonl", ".jsonl.gz")
_JSON_ENDINGS = (".json", ".json.gz")
_BESIDE_A_REQUEST = ("/settings.json", "/response.json")  # as in fixtures/stories
_PART_BYTES = 96_000_000  # of a file of lines: what one worker takes at a time
_MOST_PARTS = 256  # of all files, about: an export that needs more has longer parts
_UNIT_BYTES = 64_000_000
_UNIT_FILES = 500


class SourceError(ValueError):
    """The source does not exist, or contains no file that can be replayed."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file, by an address that fsspec opens, or the part of it that lies between two bytes."""

    path: str
    size: int  # of the part, as stored
    start: int = 0
    end: int | None = None  # None: to the end of the file, whatever the size says


@dataclass(frozen=True, slots=True)
class Unit:
    """Files of one kind that are read together: one file of lines or a part of it, or many small ones of JSON."""

    kind: str  # LINES or JSON
    files: tuple[SourceFile, ...]

    @property
    def size(self) -> int:
        """Bytes, as stored."""
        return sum(one.size for one in self.files)


def units_of(sources: Iterable[str], part_bytes: int = _PART_BYTES) -> tuple[Unit, ...]:
    """The files below the sources, in a fixed order, large ones of lines in parts of so many bytes or more.

    Raises SourceError for a source that does not exist or contains none.
    """
    files = [file for source in sources for file in _files_of(source)]
    files = list(dict.fromkeys(sorted(files, key=lambda one: one.path)))
    lines = [one for one in files if one.path.endswith(_LINES_ENDINGS)]
    part = max(part_bytes, sum(one.size for one in lines) // _MOST_PARTS)
    parts = [Unit(LINES, (one,)) for file in lines for one in _parts(file, part)]
    return (*parts, *_batches([one for one in files if one.path.endswith(_JSON_ENDINGS)]))


def _files_of(source: str) -> list[SourceFile]:
    try:
        fs, path = fsspec.core.url_to_fs(source)
        found = [path] if fs.isfile(path) else [one for one in fs.find(path) if _is_ours(one)]
        stories = {_folder(one) for one in found if one.endswith("/request.json")}
        read = [one for one in found if not (one.endswith(_BESIDE_A_REQUEST) and _folder(one) in stories)]
        sized = [SourceFile(_address(fs, one), int(fs.size(one) or 0)) for one in read]
    except (OSError, ValueError, ImportError) as error:
        raise SourceError(f"{source}: {error}") from error
    if not sized:
        raise SourceError(f"{source}: holds no file that ends in {', '.join(_LINES_ENDINGS + _JSON_ENDINGS)}")
    return sized


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _is_ours(path: str) -> bool:
    return path.endswith(_LINES_ENDINGS + _JSON_ENDINGS)


def _address(fs: Any, path: str) -> str:  # noqa: ANN401 -- an fsspec filesystem, which is not typed
    protocol = fs.protocol if isinstance(fs.protocol, str) else fs.protocol[0]
    return path if protocol in ("file", "local") else str(fs.unstrip_protocol(path))


def _parts(file: SourceFile, size: int) -> list[SourceFile]:
    """Parts of about a size, one after the other; a compressed file can only be read from its beginning."""
    if file.path.endswith(".gz") or file.size <= size:
        return [file]
    count = -(-file.size // size)
    starts = [file.size * number // count for number in range(count)]
    ends = [*starts[1:], None]
    return [
        SourceFile(file.path, (file.size if end is None else end) - start, start, end)
        for start, end in zip(starts, ends, strict=True)
    ]


def _batches(files: list[SourceFile]) -> Iterator[Unit]:
    batch: list[SourceFile] = []
    for file in files:
        if batch and (len(batch) >= _UNIT_FILES or sum(one.size for one in batch) + file.size > _UNIT_BYTES):
            yield Unit(JSON, tuple(batch))
            batch = []
        batch.append(file)
    if batch:
        yield Unit(JSON, tuple(batch))
