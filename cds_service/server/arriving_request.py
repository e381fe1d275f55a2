"""One HTTP request while its bytes arrive, until there is nothing left to wait for.

It decides only when a request can be answered without waiting for the client. What the bytes mean is for the
server's own parser: where the two could differ, the request does not count as whole.
"""

import re

LONGEST_HEAD = 64 * 1024

_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length[ \t]*:[ \t]*([^\r]*)", re.IGNORECASE)
_CHUNKS = re.compile(rb"\r\ntransfer-encoding[ \t]*:", re.IGNORECASE)
_EXPECTS = re.compile(rb"\r\nexpect[ \t]*:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)


class ArrivingRequest:
    """The bytes so far. A body that is longer than `longest_body` bytes or comes in chunks is not waited for."""

    def __init__(self, longest_body: int, first: bytes = b"") -> None:
        self._longest_body = longest_body
        self._bytes = bytearray()
        self._body_from: int | None = None  # None while the head is not whole
        self._length: int | None = None  # of the body; None where it is not waited for
        if first:
            self.add(first)

    def __len__(self) -> int:
        return len(self._bytes)

    def add(self, found: bytes | memoryview) -> None:
        """Add the bytes that came next."""
        searched = max(len(self._bytes) - len(_END_OF_HEAD), 0)
        self._bytes += found
        if self._body_from is not None:
            return
        while self._bytes.startswith(b"\r\n"):  # before a request they mean nothing: RFC 9112, 2.2
            del self._bytes[:2]
        end = self._bytes.find(_END_OF_HEAD, min(searched, len(self._bytes)))
        if end >= 0:
            self._body_from = end + len(_END_OF_HEAD)
            self._length = self._stated_length()

    @property
    def is_head_too_long(self) -> bool:
        """Whether the head is longer than the server accepts."""
        return (len(self._bytes) if self._body_from is None else self._body_from) > LONGEST_HEAD

    @property
    def is_ready(self) -> bool:
        """Whether it can be answered without waiting for its client: it is whole, or will be refused."""
        return self._body_from is not None and (self._length is None or self.is_whole)

    @property
    def is_whole(self) -> bool:
        """Whether every byte of it is here."""
        if self._body_from is None or self._length is None:
            return False
        return len(self._bytes) >= self._body_from + self._length

    @property
    def waits_for_leave(self) -> bool:
        """Whether the client holds its body back until asked to continue (RFC 9110, 10.1.1)."""
        return len(self._bytes) == self._body_from and _EXPECTS.search(self._bytes) is not None

    @property
    def head(self) -> bytes:
        """The parser's input: the head of a whole request, otherwise everything that came."""
        return bytes(self._bytes[: self._body_from] if self.is_whole else self._bytes)

    def take_body(self) -> bytes:
        """The body of a whole request; no second copy is kept here, since it may be large."""
        with memoryview(self._bytes) as found:
            body = bytes(found[self._body_from : self._end])
        self._bytes = self._bytes[self._end :]
        self._body_from, self._length = 0, 0
        return body

    def next(self) -> "ArrivingRequest":
        """The next request on the same connection, with those of its bytes that have already come."""
        return ArrivingRequest(self._longest_body, bytes(self._bytes[self._end :]))

    @property
    def _end(self) -> int:
        return (self._body_from or 0) + (self._length or 0)

    def _stated_length(self) -> int | None:
        head = self._bytes[: self._body_from]
        stated = _LENGTH.findall(head)
        if _CHUNKS.search(head) or len(stated) > 1:
            return None
        if not stated:
            return 0
        text = stated[0].strip()
        if not text.isdigit() or len(text) > len(str(self._longest_body)):
            return None
        length = int(text)
        return length if length <= self._longest_body else None
