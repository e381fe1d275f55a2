"""Releases of the knowledge tables: what each holds, and who signed it off.

A release is a folder VERSION with the tables, sources.toml and release.toml, its record. A site downloads it.
"""

import csv
import hashlib
import io
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any

SCHEMA = 1  # of the tables that the rules read; it rises when a table or a column comes, goes or changes its meaning
NOT_SIGNED_OFF = "not signed off by a clinician"
OF_THE_SOFTWARE = frozenset({"rules", "placement", "policy_bounds"})  # they describe the rules' code
RECORD = "release.toml"
_KNOWLEDGE = files("cards.knowledge")
_KINDS = MappingProxyType({"schema": int, "version": str, "released": date, "checksum": str})


class ReleaseError(ValueError):
    """A release of the tables that there is not, or that this software cannot use."""


@dataclass(frozen=True, slots=True)
class SignOff:
    """A clinician who has checked a release against its sources, and answers for it."""

    name: str
    role: str
    on: date
    checksum: str  # of the tables that were looked at


@dataclass(frozen=True, slots=True)
class Release:
    """One release of the tables. `signed_off` holds only sign-offs of exactly these tables."""

    version: str
    schema: int
    released: date
    checksum: str
    since: str  # the release before it; "" for the first
    changes: Mapping[str, int]  # by table, how many rows differ from the release before it
    signed_off: tuple[SignOff, ...]
    folder: Traversable

    @property
    def standing(self) -> str:
        """Who has signed it off, or a note that nobody has."""
        signed = ", ".join(f"{one.name} ({one.role}) on {one.on}" for one in self.signed_off)
        return f"signed off by {signed}" if signed else NOT_SIGNED_OFF


def versions(releases: Traversable) -> tuple[str, ...]:
    """Every release in a folder, oldest first."""
    if not releases.is_dir():
        return ()
    return tuple(sorted(entry.name for entry in releases.iterdir() if (entry / RECORD).is_file()))


def release(version: str, releases: Traversable) -> Release:
    """One release of a folder, of any schema.

    Raises ReleaseError for a version that there is not, a record that lacks something, and tables changed
    since they were released.
    """
    known = versions(releases)
    if version not in known:
        raise ReleaseError(f"tables = {version!r}: expected one of {', '.join(known) or 'none'}")
    found = _recorded(releases / version)
    if found.version != version:
        raise ReleaseError(f"tables = {version!r}: its {RECORD} says {found.version!r}")
    checksum = checksum_of(found.folder)
    if found.checksum != checksum:
        raise ReleaseError(
            f"tables = {version!r}: its files have changed since it was released "
            f"(checksum {checksum}, expected {found.checksum})"
        )
    return found


def readable_release(version: str, releases: Traversable) -> Release:
    """A release whose tables hold all that the rules of this software read.

    Raises ReleaseError for a release that does not exist, was changed, is of another schema, or lacks a
    table or a column.
    """
    found = release(version, releases)
    if found.schema != SCHEMA:
        raise ReleaseError(
            f"tables = {version!r}: this software reads schema {SCHEMA} of the tables, "
            f"and the release has schema {found.schema}"
        )
    _refuse_what_lacks_columns(found)
    return found


def own_tables() -> Traversable:
    """The folder of the tables that this software came with, released or not."""
    return _KNOWLEDGE


def own_version() -> str:
    """Which release the software's own tables are: "2026-11-30", or "unreleased since 2026-11-30"."""
    last = _recorded(own_tables())
    return last.version if last.checksum == checksum_of(own_tables()) else f"unreleased since {last.version}"


def checksum_of(folder: Traversable) -> str:
    """The SHA-256 of what `sha256sum sources.toml tables/*.csv` prints in a folder."""
    tables = {f"tables/{name}.csv": text.encode() for name, text in texts_of(folder).items()}
    contents = {"sources.toml": (folder / "sources.toml").read_bytes()} | tables
    lines = (f"{hashlib.sha256(contents[name]).hexdigest()}  {name}\n" for name in sorted(contents))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def texts_of(folder: Traversable) -> dict[str, str]:
    """The text of every table in a folder, by its name."""
    tables = (file for file in (folder / "tables").iterdir() if file.name.endswith(".csv"))
    return {file.name.removesuffix(".csv"): file.read_text(encoding="utf-8") for file in tables}


def _recorded(folder: Traversable) -> Release:
    try:
        said: dict[str, Any] = tomllib.loads((folder / RECORD).read_text(encoding="utf-8"))
        signed = tuple(SignOff(**one) for one in said.get("sign_off", ()))
    except (tomllib.TOMLDecodeError, TypeError) as error:
        raise ReleaseError(f"{folder.name}/{RECORD}: {error}") from error
    for name, kind in _KINDS.items():
        if not isinstance(said.get(name), kind):
            raise ReleaseError(f"{folder.name}/{RECORD}: {name} = {said.get(name)!r} is no {kind.__name__}")
    return Release(
        version=said["version"],
        schema=said["schema"],
        released=said["released"],
        checksum=said["checksum"],
        since=said.get("since", ""),
        changes=said.get("changes", {}),
        signed_off=tuple(one for one in signed if one.checksum == said["checksum"]),
        folder=folder,
    )


def _refuse_what_lacks_columns(found: Release) -> None:
    theirs = {name: _columns(text) for name, text in texts_of(found.folder).items()}
    lacks = [
        f"{name}.csv" if name not in theirs else f"{name}.csv lacks {', '.join(sorted(missing))}"
        for name, text in sorted(texts_of(own_tables()).items())
        if name not in OF_THE_SOFTWARE and (missing := _columns(text) - theirs.get(name, frozenset()))
    ]
    if lacks:
        raise ReleaseError(
            f"tables = {found.version!r}: its tables lack what the rules of this software read: "
            + "; ".join(lacks)
        )


def _columns(text: str) -> frozenset[str]:
    return frozenset(next(csv.reader(io.StringIO(text)), ()))
