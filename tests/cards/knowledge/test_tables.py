"""The one reader of knowledge tables: what it refuses, it names by file, line and column."""

import pytest

from cards.knowledge.releases import own_tables, texts_of
from cards.knowledge.sources import Grade
from cards.knowledge.tables import Row, TableError, Tables
from cards.model.therapy import Drug
from tests.builders import KNOWLEDGE, OWN_TABLES

SOURCES = KNOWLEDGE.sources


def row(**cells):
    return Row("doses", 7, cells, SOURCES)


def test_cells_are_read_by_kind():
    cells = row(text="  a b ", number="1.5", count="12", flag="yes", drug="azathioprine", empty=" ")

    assert cells.text("text") == "a b"
    assert cells.number("number") == 1.5
    assert cells.number_or_none("number") == 1.5
    assert cells.number_or_none("empty") is None
    assert cells.count_or_none("count") == 12
    assert cells.count_or_none("empty") is None
    assert cells.flag("flag") is True
    assert row(flag="no").flag("flag") is False
    assert cells.member("drug", Drug) is Drug.AZATHIOPRINE


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (lambda cells: cells.text("other"), "doses.csv, line 7, column 'other' is not in this row"),
        (lambda cells: cells.text("none"), "doses.csv, line 7, column 'none' is not in this row"),
        (lambda cells: cells.number("bad"), "doses.csv, line 7, column 'bad' holds 'x': expected a number"),
        (lambda cells: cells.count_or_none("half"), "column 'half' holds '1.5': expected a whole number"),
        (lambda cells: cells.flag("bad"), "column 'bad' holds 'x': expected yes or no"),
        (
            lambda cells: cells.member("bad", Grade),
            r"column 'bad' holds 'x': expected one of \['A', 'B', 'C', 'D', 'E', 'P'\]",
        ),
        (lambda cells: cells.citation(), "column 'source' source 'hearsay' is not in sources.toml"),
    ],
)
def test_a_bad_cell_is_named(read, message):
    cells = row(bad="x", half="1.5", none=None, source="hearsay", locator="")

    with pytest.raises(TableError, match=message):
        read(cells)


def test_a_row_cites_its_source_with_its_own_grade_and_strength():
    assert row(source="bsg-2019", locator="Table 10").citation() == KNOWLEDGE.cite("bsg-2019", "Table 10")
    assert row(source="bsg-2019", locator="", grade="D", strength="Strong ").citation() == KNOWLEDGE.cite(
        "bsg-2019", "", "Strong", Grade.SECONDARY
    )


@pytest.fixture
def table(tmp_path):
    """Writes a table and reads it."""

    def write(text):
        (tmp_path / "tables").mkdir()
        (tmp_path / "tables" / "made.csv").write_text(text, encoding="utf-8")
        return Tables(tmp_path, SOURCES).rows("made")

    return write


def test_rows_come_in_order_with_their_lines(table):
    assert list(table('a,b\n1,"x, y"\n2,z\n')) == [
        Row("made", 2, {"a": "1", "b": "x, y"}, SOURCES),
        Row("made", 3, {"a": "2", "b": "z"}, SOURCES),
    ]


@pytest.mark.parametrize("line", ["1", "1,2,3"])
def test_a_row_with_too_few_or_too_many_cells_is_refused(table, line):
    with pytest.raises(TableError, match=r"^made\.csv, line 3: not as many cells as the heading$"):
        list(table(f"a,b\n1,2\n{line}\n"))


def test_every_table_has_as_many_cells_in_each_row_as_in_its_heading():
    for name in texts_of(own_tables()):
        assert list(OWN_TABLES.rows(name)), name


def test_tables_that_describe_the_software_are_its_own_in_every_folder(tables):
    tables.edit("renal_doses", ",0.25,", ",0.3,")
    tables.edit("placement", ",card,", ",line,")
    copied = Tables(tables.folder, SOURCES)

    same = {
        name: [row.cells for row in copied.rows(name)] == [row.cells for row in OWN_TABLES.rows(name)]
        for name in ("renal_doses", "placement")
    }

    assert same == {"renal_doses": False, "placement": True}
