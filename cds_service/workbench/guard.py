"""Who may see the workbench (this machine) and what its pages may load (this service's own files)."""

import ipaddress
from http import HTTPStatus

from flask import Request, Response

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")


def refusal(request: Request, user_header: str = "") -> Response | None:
    """Why a request may not see the page; None when it may.

    A proxy that authenticates names its user in `user_header`; "" trusts no proxy. A name of another
    machine in Host is refused too: that is how a foreign page reaches a loopback address.
    """
    if _is_foreign(request):
        return _forbidden("the bench answers its own pages only")
    if _is_from_here(request) and _is_loopback(request.host.rpartition(":")[0] or request.host):
        return None
    if user_header and _is_loopback(request.remote_addr or "") and request.headers.get(user_header):
        return None
    return _forbidden("the bench is served to this machine only; see docs/bench.md")


def guarded(response: Response) -> Response:
    """The response with the headers that keep everything foreign out of the page."""
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    return response


def _is_foreign(request: Request) -> bool:
    """Whether a page of another origin is asking: the hooks answer it, the workbench does not."""
    origin = request.headers.get("Origin")
    if origin is not None and origin.rpartition("//")[2] != request.host:
        return True
    is_link = request.method == "GET" and request.headers.get("Sec-Fetch-Mode") == "navigate"
    return request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site") and not is_link


def _is_from_here(request: Request) -> bool:
    return _is_loopback(request.remote_addr or "") and not any(name in request.headers for name in _FORWARDED)


def _is_loopback(host: str) -> bool:
    bare = host.strip("[]")
    if bare == "localhost":
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False


def _forbidden(why: str) -> Response:
    return Response(f"{why}\n", HTTPStatus.FORBIDDEN, mimetype="text/plain")
