"""A number changed in its cell is changed in every line that prints it, and the old one stands nowhere beside it."""

import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from cards.engine import advise
from cards.knowledge import sources
from cards.knowledge.holds_for import COLUMNS
from cards.knowledge.knowledge import Knowledge
from cards.knowledge.number_words import (
    a_share,
    count,
    decimal,
    interval,
    percent,
    ratio,
    share,
    times,
    weeks,
)
from cards.knowledge.releases import OF_THE_SOFTWARE, own_tables
from cards.wording import number
from cds_service.answering import pipeline
from tests.builders import KNOWLEDGE
from tests.copied_tables import CopiedTables
from tests.stories import all_stories

pytestmark = pytest.mark.slow

TABLES = sorted({file.stem for file in (Path(str(own_tables())) / "tables").glob("*.csv")} - OF_THE_SOFTWARE)
NUMBER = re.compile(r"\d+(\.\d+)?")
DATE = re.compile(r"\d{4}-\d\d(-\d\d)?|\(schedule profile: \w+\)")
# What a rule works out from the dates of a record.
OF_THE_PATIENT = {("sequence", "14"): "the days since the corticosteroid began"}
FACTORS = (1.37, 0.73, 1.13, 0.88)  # to numbers that nothing else prints; the first that the tables allow


@dataclass(frozen=True)
class Cell:
    """A number of a table."""

    table: str
    line: int  # of the rows, from 0
    column: str
    text: str

    def changed(self, factor: float) -> str:
        value = float(self.text) * factor
        if "." in self.text:
            return f"{value:.2f}"
        return str(round(value) if round(value) != int(self.text) else int(self.text) + 1)

    @property
    def forms(self) -> set[str]:
        """As what a sentence may print it."""
        value = float(self.text)
        forms = {number(value), decimal(value), self.text}
        if 0 < value < 1:
            forms |= {share(value), a_share(value), ratio(value), f"{percent(value)} %", f"{percent(value)}-"}
        elif value.is_integer():
            forms |= {count(value), times(value)} - {"once", "one", "zero"}
        if "day" in self.column or self.column == "value":
            forms |= {interval(value)} | ({f"{weeks(value)} weeks"} if value % 7 == 0 else set())
        return forms


def holds(line: str, form: str) -> int:
    """How often a line prints a form, as a number or word of its own."""
    end = "" if form[-1] in " -" else r"(?!\w|\.\d)"
    return len(re.findall(rf"(?<![\w.]){re.escape(form)}{end}", line))


@cache
def cells_of(table: str) -> list[Cell]:
    with (Path(str(own_tables())) / "tables" / f"{table}.csv").open(encoding="utf-8", newline="") as lines:
        return [
            Cell(table, line, column, cell)
            for line, row in enumerate(csv.DictReader(lines))
            for column, cell in row.items()
            if NUMBER.fullmatch(cell) and column not in COLUMNS
        ]


class ChangedTables(CopiedTables):
    """A copy whose cells are changed for a moment."""

    def with_changed(self, *cells: Cell) -> Knowledge | None:
        """The tables with these cells changed; None where they are refused, as they may be."""
        for factor in FACTORS:
            with self._written(cells, factor):
                try:
                    return self.knowledge
                except (ValueError, LookupError):
                    continue
        return None

    @contextmanager
    def _written(self, cells: tuple[Cell, ...], factor: float) -> Iterator[None]:
        files = {cell.table: self.folder / "tables" / f"{cell.table}.csv" for cell in cells}
        texts = {table: file.read_text(encoding="utf-8") for table, file in files.items()}
        for table, file in files.items():
            heading, *rows = csv.reader(texts[table].splitlines())
            for cell in (one for one in cells if one.table == table):
                rows[cell.line][heading.index(cell.column)] = cell.changed(factor)
            with file.open("w", encoding="utf-8", newline="") as lines:
                csv.writer(lines, lineterminator="\n").writerows([heading, *rows])
        try:
            yield
        finally:
            for table, file in files.items():
                file.write_text(texts[table], encoding="utf-8")


@cache
def asked() -> dict[str, tuple]:
    """What is asked of the rules in each story: the chart, the rules and the policy."""
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        for story in all_stories():
            patch.setattr(
                pipeline,
                "advise",
                lambda *call, name=story.name: found.setdefault(name, call) and advise(*call),
            )
            story.answer()
    return {name: call[:3] for name, call in found.items()}


