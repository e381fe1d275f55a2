"""Releases of the knowledge tables: what each held, and who signed it off.

A release is a folder `table_releases/VERSION` with the tables and sources.toml as they were, and release.toml.
"""

import csv
import hashlib
import io
import tomllib
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from cards.knowledge import holds_for

NOT_SIGNED_OFF = "not signed off by a clinician"
OF_THE_SOFTWARE = frozenset({"rules", "placement", "policy_bounds"})  # they describe the rules' code
_KNOWLEDGE = files("cards.knowledge")
ARCHIVE: Traversable = _KNOWLEDGE / "table_releases"
_DIGITS = 16


class ReleaseError(ValueError):
    """A release of the tables that there is not, or that this software cannot use."""


@dataclass(frozen=True, slots=True)
class SignOff:
    """A clinician who has checked a release against its sources, and answers for it."""

    name: str
    role: str
    on: date
    digest: str  # of the tables that were looked at


@dataclass(frozen=True, slots=True)
class Release:
    """One release of the tables. `signed_off` holds only sign-offs of exactly these tables."""

    version: str
    released: date
    digest: str
    signed_off: tuple[SignOff, ...]
    folder: Traversable

    @property
    def standing(self) -> str:
        """Who has signed it off, or a note that nobody has."""
        signed = ", ".join(f"{one.name} ({one.role}) on {one.on}" for one in self.signed_off)
        return f"signed off by {signed}" if signed else NOT_SIGNED_OFF


def versions(archive: Traversable = ARCHIVE) -> tuple[str, ...]:
    """Every release, oldest first."""
    if not archive.is_dir():
        return ()
    return tuple(sorted(entry.name for entry in archive.iterdir() if (entry / "release.toml").is_file()))


def release(version: str, archive: Traversable = ARCHIVE) -> Release:
    """One release.

    Raises ReleaseError for a version that there is not, and for tables changed since they were released.
    """
    known = versions(archive)
    if version not in known:
        raise ReleaseError(f"tables = {version!r}: expected one of {', '.join(known) or 'none'}")
    folder = archive / version
    said: dict[str, Any] = tomllib.loads((folder / "release.toml").read_text(encoding="utf-8"))
    digest = digest_of(folder)
    if said["digest"] != digest:
        raise ReleaseError(
            f"tables = {version!r}: its files have changed since it was released "
            f"(digest {digest}, expected {said['digest']})"
        )
    signed = tuple(SignOff(**one) for one in said.get("sign_off", ()) if one["digest"] == digest)
    return Release(version, said["released"], digest, signed, folder)


def digest_of(folder: Traversable) -> str:
    """A hash of every table, and of the sources, in a folder."""
    read = hashlib.sha256((folder / "sources.toml").read_bytes())
    for name, text in sorted(texts_of(folder).items()):
        read.update(f"\0{name}\0".encode())
        read.update(text.encode())
    return read.hexdigest()[:_DIGITS]


def texts_of(folder: Traversable) -> dict[str, str]:
    """The text of every table in a folder, by its name."""
    tables = (file for file in (folder / "tables").iterdir() if file.name.endswith(".csv"))
    return {file.name.removesuffix(".csv"): file.read_text(encoding="utf-8") for file in tables}


def own_tables() -> Traversable:
    """The folder of the tables that this software came with, released or not."""
    return _KNOWLEDGE


def own_version(archive: Traversable = ARCHIVE) -> str:
    """Which release the software's own tables are; "" when they were changed since."""
    own = digest_of(own_tables())
    return next((one for one in reversed(versions(archive)) if release(one, archive).digest == own), "")


def readable_release(version: str, archive: Traversable = ARCHIVE) -> Release:
    """A release whose tables hold all that the rules of this software read.

    Raises ReleaseError for a release that does not exist, was changed, or lacks a table or a column.
    """
    found = release(version, archive)
    _refuse_what_lacks_columns(found)
    return found


def _refuse_what_lacks_columns(found: Release) -> None:
    theirs = {name: _columns(text) for name, text in texts_of(found.folder).items()}
    lacks = [
        f"{name}.csv" if name not in theirs else f"{name}.csv lacks {', '.join(sorted(missing))}"
        for name, text in sorted(texts_of(own_tables()).items())
        if name not in OF_THE_SOFTWARE and (missing := _columns(text) - theirs.get(name, frozenset()))
    ]
    if lacks:
        raise ReleaseError(
            f"tables = {found.version!r}: these tables are too old for the rules of this software: "
            + "; ".join(lacks)
        )


def _columns(text: str) -> frozenset[str]:
    return frozenset(next(csv.reader(io.StringIO(text)), ())) - set(holds_for.COLUMNS)
