"""gunicorn's threaded worker, changed so that a slow or idle client does not hold up the others."""

import io
import socket
import struct
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from errno import EAGAIN, ECONNABORTED, EWOULDBLOCK
from selectors import EVENT_READ
from typing import Any

import structlog
from gunicorn.workers.gthread import TConn, ThreadWorker

from cds_service.endpoints.service import service_in
from cds_service.server.arriving_request import ArrivingRequest
from cds_service.server.log import logged_refusal

log = structlog.get_logger()

_LOOK_AGAIN_S = 0.1
_LINGER_S = 2.0  # for the client to read its answer and to close
_READ_AT_ONCE = 1024 * 1024
_MOST_HELD = 128 * 1024 * 1024  # bytes of requests in memory; beyond it large ones wait in the network
_SMALL = 64 * 1024
_NOT_AN_ERROR = (EAGAIN, ECONNABORTED, EWOULDBLOCK)
_LAST_WORDS = b"HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Connection(TConn):  # type: ignore[misc]  # gunicorn is not typed
    """A client's connection and the part of its next request that has arrived."""

    arriving: ArrivingRequest
    held = 0  # bytes in memory, as its worker counts them
    is_leaving = False  # answered for the last time


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn is not typed
    """Hands a request to a thread once it is whole: a slow client holds a connection but no thread.

    gunicorn's own worker reads in the thread, as slowly as the client writes, and waits in its main loop for
    clients that do not close.
    """

    def __init__(self, *args: Any, **named: Any) -> None:  # noqa: ANN401 -- gunicorn is not typed
        super().__init__(*args, **named)
        self._buffer = memoryview(bytearray(_READ_AT_ONCE))
        self._waiting: dict[Connection, None] = {}  # for bytes, each until its `timeout`
        self._paused: deque[Connection] = deque()  # large requests that wait for others to be answered
        self._let_through: Connection | None = None  # where only large requests are left: one at a time
        self._held = 0
        self._being_answered = 0
        self._look_at = 0.0

    # --- what gunicorn calls

    def accept(self, listener: socket.socket) -> None:
        """Wait for the request of a new connection."""
        try:
            found, address = listener.accept()
        except OSError as error:
            if error.errno in _NOT_AN_ERROR:
                return
            raise
        _bound_waits(found, self.cfg.timeout)
        self.nr_conns += 1
        connection = Connection(self.cfg, found, address, listener.getsockname())
        settings = service_in(self.wsgi).settings
        connection.arriving = ArrivingRequest(settings.max_body_bytes)
        self._wait(connection, self.cfg.keepalive, self._read)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Accept connections, or not; once stopping, refuse connections that would not be answered."""
        super().set_accept_enabled(enabled)
        if not self.alive:
            for listener in self.sockets:
                listener.close()

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for the next thing to do; once stopping, not on idle connections."""
        super().wait_for_and_dispatch_events(timeout if self.alive else min(timeout, _LOOK_AGAIN_S))
        self._resume()
        now = time.monotonic()
        if now >= self._look_at or not self.alive:
            self._look_at = now + 1
            self._leave_those_who_take_too_long(now)

    def handle(self, conn: Connection) -> Any:  # noqa: ANN401 -- gunicorn is not typed
        """Answer a request that has arrived; in a thread."""
        conn.data_ready = True
        conn.init()
        conn.parser.unreader.unread(conn.arriving.head)
        return super().handle(conn)

    def handle_request(self, req: Any, conn: Connection) -> Any:  # noqa: ANN401 -- gunicorn is not typed
        """Answer a request whose head was parsed; in a thread."""
        if not conn.arriving.is_whole:
            req.force_close()  # nobody waits for the rest of its body
            return super().handle_request(req, conn)
        req.body = io.BytesIO(conn.arriving.take_body())
        req._expected_100_continue = False  # the client already has its answer
        is_kept = super().handle_request(req, conn)
        req.body.seek(0, io.SEEK_END)
        return is_kept

    def handle_error(self, _req: object, client: socket.socket, _addr: object, exc: Exception) -> None:
        """Answer what could not be read, or what failed outside of the application; in a thread."""
        status = logged_refusal(exc)
        with suppress(OSError):
            client.sendall(_LAST_WORDS % status)

    def finish_request(self, conn: Connection, fs: "Future[bool]") -> None:
        """Keep the connection for its next request, which may have arrived already."""
        self._being_answered -= 1
        self._let_go(conn)
        if fs.cancelled() or fs.exception() or not fs.result() or not self.alive:
            self._hang_up(conn)
            return
        conn.arriving = conn.arriving.next()
        self._wait(conn, self.cfg.timeout if conn.arriving else self.cfg.keepalive, self._read)
        self._look(conn)

    # --- a request arrives

    def _read(self, conn: Connection) -> None:
        count = self._received(conn)
        if count is None:
            return
        if not count:
            self._drop(conn)
            return
        if not conn.arriving:
            conn.timeout = time.monotonic() + self.cfg.timeout
        conn.arriving.add(self._buffer[:count])
        conn.held += count
        self._held += count
        self._look(conn)

    def _look(self, conn: Connection) -> None:
        """Decide what to do now that more has arrived."""
        arriving = conn.arriving
        if arriving.is_head_too_long:
            self._refuse(conn, b"431 Request Header Fields Too Large")
        elif arriving.is_ready:
            self._stop_waiting(conn)
            self._being_answered += 1
            self.enqueue_req(conn)
        elif arriving.waits_for_leave:
            with suppress(OSError):
                conn.sock.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        elif len(arriving) > _SMALL and self._held > _MOST_HELD and conn is not self._let_through:
            self._stop_waiting(conn)
            self._paused.append(conn)

    def _resume(self) -> None:
        """Read on from large requests, as far as memory allows."""
        if not self._paused:
            return
        if self._held > _MOST_HELD:
            if self._being_answered or self._let_through in self._waiting:
                return
            self._let_through = self._paused[0]
        self._wait(self._paused.popleft(), self.cfg.timeout, self._read)

    def _received(self, conn: Connection) -> int | None:
        """How many bytes came; 0 when no more will come, None when none have come yet."""
        try:
            return conn.sock.recv_into(self._buffer)  # type: ignore[no-any-return]
        except BlockingIOError:
            return None
        except OSError:
            return 0

    # --- waiting and leaving

    def _wait(self, conn: Connection, at_most_s: float, then: Callable[[Connection], None]) -> None:
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + at_most_s
        self._waiting[conn] = None
        self.poller.register(conn.sock, EVENT_READ, lambda _socket: then(conn))

    def _stop_waiting(self, conn: Connection) -> None:
        del self._waiting[conn]
        self.poller.unregister(conn.sock)

    def _leave_those_who_take_too_long(self, now: float) -> None:
        for conn in list(self._waiting):
            is_idle = not conn.arriving and not conn.is_leaving
            if conn.timeout > now and (self.alive or not is_idle):
                continue
            if conn.arriving:
                log.info("request_too_slow", received_bytes=len(conn.arriving))
                self._refuse(conn, b"408 Request Timeout")
            else:
                self._drop(conn)

    def _refuse(self, conn: Connection, status: bytes) -> None:
        self._stop_waiting(conn)
        with suppress(OSError):
            conn.sock.send(_LAST_WORDS % status)
        self._hang_up(conn)

    def _hang_up(self, conn: Connection) -> None:
        """Close once the client has closed: closing earlier could destroy its answer (RFC 9112, 9.6)."""
        self._let_go(conn)
        conn.arriving = ArrivingRequest(0)
        conn.is_leaving = True
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            self._wait(conn, _LINGER_S, self._discard)
        except OSError:
            self._close(conn)

    def _discard(self, conn: Connection) -> None:
        if self._received(conn) == 0:
            self._drop(conn)

    def _drop(self, conn: Connection) -> None:
        self._stop_waiting(conn)
        self._close(conn)

    def _close(self, conn: Connection) -> None:
        self._let_go(conn)
        self.nr_conns -= 1
        conn.close()

    def _let_go(self, conn: Connection) -> None:
        self._held -= conn.held
        conn.held = 0


def _bound_waits(found: socket.socket, at_most_s: float) -> None:
    """Make a thread return that is sending to a client which does not read."""
    limit = struct.pack("ll", int(at_most_s), 0)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
