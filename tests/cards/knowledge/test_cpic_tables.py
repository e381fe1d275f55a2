"""Our CPIC tables hold what CPIC's tables hold, cell for cell."""

import copy

import pytest

from tests.builders import KNOWLEDGE
from tests.cards.knowledge.cpic_tables import EXPECTED, table

OURS = (
    *EXPECTED,
    "retired_alleles",
    "unphased_diplotypes",
)


@pytest.mark.parametrize("name", EXPECTED)
def test_table_is_cpics_cell_for_cell(name):
    assert table(name) == EXPECTED[name]()


@pytest.mark.parametrize("name", EXPECTED)
def test_one_altered_cell_anywhere_would_be_seen(name):
    expected = copy.deepcopy(EXPECTED[name]())
    rows = table(name)

    unseen = [
        (number, column)
        for number, row in enumerate(rows)
        for column, cell in row.items()
        if _altered(rows, number, column, cell) == expected
    ]

    assert unseen == []
    assert rows == expected


def _altered(rows, number, column, cell):
    altered = copy.copy(rows)
    altered[number] = {**rows[number], column: f"{cell}1"}
    return altered


@pytest.mark.parametrize("name", OURS)
def test_every_row_has_a_known_source_and_says_where(name):
    sources = KNOWLEDGE.sources.all

    unsourced = [row for row in table(name) if row["source"] not in sources or not row["locator"]]

    assert unsourced == []


def test_there_are_as_many_rows_as_cpic_has():
    counts = {name: len(table(name)) for name in EXPECTED}

    assert counts == {
        "allele_functions": 49 + 20,
        "phenotypes": 15 + 10,
        "phenotypes_before_2026_02": 10,
        "genotype_doses": 3 * 35,
        "dpwg_advice": 16,
        "fda_statements": 9,
        "tpmt_activity": 4,
    }
