"""Clients that hold a connection and do little else."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

_HEAD = (
    "POST /cds-services/thiopurine-order-sign HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    "Connection: close\r\n"
)
_BETWEEN_BYTES_S = 0.5


def head(length: int) -> bytes:
    """The head of a hook call with a body of so many bytes."""
    return f"{_HEAD}Content-Length: {length}\r\n\r\n".encode()


def connected(url: str) -> socket.socket:
    """A connection on which nothing was sent yet."""
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname, parts.port), timeout=30)


def answer_on(connection: socket.socket) -> bytes:
    """All that the server sends until it closes."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


@contextmanager
def dribbling(url: str, count: int, first: bytes, then: bytes) -> Iterator[list[socket.socket]]:
    """So many connections that send `first`, and the bytes of `then` one by one as long as the block lasts."""
    ended = threading.Event()
    with ExitStack() as open_ones:
        connections = [open_ones.enter_context(connected(url)) for _ in range(count)]
        for one in connections:
            one.sendall(first)

        def dribble() -> None:
            for at in range(len(then)):
                for one in connections:
                    try:
                        one.send(then[at : at + 1])
                    except OSError:
                        continue  # the server was tired of it
                if ended.wait(_BETWEEN_BYTES_S):
                    return

        thread = threading.Thread(target=dribble)
        thread.start()
        try:
            yield connections
        finally:
            ended.set()
            thread.join()
