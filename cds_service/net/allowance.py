"""What one request may spend on other servers: time and bytes, shared by all of its fetches."""

import threading
import time
from collections.abc import Callable


class OverspentError(Exception):
    """An answer is larger than what is left."""


class Allowance:
    """A deadline, and bytes that may still be read. Safe to share between threads."""

    def __init__(self, seconds: float, max_bytes: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ends_at = clock() + seconds
        self._bytes_left = max_bytes
        self._lock = threading.Lock()

    @property
    def seconds_left(self) -> float:
        """Seconds until the deadline, 0 once it has passed."""
        return max(0.0, self._ends_at - self._clock())

    def spend(self, count: int) -> None:
        """Count bytes that were read. Raises OverspentError when they are too many."""
        with self._lock:
            self._bytes_left -= count
            if self._bytes_left < 0:
                raise OverspentError
