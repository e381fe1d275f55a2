"""What changed between two releases of the tables, row by row."""

import csv
import io
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable

from cards.knowledge.holds_for import ANY, COLUMNS
from cards.knowledge.releases import texts_of

Cells = Mapping[str, str]
_SOURCES = "sources"
_ALIKE = 0.5  # of the cells: two rows that share more are the same row, changed


@dataclass(frozen=True, slots=True)
class Change:
    """A row that was added, removed or changed. `before` or `after` is None where the row did not exist."""

    table: str
    before: Cells | None
    after: Cells | None

    @property
    def kind(self) -> str:
        """`added`, `removed` or `changed`."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"

    @property
    def cells(self) -> dict[str, tuple[str, str]]:
        """The old and new value of each changed cell, by its column."""
        before, after = self.before or {}, self.after or {}
        return {
            column: (before.get(column, ""), after.get(column, ""))
            for column in dict.fromkeys((*before, *after))
            if before.get(column, "") != after.get(column, "")
        }

    @property
    def row(self) -> Cells:
        """The row as it is, or was."""
        return self.after or self.before or {}


def changes(before: Traversable, after: Traversable) -> tuple[Change, ...]:
    """Every change between the tables of two folders; that of rules.csv tells which rules came and went."""
    old, new = _rows_in(before), _rows_in(after)
    return tuple(
        change
        for table in sorted({*old, *new}, key=lambda name: (name != "rules", name))
        for change in _changes(table, old.get(table, []), new.get(table, []))
    )


def _rows_in(folder: Traversable) -> dict[str, list[Cells]]:
    found: dict[str, list[Cells]] = {
        name: [_narrowed(row) for row in csv.DictReader(io.StringIO(text))]
        for name, text in texts_of(folder).items()
    }
    sources = tomllib.loads((folder / "sources.toml").read_text(encoding="utf-8"))
    found[_SOURCES] = [
        {"source": key} | {name: str(value) for name, value in entry.items()}
        for key, entry in sources.items()
    ]
    return found


def _narrowed(row: Cells) -> Cells:
    """A row without the columns in which it holds for anyone, as every row did before there were such columns."""
    return {name: cell for name, cell in row.items() if name not in COLUMNS or cell != ANY}


def _changes(table: str, old: list[Cells], new: list[Cells]) -> list[Change]:
    gone, come = _only_in(old, new), _only_in(new, old)
    found = []
    for before in gone:
        after = max(come, key=lambda row: _likeness(before, row), default=None)
        if after is not None and _likeness(before, after) > _ALIKE:
            come.remove(after)
            found.append(Change(table, before, after))
        else:
            found.append(Change(table, before, None))
    return [*found, *(Change(table, None, row) for row in come)]


def _only_in(rows: list[Cells], others: list[Cells]) -> list[Cells]:
    left = Counter(_key(row) for row in others)
    found = []
    for row in rows:
        if left[_key(row)]:
            left[_key(row)] -= 1
        else:
            found.append(row)
    return found


def _key(row: Cells) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(row.items()))


def _likeness(one: Cells, other: Cells) -> float:
    """The share of the filled cells that are equal; none for rows that do not begin alike."""
    first = next(iter(one), "")
    filled = [column for column in {*one, *other} if one.get(column) or other.get(column)]
    if one.get(first) != other.get(first):
        return 0.0
    return sum(one.get(column) == other.get(column) for column in filled) / max(len(filled), 1)
