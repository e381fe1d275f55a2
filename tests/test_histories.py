"""What a pharmacist reads from a medication history is what the service reads."""

import pytest

from tests.histories import PAGE, as_page, histories, reading_of

HISTORIES = list(histories())


def test_there_are_histories_of_every_kind_of_record():
    words = {record.split()[0] for history in HISTORIES for record in history.records}

    assert len(HISTORIES) >= 150
    assert words == {"order", "statement", "dispense", "administration"}


def test_no_two_histories_share_a_name():
    names = [(history.file, history.name) for history in HISTORIES]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("history", HISTORIES, ids=lambda history: f"{history.file}: {history.name}")
def test_the_line_is_read_as_a_pharmacist_reads_it(history):
    read = reading_of(history)

    assert (read.line, read.state, read.since) == (history.line, history.state, history.since)
    assert not history.draft_is or read.draft_is == history.draft_is


def test_the_page_to_read_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == as_page(), "run `python -m tests.histories`"
