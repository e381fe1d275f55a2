"""Structured logs, one JSON object a line, without patient data, tokens or free text from a request."""

import hashlib
import logging
import sys
import traceback
from types import TracebackType

import structlog


class Lines:
    """Standard error that loses a line, and counts it, where it cannot be written.

    A disk that is full must not keep a hook from its answer.
    """

    def __init__(self) -> None:
        self.lost = 0

    def write(self, text: str) -> None:
        """Write a line, at once."""
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except OSError:
            self.lost += 1

    def flush(self) -> None:
        """Nothing: each line was written at once."""


lines = Lines()


def configure_logs(level: str) -> None:
    """Write JSON lines at `level` and above to standard error."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        # One write a line: processes that share the stream must not mix theirs.
        logger_factory=structlog.WriteLoggerFactory(lines),  # type: ignore[arg-type]  # all it needs
        cache_logger_on_first_use=False,
    )


def about_request(hook_instance: str) -> None:
    """Every line of this thread names from here on the request it is about, by the digest of its instance."""
    structlog.contextvars.bind_contextvars(instance=digest(hook_instance))


def about_no_request() -> None:
    """Forget the request before: a thread answers many."""
    structlog.contextvars.clear_contextvars()


def frames_of(error: BaseException) -> list[str]:
    """Where an error was raised, outermost first: "composer/compose.py:17 cards_from".

    Neither its message nor local values: both may hold patient data.
    """
    return _frames(error.__traceback__)


def digest(identifier: str) -> str:
    """A short stand-in for an identifier that a log line must not hold itself.

    >>> digest("d1577c69-dfbe-44ad-ba6d-3e05e953b2ea")
    'de40b0926cdc'
    """
    return hashlib.sha256(identifier.encode()).hexdigest()[:12]


def _frames(trace: TracebackType | None) -> list[str]:
    return [
        f"{'/'.join(frame.filename.split('/')[-2:])}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(trace)
    ]
