"""gunicorn's own messages as log lines, and the requests it could not read without their text."""

import logging
from typing import Any

import structlog
from gunicorn.glogging import Logger
from gunicorn.http.errors import (
    ExpectationFailed,
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
    UnsupportedTransferCoding,
)

from cds_service.logs import frames_of

log = structlog.get_logger()

_FAILED = b"500 Internal Server Error"
_REFUSALS: tuple[tuple[type[Exception], bytes], ...] = (
    (UnsupportedTransferCoding, b"501 Not Implemented"),
    (ExpectationFailed, b"417 Expectation Failed"),
    (LimitRequestLine, b"414 URI Too Long"),
    (LimitRequestHeaders, b"431 Request Header Fields Too Large"),
    (ParseException, b"400 Bad Request"),
)


class ServerLog(Logger):  # type: ignore[misc]  # gunicorn is not typed
    """gunicorn's lines are JSON like all others."""

    def setup(self, cfg: Any) -> None:  # noqa: ANN401 -- gunicorn is not typed
        """Send gunicorn's messages to the service's log."""
        super().setup(cfg)
        self.error_log.handlers = [_ToOurLog()]


class _ToOurLog(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        fault = record.exc_info[1] if record.exc_info else None
        if fault is None:
            log.log(record.levelno, "server", said=record.getMessage())
        else:  # its message, and what was put into the line, may be of a request
            log.log(record.levelno, "server", kind=type(fault).__name__, frames=frames_of(fault))


def logged_refusal(error: Exception) -> bytes:
    """The status line for a request that is not acceptable HTTP, or whose answer failed; it is logged.

    gunicorn's own line would quote the request, and with it a token in a header that lacks its colon.
    """
    status = next((line for kind, line in _REFUSALS if isinstance(error, kind)), _FAILED)
    kind = type(error).__name__
    if status is _FAILED:
        log.error("failed", kind=kind, frames=frames_of(error))
    else:
        log.info("request_unreadable", status=int(status[:3]), kind=kind)
    return status
