"""The CSV tables of this package; a refused cell is named by file, line and column."""

import csv
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from importlib.resources import files


class CodeTableError(ValueError):
    """A code table that cannot be trusted; the service does not start."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """One line of a table."""

    table: str
    line: int
    cells: dict[str, str]

    def text(self, column: str) -> str:
        """The cell, which may be empty."""
        try:
            return self.cells[column]
        except KeyError:
            raise self._error(column, "is missing") from None

    def filled(self, column: str) -> str:
        """The cell, which may not be empty."""
        cell = self.text(column)
        if not cell:
            raise self._error(column, "is empty")
        return cell

    def one_of(self, column: str, allowed: Collection[str]) -> str:
        """The cell, which must be one of `allowed`."""
        cell = self.text(column)
        if cell not in allowed:
            raise self._error(column, f"holds {cell!r}: expected one of {sorted(allowed)}")
        return cell

    def number_or_none(self, column: str) -> float | None:
        """The cell as a positive number, None when empty."""
        cell = self.text(column)
        if not cell:
            return None
        try:
            number = float(cell)
        except ValueError:
            number = 0.0
        if not 0 < number < float("inf"):
            raise self._error(column, f"holds {cell!r}: expected a positive number")
        return number

    def _error(self, column: str, what: str) -> CodeTableError:
        return CodeTableError(f"{self.table}, line {self.line}, column {column!r} {what}")


def packaged_rows(table: str) -> Iterator[TableRow]:
    """The rows of a CSV file of this package, in order."""
    return rows_of(table, files("fhir_mappers.terminology").joinpath(table).read_text(encoding="utf-8"))


def rows_of(table: str, text: str) -> Iterator[TableRow]:
    """The rows of CSV `text`, in order.

    Raises CodeTableError for a row with too many or too few cells.
    """
    reader = csv.DictReader(io.StringIO(text))
    for cells in reader:
        if None in cells or None in cells.values():
            raise CodeTableError(f"{table}, line {reader.line_num}: not as many cells as the heading")
        yield TableRow(table, reader.line_num, cells)
