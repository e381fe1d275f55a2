"""The publications that the tables cite."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from importlib.resources.abc import Traversable
from typing import Any, Self

from cards.knowledge.releases import own_tables


class Grade(StrEnum):
    """How strong a source is, strongest first."""

    REGULATOR = "A"  # regulator label
    GUIDELINE = "B"  # consensus guideline
    TRIAL = "C"  # trial or cohort
    SECONDARY = "D"  # compendium, review, local protocol
    SUMMARY = "E"  # the clinical summary that the project implements, without a further source
    PROJECT = "P"  # a choice of this project, stated as such


class UnknownSourceError(LookupError):
    """A table row cites a source that sources.toml does not hold."""


@dataclass(frozen=True, slots=True)
class Source:
    """One publication. `checked` is the day a person last compared the tables with it."""

    key: str
    label: str
    url: str
    grade: Grade
    checked: date
    published: str  # as precise as known: "2026-01", "2019"
    licence: str


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

        Raises KeyError or ValueError for an incomplete entry: start-up stops.
        """
        own = own_tables()
        entries = _entries(own) | (_entries(folder) if folder != own else {})
        return cls(
            {
                key: Source(
                    key=key,
                    label=entry["label"],
                    url=entry["url"],
                    grade=Grade(entry["grade"]),
                    checked=entry["checked"],
                    published=str(entry["published"]),
                    licence=entry["licence"],
                )
                for key, entry in entries.items()
            }
        )

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
