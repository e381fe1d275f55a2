import gzip
from itertools import pairwise

import pytest

from cds_service.replay.lines import LONGEST_LINE, lines_of
from cds_service.replay.sources import SourceFile

CONTENTS = {
    "ends with a newline": b"one\ntwo\n\nfour\n",
    "does not end with one": b"one\n\n\ntwo",
    "begins with empty lines": b"\n\none\n",
    "is one line": b"one",
    "is empty": b"",
}


def whole(path):
    return [line for lines in lines_of(SourceFile(str(path), path.stat().st_size)) for line in lines]


def in_parts(path, *cuts):
    """The lines of each part, with the bytes of the file cut at some places."""
    places = [0, *cuts, None]
    files = [SourceFile(str(path), 1, start, end) for start, end in pairwise(places)]
    return [[line for lines in lines_of(file) for line in lines] for file in files]


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_each_line_begins_in_exactly_one_part(content, tmp_path):
    file = tmp_path / "a.ndjson"
    file.write_bytes(content)
    expected = content.split(b"\n")[: None if content and not content.endswith(b"\n") else -1]

    assert whole(file) == expected
    for first in range(1, len(content)):
        for second in range(first + 1, len(content)):
            parts = in_parts(file, first, second)
            assert [line for part in parts for line in part] == expected, (first, second)
            assert len(parts[0]) == content[: first - 1].count(b"\n") + 1


def test_lines_that_lie_in_two_blocks_come_whole(tmp_path):
    lines = [b"%06d" % number + b"x" * (number % 5_000) for number in range(2_000)]
    file = tmp_path / "a.ndjson"
    file.write_bytes(b"\n".join(lines))

    assert whole(file) == lines
    assert [line for part in in_parts(file, 1_500_000, 3_000_001) for line in part] == lines


def test_a_byte_order_mark_at_the_beginning_is_no_part_of_the_line(tmp_path):
    file = tmp_path / "a.ndjson"
    file.write_bytes(b"\xef\xbb\xbfone\n\xef\xbb\xbftwo\n")

    assert whole(file) == [b"one", b"\xef\xbb\xbftwo"]


@pytest.mark.parametrize("cuts", [(), (2,), (10, 1_000_000), (LONGEST_LINE * 2,)])
def test_a_line_beyond_the_limit_comes_too_long_and_its_neighbours_whole(cuts, tmp_path):
    file = tmp_path / "a.ndjson"
    file.write_bytes(b"one\n" + b"x" * (LONGEST_LINE * 3) + b"\ntwo\n")

    lines = [line for part in in_parts(file, *cuts) for line in part]

    assert [line if len(line) <= LONGEST_LINE else "too long" for line in lines] == [
        b"one",
        "too long",
        b"two",
    ]
    assert len(lines[1]) <= LONGEST_LINE * 2 + 2


def test_compressed_lines_are_the_same(tmp_path):
    file = tmp_path / "a.ndjson.gz"
    file.write_bytes(gzip.compress(b"one\ntwo\n"))

    assert whole(file) == [b"one", b"two"]
