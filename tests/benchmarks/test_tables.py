"""What `make bench` prints, and what docs/performance.md gets."""

import pytest

from benchmarks.sheets import Sheet
from benchmarks.tables import heading, sheets
from tests.benchmarks.results import results


def sheet_named(beginning, run):
    (found,) = [sheet for sheet in sheets(run) if sheet.title.startswith(beginning)]
    return found


def test_the_heading_says_what_was_measured_where_and_when():
    assert (
        heading(results())
        == "2026-11-25, commit aaaaaaa, Some CPU, 2 cores, Python 3.11.7; load 0.1 at the start"
    )


@pytest.mark.parametrize(
    ("beginning", "row"),
    [
        (
            "CPU of one request in one process",
            # 2.0 by 0.5, and by 0.25
            ("2 kB", "2,000", "2.00", "3.00", "2.50", "0.50", "0.50", "4.00", "0.25", "8.00", "100"),
        ),
        # 3.0 ms by a floor of 0.5
        ("Over HTTP, prefetch sent", ("2 kB", "8", "ES384", "20.0", "40.0", "300.0", "3.0", "6.0", "120")),
        (
            "Over HTTP, prefetch absent",
            # 121 by 2 x 50 + 10
            ("20 resources", "50", "1", "2", "10", "121", "150", "1.10", "20.0", "118"),
        ),
        ("Toy handlers", ("Flask on gunicorn", "2 kB", "1.5", "3.0", "2.00", "4.0", "40")),
        ("From the start", ("0.90", "1.10", "0.80")),
    ],
)
def test_a_row_holds_what_was_measured_and_its_ratio(beginning, row):
    assert sheet_named(beginning, results()).rows == (row,)


def test_growth_ends_with_the_slopes_and_the_rules_alone():
    assert sheet_named("CPU of a request by number", results()).rows == (
        ("100", "5.0", "15.0"),
        ("1,000", "10.0", "100.0"),
        ("one more", "5.0 µs", "90.0 µs"),
        ("rules alone, 1,000 read", "", "1.50"),
    )


def test_parts_that_were_not_measured_have_no_table():
    run = {name: part for name, part in results().items() if name not in ("start_up", "peers", "over_http")}

    assert [sheet.title for sheet in sheets(run)] == [
        "CPU of one request in one process, ms",
        "CPU of a request by number of Observations, ms",
        "Over HTTP, prefetch absent, one worker",
    ]


def test_every_row_has_a_cell_for_every_column():
    assert [
        sheet.title
        for sheet in sheets(results())
        if any(len(row) != len(sheet.columns) for row in sheet.rows)
    ] == []


def test_a_sheet_as_markdown():
    assert Sheet("Some title", ("a", "b"), (("1", "2"), ("3", "4"))).markdown == (
        "Some title:\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |"
    )
