"""Remembers tokens already used: one overheard on the wire must not be accepted a second time."""

import heapq
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

import structlog

from cds_service.errors import StoreUnavailableError

log = structlog.get_logger()

_MOST_REMEMBERED = 200_000
_FORGET_EVERY_S = 60


class ReplayGuard(Protocol):
    """Remembers tokens for as long as they would be accepted."""

    def seen(self, token_id: str, expires_at: datetime) -> bool:
        """Whether this token came before; remembers it from now on."""
        ...


class TokenStore(Protocol):
    """Where all workers remember tokens together."""

    def take_token(self, token: str, expires_at: datetime) -> bool:
        """Whether this token came for the first time. Raises StoreUnavailableError."""
        ...

    def forget_expired_tokens(self, now: datetime) -> int:
        """Forget tokens that have long been too old to be accepted. Raises StoreUnavailableError."""
        ...


def _now() -> datetime:
    return datetime.now(UTC)


class MemoryReplayGuard:
    """Remembers tokens in this process alone: for one worker, and while the database is down.

    When it is full, it forgets the tokens that expire next.
    """

    def __init__(self, clock: Callable[[], datetime] = _now, most: int = _MOST_REMEMBERED) -> None:
        self._clock = clock
        self._most = most
        self._lock = threading.Lock()
        self._seen: set[str] = set()
        self._by_expiry: list[tuple[datetime, str]] = []

    def seen(self, token_id: str, expires_at: datetime) -> bool:
        """Whether this process has seen this token before."""
        with self._lock:
            now = self._clock()
            while self._by_expiry and self._by_expiry[0][0] < now:
                self._forget_next()
            if token_id in self._seen:
                return True
            if len(self._seen) >= self._most:
                self._forget_next()
            self._seen.add(token_id)
            heapq.heappush(self._by_expiry, (expires_at, token_id))
            return False

    def _forget_next(self) -> None:
        self._seen.discard(heapq.heappop(self._by_expiry)[1])


class StoredReplayGuard:
    """Remembers tokens in the database, for all workers; while it is down, each worker remembers its own."""

    def __init__(self, store: TokenStore, clock: Callable[[], datetime] = _now) -> None:
        self._store = store
        self._clock = clock
        self._here = MemoryReplayGuard(clock)
        self._forgot_at = clock()

    def seen(self, token_id: str, expires_at: datetime) -> bool:
        """Whether any worker has seen this token before."""
        was_here = self._here.seen(token_id, expires_at)
        try:
            is_first = self._store.take_token(token_id, expires_at)
            self._forget_now_and_then()
        except StoreUnavailableError as error:
            log.warning("replay_guard_alone", why=error.message)
            return was_here
        return was_here or not is_first

    def _forget_now_and_then(self) -> None:
        now = self._clock()
        if (now - self._forgot_at).total_seconds() >= _FORGET_EVERY_S:
            self._forgot_at = now
            self._store.forget_expired_tokens(now)
