"""Paths as clients type them: doubled and trailing slashes mean the plain path.

A redirect would break a browser's preflight, and some clients sign the address they called.
"""

import re
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_SLASHES = re.compile("/{2,}")


class PlainPaths:
    """A WSGI application that sees plain paths only."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request under its plain path."""
        environ["PATH_INFO"] = plain_path(environ.get("PATH_INFO", ""))
        return self._application(environ, start_response)


def plain_path(path: str) -> str:
    """The path without doubled or trailing slashes.

    >>> plain_path("//cds-services//thiopurine-order-sign/")
    '/cds-services/thiopurine-order-sign'
    >>> plain_path("/")
    '/'
    """
    return _SLASHES.sub("/", path).rstrip("/") or "/"
