"""Keeps the writing of records off the request path: a bounded queue and one writing thread per process."""

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from cds_service.errors import StoreUnavailableError
from cds_service.logs import frames_of
from cds_service.memory.records import RequestRecord
from cds_service.memory.store import Store, days_ago

log = structlog.get_logger()

_MOST_AT_ONCE = 5  # a busy process writes a batch slowly, and others wait for the database meanwhile
_LONGEST_REST_S = 0.2  # between two batches
_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 5.0
_ROOM_WITHIN_S = 5.0  # a request waits this long for room while the database works; a slow disk takes seconds
_TIDY_EVERY_S = 3_600.0


class Recorder:
    """Takes records at once and writes them later, at most `limit` of them.

    When records come faster than they can be written, requests wait for room: together they would keep the
    only writing thread from its turn. When the database does not take them, the newest are dropped and
    counted.

    The thread starts with the first record of a process, so that a fork before it does no harm.
    """

    def __init__(self, store: Store, limit: int = 1_000, retention_days: int | None = None) -> None:
        self._store = store
        self._limit = limit
        self._retention_days = retention_days
        self._waiting: deque[RequestRecord] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._process = 0
        self._is_closing = False
        self._in_hand = 0  # taken from the queue, not yet written
        self.dropped = 0
        self.is_failing = False  # the last attempt to write did not succeed

    @property
    def waiting(self) -> int:
        """How many records are not yet written."""
        return len(self._waiting) + self._in_hand

    def record(self, record: RequestRecord) -> None:
        """Queue a record for writing; does not wait for a database that is down."""
        with self._changed:
            self._changed.wait_for(lambda: self._has_room or self.is_failing, _ROOM_WITHIN_S)
            if not self._has_room:
                self._drop(1)
                return
            self._waiting.append(record)
            self._start_once()
            self._changed.notify_all()

    @property
    def _has_room(self) -> bool:
        return self.waiting < self._limit

    def wait(self, timeout_s: float) -> bool:
        """Whether everything recorded so far was written, or dropped, within the given seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: not self.waiting, timeout_s)

    def close(self, timeout_s: float = 5.0) -> None:
        """Write the waiting records, as far as possible within the given seconds, and stop."""
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
        if self._thread is not None and self._process == os.getpid():
            self._thread.join(timeout_s)
        if self.waiting:
            log.error("records_lost", waiting=self.waiting)

    def _start_once(self) -> None:
        if self._process != os.getpid():
            self._process = os.getpid()
            self._thread = threading.Thread(target=self._write_until_closed, name="recorder", daemon=True)
            self._thread.start()

    def _write_until_closed(self) -> None:
        tidy_at = time.monotonic()
        while (batch := self._next_batch(tidy_at - time.monotonic())) is not None:
            if batch:
                self._write(batch)
            if time.monotonic() >= tidy_at:
                is_tidy = self._attempt(self._tidy)
                tidy_at = time.monotonic() + (_TIDY_EVERY_S if is_tidy else _LONGEST_PAUSE_S)

    def _next_batch(self, timeout_s: float) -> list[RequestRecord] | None:
        """The next waiting records; empty if none arrive for a while, None when no more will come."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_closing, max(timeout_s, 0))
            if self._is_closing and not self._waiting:
                return None
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), _MOST_AT_ONCE))]
            self._in_hand = len(batch)
            return batch

    def _write(self, batch: list[RequestRecord]) -> None:
        """Write a batch as soon as the database allows; records it would never take are dropped, one by one."""
        try:
            self._write_patiently(batch)
        except Exception as error:  # noqa: BLE001 -- a record that cannot be written must not end the thread
            if len(batch) == 1:
                # A traceback would hold the message, and that may quote the row.
                log.error(  # noqa: TRY400 -- see above
                    "record_unwritable", kind=type(error).__name__, frames=frames_of(error)
                )
                self._done(dropped=1)
                return
            for record in batch:
                self._write([record])

    def _write_patiently(self, batch: list[RequestRecord]) -> None:
        pause_s, began = _FIRST_PAUSE_S, time.monotonic()
        while not self._attempt(lambda: self._store.save(batch)):
            if self._is_closing:
                self._done(dropped=len(batch))
                return
            with self._changed:
                self._changed.wait_for(lambda: self._is_closing, pause_s)
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
        self._done(written=len(batch))
        self._give_way(time.monotonic() - began)

    def _give_way(self, held_s: float) -> None:
        """Leave the database to others for as long as it was held: SQLite grants its lock at random, not in turn."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._is_closing or not self._has_room, min(held_s, _LONGEST_REST_S)
            )

    def _attempt(self, work: Callable[[], None]) -> bool:
        try:
            work()
        except StoreUnavailableError as error:
            if not self.is_failing:
                log.warning("records_waiting", why=error.message, waiting=self.waiting)
            with self._changed:
                self.is_failing = True
                self._changed.notify_all()
            return False
        if self.is_failing:
            log.info("records_written_again", waiting=self.waiting, dropped=self.dropped)
        self.is_failing = False
        return True

    def _tidy(self) -> None:
        now = datetime.now(UTC)
        self._store.forget_expired_tokens(now)
        if self._retention_days is not None:
            self._store.purge(days_ago(self._retention_days, now))

    def _done(self, written: int = 0, dropped: int = 0) -> None:
        with self._changed:
            self._in_hand -= written + dropped
            self._drop(dropped)
            self._changed.notify_all()

    def _drop(self, count: int) -> None:
        if count and not self.dropped:
            log.error("records_dropped", waiting=self.waiting)  # the first of them; the count covers the rest
        self.dropped += count
