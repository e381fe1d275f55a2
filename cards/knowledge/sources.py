"""The publications that the tables cite."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from importlib.resources.abc import Traversable
from typing import Any, Self, TypeVar

from cards.knowledge.releases import own_tables

_Member = TypeVar("_Member", bound=StrEnum)
_REQUIRED = ("label", "url", "grade", "checked", "published", "licence")
_TEXTS = ("publisher", "set_id", "section", "doi", "pmid", "version", "document", "superseded_by")
_OPTIONAL = ("kind", "read", *_TEXTS)


class Grade(StrEnum):
    """How strong a source is, strongest first."""

    REGULATOR = "A"  # regulator label
    GUIDELINE = "B"  # consensus guideline
    TRIAL = "C"  # trial or cohort
    SECONDARY = "D"  # compendium, review, local protocol
    SUMMARY = "E"  # the clinical summary that the project implements, without a further source
    PROJECT = "P"  # a choice of this project, stated as such


class SourceKind(StrEnum):
    """What sort of publication a source is."""

    LABEL = "label"  # by a set id, a section and a version
    GUIDELINE = "guideline"  # by a DOI or PMID
    DATA = "data release"  # by a version
    ARTICLE = "article"  # by a DOI or PMID
    NOTICE = "regulator notice"
    PROTOCOL = "protocol"  # of a hospital or a study group
    COMPENDIUM = "compendium"
    LABORATORY = "laboratory page"
    SUMMARY = "clinical summary"
    PROJECT = "project choice"


class HowRead(StrEnum):
    """How much of what is cited a person has read."""

    WHOLE = "whole"  # the whole of the part that is cited
    EXCERPT = "excerpt"  # a part of it, or an abstract
    QUOTED = "quoted"  # as another text or a machine copy repeats it


class UnknownSourceError(LookupError):
    """A table row cites a source that sources.toml does not hold."""


class SourceEntryError(ValueError):
    """An entry of sources.toml that cannot be trusted; the service does not start."""


@dataclass(frozen=True, slots=True)
class Source:
    """One publication. `checked` is the day a person last compared the tables with it; None is not recorded."""

    key: str
    label: str
    url: str  # where it was read, and what cards link to
    grade: Grade
    checked: date
    published: str  # as precise as known: "2026-01", "2019"
    licence: str
    kind: SourceKind | None
    publisher: str | None
    set_id: str | None  # of a label
    section: str | None  # of a label
    doi: str | None
    pmid: str | None
    version: str | None  # as the publisher calls it
    how_read: HowRead | None
    document: str | None  # the address of the document itself: not a home page, nor a copy elsewhere
    superseded_by: str | None  # the key of the source that replaced it


@dataclass(frozen=True, slots=True)
class Citation:
    """A place in a publication, and how strong it is there."""

    source: Source
    locator: str
    grade: Grade  # of this statement; at most that of its source
    strength: str = ""  # the publication's own word: "Strong", "Moderate"

    def __str__(self) -> str:
        parts = [self.source.label]
        if self.locator:
            parts.append(self.locator)
        if self.strength:
            parts.append(f"recommendation: {self.strength}")
        return f"{', '.join(parts)} (grade {self.grade})"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Sources:
    """Every publication by its key."""

    all: Mapping[str, Source]

    @classmethod
    def read(cls, folder: Traversable) -> Self:
        """The sources of a folder, and of the software, whose rules may be newer than the folder.

        Raises SourceEntryError for an entry that lacks a key, or has one that is unknown or does not fit.
        """
        own = own_tables()
        entries = _entries(own) | (_entries(folder) if folder != own else {})
        found = {key: _source(key, entry) for key, entry in entries.items()}
        for source in found.values():
            if source.superseded_by is not None and source.superseded_by not in found:
                raise _error(
                    source.key, "superseded_by", f"holds {source.superseded_by!r}: expected a source"
                )
        return cls(found)

    def cite(self, key: str, locator: str = "", strength: str = "", grade: Grade | None = None) -> Citation:
        """A citation of the source `key`.

        Raises UnknownSourceError for a key that sources.toml lacks.
        """
        try:
            source = self.all[key]
        except KeyError:
            raise UnknownSourceError(f"source {key!r} is not in sources.toml") from None
        return Citation(source, locator, grade or source.grade, strength)


def _entries(folder: Traversable) -> dict[str, Any]:
    return tomllib.loads((folder / "sources.toml").read_text(encoding="utf-8"))


def _source(key: str, entry: dict[str, Any]) -> Source:
    for missing in [name for name in _REQUIRED if name not in entry]:
        raise _error(key, missing, "is missing")
    for unknown in [name for name in entry if name not in (*_REQUIRED, *_OPTIONAL)]:
        raise _error(key, unknown, "is unknown")
    if type(entry["checked"]) is not date:
        raise _error(key, "checked", f"holds {entry['checked']!r}: expected a day")
    return Source(
        key=key,
        label=entry["label"],
        url=entry["url"],
        grade=_member(key, "grade", entry["grade"], Grade),
        checked=entry["checked"],
        published=str(entry["published"]),
        licence=entry["licence"],
        kind=_member(key, "kind", entry["kind"], SourceKind) if "kind" in entry else None,
        how_read=_member(key, "read", entry["read"], HowRead) if "read" in entry else None,
        **{name: entry.get(name) for name in _TEXTS},
    )


def _member(key: str, name: str, value: str, kind: type[_Member]) -> _Member:
    try:
        return kind(value)
    except ValueError:
        raise _error(key, name, f"holds {value!r}: expected one of {[one.value for one in kind]}") from None


def _error(key: str, name: str, what: str) -> SourceEntryError:
    return SourceEntryError(f"sources.toml, source {key!r}, key {name!r} {what}")