def lines_of(name: str, knowledge: Knowledge) -> list[str]:
    """What the cards of a story say, but for days and for the places of their sources, which are quoted."""
    cards = advise(*asked()[name], knowledge).cards
    texts = [text for card in cards for text in (card.summary, card.detail.partition("**Source**")[0])]
    labels = [one.label for card in cards for one in card.suggestions]
    return [DATE.sub("a day", line) for text in (*texts, *labels) for line in text.splitlines()]


def kind_of(line: str) -> str:
    """A line without its numbers."""
    return re.sub(r"[\d.]+", "#", line)


def fewest(lines: dict[str, list[str]]) -> list[str]:
    """As few of the stories as hold every kind of these lines."""
    by_kind: dict[str, list[str]] = {}
    for name, its in lines.items():
        for line in its:
            by_kind.setdefault(kind_of(line), []).append(name)
    found: dict[str, None] = {}
    for names in sorted(by_kind.values(), key=len):
        if found.keys().isdisjoint(names):
            found[names[0]] = None
    return list(found)


@cache
def now() -> dict[str, list[str]]:
    """What the cards of as few stories say as hold every kind of line."""
    said = {name: lines_of(name, KNOWLEDGE) for name in asked()}
    return {name: said[name] for name in fewest(said)}


def changed_lines(name: str, knowledge: Knowledge) -> list[str]:
    """The lines that a story has only with these tables."""
    return [line for line in lines_of(name, knowledge) if line not in now()[name]]


def that_print(
    cells: list[Cell], names: list[str], tables: ChangedTables
) -> Iterator[tuple[Cell, str, list[str]]]:
    """Each cell that a story prints, that story, and the lines that a change of the cell changes.

    Cells are changed many at a time, and apart only where that changes something.
    """
    knowledge = tables.with_changed(*cells)
    if knowledge is None:
        changed = {name: [] for name in names}
    else:
        every = {name: changed_lines(name, knowledge) for name in names}
        changed = {name: every[name] for name in fewest(every)}
    if len(cells) == 1:
        yield from ((cells[0], name, lines) for name, lines in changed.items())
    elif changed:
        middle = len(cells) // 2
        yield from that_print(cells[:middle], [*changed], tables)
        yield from that_print(cells[middle:], [*changed], tables)


@pytest.fixture
def changing(tmp_path, monkeypatch):
    """Only cells of tables change: what they cite is read once, and not with each of hundreds of changes."""
    monkeypatch.setattr(sources, "_entries", cache(sources._entries))
    return ChangedTables(tmp_path / "releases")


@pytest.mark.parametrize("table", [table for table in TABLES if cells_of(table)])
def test_no_line_prints_the_old_number_beside_the_new_one(table, changing):
    kept = [
        (cell, name, line)
        for cell, name, lines in that_print(cells_of(table), [*now()], changing)
        for line in lines
        for form in cell.forms
        if holds(line, form) and not is_of_another(form, line, cell, name, changing)
    ]

    assert kept == []


def is_of_another(form: str, line: str, cell: Cell, name: str, tables: ChangedTables) -> bool:
    """Whether an old number that stayed in a changed line is one of the patient, or comes of other cells."""
    if holds(patient_of(name), form) or (cell.table, form) in OF_THE_PATIENT:
        return True
    nearest = sorted(TABLES, key=lambda table: table != cell.table)
    return any(is_changed_by(table, form, line, cell, name, tables) for table in nearest)


def is_changed_by(table: str, form: str, line: str, cell: Cell, name: str, tables: ChangedTables) -> bool:
    """Whether it goes when every other number of a table changes as well."""
    knowledge = tables.with_changed(cell, *(other for other in cells_of(table) if other != cell))
    lines = lines_of(name, knowledge) if knowledge else [line]
    same = max(lines, key=lambda one: len({*one.split()} & {*line.split()}), default=line)
    return holds(same, form) < holds(line, form)


@cache
def patient_of(name: str) -> str:
    """The numbers that the patient's record holds."""
    story = next(one for one in all_stories() if one.name == name)
    return " ".join(re.findall(r"(?<![\w.-])\d+(?:\.\d+)?(?![\w-])", story.request_body().decode()))
