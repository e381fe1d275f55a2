"""Tables: the one reader of knowledge tables; what it refuses, it names by file, line and column."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources.abc import Traversable
from sys import intern
from typing import TypeVar

from cards.knowledge.releases import OF_THE_SOFTWARE, own_tables
from cards.knowledge.sources import Citation, Grade, Sources, UnknownSourceError

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
            raise self._error(column, "is not in this row") from None

    def number(self, column: str) -> float:
        """The cell as a number."""
        cell = self.text(column)
        try:
            return float(cell)
        except ValueError:
            raise self._error(column, f"holds {cell!r}: expected a number") from None

    def number_or_none(self, column: str) -> float | None:
        """The cell as a number, None when empty."""
        return self.number(column) if self.text(column) else None

    def count_or_none(self, column: str) -> int | None:
        """The cell as a whole number, None when empty."""
        cell = self.text(column)
        if not cell:
            return None
        if not cell.isdigit():
            raise self._error(column, f"holds {cell!r}: expected a whole number")
        return int(cell)

    def flag(self, column: str) -> bool:
        """The cell as yes or no."""
        cell = self.text(column)
        if cell not in ("yes", "no"):
            raise self._error(column, f"holds {cell!r}: expected yes or no")
        return cell == "yes"

    def member(self, column: str, kind: type[Member]) -> Member:
        """The cell as a member of `kind`, by its value."""
        cell = self.text(column)
        try:
            return kind(cell)
        except ValueError:
            raise self._error(column, f"holds {cell!r}: expected one of {[m.value for m in kind]}") from None

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
            raise self._error("source", str(error)) from None

    def _error(self, column: str, what: str) -> TableError:
        return TableError(f"{self.table}.csv, line {self.line}, column {column!r} {what}")


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of a folder, but for those that describe the software: they are always its own."""

    folder: Traversable
    sources: Sources

    def rows(self, name: str) -> Iterator[Row]:
        """The rows of `tables/<name>.csv`, in order.

        Raises TableError for a row with too many or too few cells.
        """
        folder = own_tables() if name in OF_THE_SOFTWARE else self.folder
        reader = csv.reader(io.StringIO((folder / "tables" / f"{name}.csv").read_text(encoding="utf-8")))
        heading = next(reader, [])
        for cells in reader:
            if len(cells) != len(heading):
                raise TableError(f"{name}.csv, line {reader.line_num}: not as many cells as the heading")
            yield Row(name, reader.line_num, dict(zip(heading, cells, strict=True)), self.sources)
