"""The lines of a file, or of a part of one, some at a time."""

from collections.abc import Iterator
from typing import IO

import fsspec

from cds_service.replay.sources import SourceFile

LONGEST_LINE = 8 * 1024 * 1024
_BLOCK = 1024 * 1024
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def lines_of(file: SourceFile) -> Iterator[list[bytes]]:
    """The lines that begin in a part of a file, without their ends, as many at a time as a block holds.

    Each line of a file begins in exactly one part. Of a line that is longer than LONGEST_LINE at least
    one byte more than that comes, and the rest of it may be missing: so much and a block is in memory at most.
    """
    with fsspec.open(file.path, "rb", compression="infer") as opened:
        at, pending = 0, b""
        begins_before = file.start > 0
        if begins_before:
            at = file.start - 1  # its newline, where a line begins with the part
            opened.seek(at)
        while block := opened.read(_BLOCK if file.end is None else min(_BLOCK, file.end - at)):
            lines = block.split(b"\n")
            lines[0] = pending + lines[0]
            if at == 0:
                lines[0] = lines[0].removeprefix(_BYTE_ORDER_MARK)
            at += len(block)
            pending = lines.pop()[: LONGEST_LINE + 1]
            if begins_before and lines:
                del lines[0]
                begins_before = False
            yield lines
        if pending and not begins_before:
            yield [pending if file.end is None else pending + _to_the_end_of_the_line(opened)]


def _to_the_end_of_the_line(opened: IO[bytes]) -> bytes:
    found: list[bytes] = []
    room = LONGEST_LINE + 1
    while room > 0 and (block := opened.read(min(_BLOCK, room))):
        end, newline, _ = block.partition(b"\n")
        found.append(end)
        if newline:
            break
        room -= len(block)
    return b"".join(found)
