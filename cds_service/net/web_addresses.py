"""Addresses of web servers that may be called: https, without credentials; plain http on this machine only."""

import ipaddress
from urllib.parse import SplitResult, urlsplit

_PORTS = {"http": 80, "https": 443}


class UnsafeAddressError(ValueError):
    """An address that is never called, whoever names it; the message does not repeat it."""


def base_address(text: str) -> str:
    """The base URL of a server in one spelling: no trailing slash, scheme and host in lower case.

    >>> base_address("HTTPS://EHR.example.org:443/fhir/r4/")
    'https://ehr.example.org/fhir/r4'

    Raises UnsafeAddressError.
    """
    parts = _safe_parts(text)
    if parts.query:
        raise UnsafeAddressError("a base URL has no query")
    return f"{origin_of(text)}{parts.path.rstrip('/')}"


def page_address(text: str) -> str:
    """The URL of one page, path and query as received. Raises UnsafeAddressError."""
    parts = _safe_parts(text)
    query = f"?{parts.query}" if parts.query else ""
    return f"{origin_of(text)}{parts.path}{query}"


def origin_of(text: str) -> str:
    """Scheme, host and port; the scheme's own port is left out.

    >>> origin_of("http://127.0.0.1:8080/fhir?page=2")
    'http://127.0.0.1:8080'

    Raises UnsafeAddressError.
    """
    parts = _safe_parts(text)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = "" if parts.port in (None, _PORTS[parts.scheme]) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def is_loopback_name(host: str) -> bool:
    """Whether a host name or address literal can only mean this machine.

    >>> [is_loopback_name(host) for host in ("localhost", "127.0.0.2", "[::1]", "localhost.example.org")]
    [True, True, True, False]
    """
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _safe_parts(text: str) -> SplitResult:
    # urlsplit drops tabs and line breaks, and the server would be asked for another address than checked.
    if not text.isascii() or any(character <= " " or character in '\\"<>^`{}\x7f' for character in text):
        raise UnsafeAddressError("a URL has no blanks, control characters, backslashes or brackets")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise UnsafeAddressError("not a URL") from None
    if parts.scheme not in _PORTS or not host:
        raise UnsafeAddressError("expected an absolute https URL")
    if "@" in parts.netloc:
        raise UnsafeAddressError("a URL must not hold credentials")
    if "#" in text:
        raise UnsafeAddressError("a URL must not have a fragment")
    if parts.scheme == "http" and not is_loopback_name(host):
        raise UnsafeAddressError("plain http is for this machine only; expected https")
    return parts
