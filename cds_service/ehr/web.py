"""JSON over HTTP as an EHR speaks it, every failure in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import msgspec
import requests

_LARGEST_BYTES = 50 * 1024 * 1024
_CHUNK_BYTES = 64 * 1024


class CallError(Exception):
    """A call that failed; the message says why and holds no token."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    ms: float

    def json(self) -> Any:  # noqa: ANN401 -- any JSON
        """The body as JSON. Raises CallError."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            kind = self.headers.get("Content-Type", "no content type")
            raise CallError(f"answered {self.status} with something that is not JSON ({kind})") from None

    @property
    def complaint(self) -> str:
        """The text of an OperationOutcome in the body; "" when there is none."""
        try:
            return complaint_in(msgspec.json.decode(self.body))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return ""


def complaint_in(content: Any) -> str:  # noqa: ANN401 -- any JSON
    """The texts of an OperationOutcome, "" for anything else."""
    if not isinstance(content, dict) or content.get("resourceType") != "OperationOutcome":
        return ""
    issues = [issue for issue in content.get("issue") or () if isinstance(issue, dict)]
    texts = [(issue.get("details") or {}).get("text") or issue.get("diagnostics") or "" for issue in issues]
    return "; ".join(text for text in texts if text) or "an OperationOutcome without a text"


class Web:
    """One session: no proxy or password file of the environment, no redirects, bounded answers."""

    def __init__(self, timeout_s: float = 10.0, ca_file: str | None = None) -> None:
        self._timeout_s = timeout_s
        self._session = requests.Session()
        self._session.trust_env = False  # else a .netrc replaces the token
        self._session.verify = ca_file or True

    def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: Mapping[str, Any] | None = None,
    ) -> Reply:
        """The answer to one request; `content` is sent as JSON. Raises CallError when none came."""
        body = msgspec.json.encode(content) if content is not None else None
        sent = {"Accept": "application/json", **(headers or {})}
        if body is not None:
            sent["Content-Type"] = "application/json"
        started = perf_counter()
        try:
            with self._session.request(
                method,
                url,
                data=body,
                headers=sent,
                timeout=self._timeout_s,
                allow_redirects=False,
                stream=True,
            ) as response:
                received = _received(response)
        except (requests.RequestException, ValueError) as error:
            raise CallError(f"{place_of(url)} {_why(error)}") from None
        ms = round((perf_counter() - started) * 1000, 1)
        return Reply(response.status_code, response.headers, received, ms)


def place_of(url: str) -> str:
    """An address without its query, which may name a patient."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def _received(response: requests.Response) -> bytes:
    parts: list[bytes] = []
    size = 0
    for part in response.iter_content(_CHUNK_BYTES):
        parts.append(part)
        size += len(part)
        if size > _LARGEST_BYTES:
            raise requests.RequestException("too much")
    return b"".join(parts)


def _why(error: Exception) -> str:
    if isinstance(error, requests.Timeout):
        return "did not answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "could not prove who it is (its certificate is not trusted; --ca-file names its authority)"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "broke off its answer"
    if isinstance(error, requests.ConnectionError):
        return "could not be reached"
    if isinstance(error, ValueError):
        return "is not an address that can be called"
    return "sent too much, or broke off its answer"
