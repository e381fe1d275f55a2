"""Tables: the one reader of knowledge tables; what it refuses, it names by file, line and column."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from importlib.resources.abc import Traversable
from itertools import combinations
from sys import intern
from types import MappingProxyType
from typing import NamedTuple, Self, TypeVar

from cards.knowledge.holds_for import ABOUT, ANY, ANYONE, COLUMNS, HoldsFor, closest
from cards.knowledge.releases import OF_THE_SOFTWARE, own_tables
from cards.knowledge.sources import Citation, Grade, Sources, UnknownSourceError
from cards.model.protocol import NOTHING_KNOWN, Group, Protocol

_GROUPS = MappingProxyType({ANY: None} | {group.value: group for group in Group})
_COUNTRY = re.compile("[A-Z]{2}")  # ISO 3166-1
Member = TypeVar("Member", bound=StrEnum)


class TableError(ValueError):
    """A knowledge table that cannot be trusted; the service does not start."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table; each reader names file, line and column when the cell is not what it should be."""

    table: str
    line: int
    cells: dict[str, str]
    sources: Sources

    def text(self, column: str) -> str:
        """The cell as written, spaces trimmed; "" when empty."""
        try:
            return intern(self.cells[column].strip())  # many cells say the same
        except (KeyError, AttributeError):
            raise self.error(column, "is not in this row") from None

    def number(self, column: str) -> float:
        """The cell as a number."""
        cell = self.text(column)
        try:
            return float(cell)
        except ValueError:
            raise self.error(column, f"holds {cell!r}: expected a number") from None

    def number_or_none(self, column: str) -> float | None:
        """The cell as a number, None when empty."""
        return self.number(column) if self.text(column) else None

    def count_or_none(self, column: str) -> int | None:
        """The cell as a whole number, None when empty."""
        cell = self.text(column)
        if not cell:
            return None
        if not cell.isdigit():
            raise self.error(column, f"holds {cell!r}: expected a whole number")
        return int(cell)

    def flag(self, column: str) -> bool:
        """The cell as yes or no."""
        cell = self.text(column)
        if cell not in ("yes", "no"):
            raise self.error(column, f"holds {cell!r}: expected yes or no")
        return cell == "yes"

    def member(self, column: str, kind: type[Member]) -> Member:
        """The cell as a member of `kind`, by its value."""
        cell = self.text(column)
        try:
            return kind(cell)
        except ValueError:
            raise self.error(column, f"holds {cell!r}: expected one of {[m.value for m in kind]}") from None

    def citation(self) -> Citation:
        """What the row rests on: `source`, `locator`, and `grade` and `strength` where it has them."""
        grade = self.cells.get("grade")
        try:
            return self.sources.cite(
                self.text("source"),
                self.text("locator"),
                (self.cells.get("strength") or "").strip(),
                self.member("grade", Grade) if grade else None,
            )
        except UnknownSourceError as error:
            raise self.error("source", str(error)) from None

    def holds_for(self) -> HoldsFor:
        """For whom the row holds: `disease_group`, `country`, `age_from` and `age_below` (years), or `any`."""
        if all(self.text(column) == ANY for column in COLUMNS):
            return ANYONE
        found = HoldsFor(self._group(), self._country(), self._age("age_from"), self._age("age_below"))
        if found.is_for_no_age:
            raise self.error("age_below", f"holds {self.text('age_below')!r}: expected more than age_from")
        return found

    def _group(self) -> Group | None:
        cell = self.text("disease_group")
        if cell not in _GROUPS:
            raise self.error("disease_group", f"holds {cell!r}: expected one of {list(_GROUPS)}")
        return _GROUPS[cell]

    def _country(self) -> str | None:
        cell = self.text("country")
        if cell != ANY and not _COUNTRY.fullmatch(cell):
            raise self.error("country", f"holds {cell!r}: expected any, or two letters such as US")
        return None if cell == ANY else cell

    def _age(self, column: str) -> float | None:
        return None if self.text(column) == ANY else self.number(column)

    def error(self, column: str, what: str) -> TableError:
        """A refusal of one cell, by file, line and column."""
        return TableError(f"{self.table}.csv, line {self.line}, column {column!r} {what}")


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of a folder as they hold for a patient; those that describe the software are always its own."""

    folder: Traversable
    sources: Sources
    protocol: Protocol | None = NOTHING_KNOWN  # None: every row, whoever it holds for

    def rows(self, name: str) -> Iterator[Row]:
        """The rows of `tables/<name>.csv` that hold, in order; of those about the same thing only the closest.

        Raises TableError for a row with too many or too few cells, for one that does not say for whom it
        holds, and for two about the same thing that hold for the same patients and neither more closely.
        """
        if self.protocol is None or name not in ABOUT:
            return self._every_row(name)
        claims = [_Claim(row.holds_for(), row) for row in self._every_row(name)]
        if all(claim.holds_for is ANYONE for claim in claims):
            return iter([claim.row for claim in claims])
        rivals = _competing(claims, ABOUT[name])
        closest_rows = (row for each in rivals for row in _closest(each, self.protocol))
        return iter(sorted(closest_rows, key=lambda row: row.line))

    def held_rows(self, name: str) -> Iterator[tuple[HoldsFor, Row]]:
        """Every row with the patients for whom it holds, for a reader that is asked with the protocol of each.

        Raises TableError as `rows` does.
        """
        claims = [_Claim(row.holds_for(), row) for row in self._every_row(name)]
        for rivals in _competing(claims, ABOUT[name]):
            _refuse_overlaps(rivals)
        return iter([(claim.holds_for, claim.row) for claim in claims])

    def of_group(self, group: Group) -> Self:
        """The same tables for the patients of one group."""
        return self if self.protocol is None else replace(self, protocol=replace(self.protocol, group=group))

    def _every_row(self, name: str) -> Iterator[Row]:
        folder = own_tables() if name in OF_THE_SOFTWARE else self.folder
        reader = csv.reader(io.StringIO((folder / "tables" / f"{name}.csv").read_text(encoding="utf-8")))
        heading = next(reader, [])
        for cells in reader:
            if len(cells) != len(heading):
                raise TableError(f"{name}.csv, line {reader.line_num}: not as many cells as the heading")
            yield Row(name, reader.line_num, dict(zip(heading, cells, strict=True)), self.sources)


class _Claim(NamedTuple):
    """A row, and for whom it holds."""

    holds_for: HoldsFor
    row: Row


def _competing(claims: list[_Claim], about: tuple[str, ...]) -> list[list[_Claim]]:
    """The claims in groups of those about the same thing."""
    competing: dict[tuple[str, ...], list[_Claim]] = {}
    for claim in claims:
        key = tuple([claim.row.text(column) for column in about])
        competing.setdefault(key, []).append(claim)
    return list(competing.values())


def _refuse_overlaps(claims: list[_Claim]) -> None:
    for one, other in combinations({claim.holds_for: claim for claim in claims}.values(), 2):
        if one.holds_for.overlaps(other.holds_for):
            raise TableError(
                f"{one.row.table}.csv, lines {one.row.line} and {other.row.line}: their ages overlap"
            )


def _closest(claims: list[_Claim], protocol: Protocol) -> tuple[Row, ...]:
    """Of rows about the same thing, those that hold for a patient most closely; () where none holds."""
    _refuse_overlaps(claims)
    return closest(claims, protocol)
