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
_UNIT_BYTES = 64_000_000
_UNIT_FILES = 500


class SourceError(ValueError):
    """The source does not exist, or contains no file that can be replayed."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file, by an address that fsspec opens."""

    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Unit:
    """Files of one kind that are read together: one file of lines, or many small ones of JSON."""

    kind: str  # LINES or JSON
    files: tuple[SourceFile, ...]

    @property
    def size(self) -> int:
        """Bytes, as stored."""
        return sum(one.size for one in self.files)


def units_of(sources: Iterable[str]) -> tuple[Unit, ...]:
    """The files below the sources, in a fixed order.

    Raises SourceError for a source that does not exist or contains none.
    """
    files = [file for source in sources for file in _files_of(source)]
    files = list(dict.fromkeys(sorted(files, key=lambda one: one.path)))
    lines = [Unit(LINES, (one,)) for one in files if one.path.endswith(_LINES_ENDINGS)]
    return (*lines, *_batches([one for one in files if one.path.endswith(_JSON_ENDINGS)]))


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


def _batches(files: list[SourceFile]) -> Iterator[Unit]:
    batch: list[SourceFile] = []
    for file in files:
        if batch and (len(batch) >= _UNIT_FILES or sum(one.size for one in batch) + file.size > _UNIT_BYTES):
            yield Unit(JSON, tuple(batch))
            batch = []
        batch.append(file)
    if batch:
        yield Unit(JSON, tuple(batch))
