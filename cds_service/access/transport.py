"""GET from servers that we may call: checked addresses, no redirects, no cookies, bounded in time and size."""

import socket
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError, ProtocolError
from urllib3.util.connection import create_connection

from cds_service.access.allowance import Allowance, OverspentError
from cds_service.access.networks import ForbiddenAddressError, Network, permitted_addresses

_CHUNK_BYTES = 64 * 1024
_MOST_CONNECTIONS = 64  # kept open to one server; more are opened and closed again
_OK = 200
_GZIP = 31  # zlib: expect a gzip header

TOO_LATE = "did not answer in time"


class FetchError(Exception):
    """A GET that gave nothing; its message says why, without address, token or patient data.

    `status` is the HTTP status, None when there was no answer.
    """

    def __init__(self, why: str, status: int | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.status = status


class Transfer:
    """One GET under way, so that whoever waits for it can give it up."""

    def __init__(self) -> None:
        self._connection: HTTPConnection | None = None
        self._is_given_up = False

    @property
    def is_given_up(self) -> bool:
        """Whether nobody waits any more."""
        return self._is_given_up

    def runs_over(self, connection: HTTPConnection) -> None:
        """Take note of the connection that it uses."""
        self._connection = connection

    def give_up(self) -> None:
        """End it: a server that sends a byte now and then would keep its thread for ever."""
        self._is_given_up = True
        sock = self._connection.sock if self._connection is not None else None
        if sock is None:
            return
        try:
            # The base class's shutdown: that of a TLS socket drops what the reading thread still uses.
            socket.socket.shutdown(sock, socket.SHUT_RDWR)
        except OSError:
            return  # it ended by itself meanwhile


@dataclass(frozen=True, slots=True)
class _Call:
    """What the connection that serves a GET must know about it."""

    transfer: Transfer
    networks: tuple[Network, ...]


_call: ContextVar[_Call] = ContextVar("_call")


class Transport:
    """The way to one client's servers. Connections are kept and used again; safe to share between threads."""

    def __init__(self, networks: tuple[Network, ...] = (), ca_file: Path | None = None) -> None:
        self._networks = networks
        self._session = requests.Session()
        # Else a .netrc replaces the token, and a proxy of the environment sees it.
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.verify = str(ca_file) if ca_file else True
        self._session.mount("https://", _CheckedAdapter())
        self._session.mount("http://", _CheckedAdapter())

    def get(
        self, url: str, headers: Mapping[str, str], allowance: Allowance, transfer: Transfer | None = None
    ) -> bytes:
        """The body of the answer, decompressed. `url` must have been checked by web_addresses.

        Raises FetchError.
        """
        call = _Call(transfer or Transfer(), self._networks)
        token = _call.set(call)
        try:
            return self._get(url, {"Accept-Encoding": "gzip", **headers}, allowance, call.transfer)
        except ForbiddenAddressError:
            raise FetchError("is at an address that is not allowed") from None
        except OverspentError:
            raise FetchError("sent too much") from None
        except (requests.RequestException, HTTPError, OSError, zlib.error) as error:
            # No cause: these errors quote the address, which holds the patient's id.
            raise FetchError(_why(error, allowance, call.transfer)) from None
        finally:
            _call.reset(token)

    def close(self) -> None:
        """Let go of every connection."""
        self._session.close()

    def _get(self, url: str, headers: Mapping[str, str], allowance: Allowance, transfer: Transfer) -> bytes:
        try:
            return self._get_once(url, headers, allowance, transfer)
        except requests.ConnectionError as error:
            # A kept connection may have been closed by the server just now: once more, on a new one.
            if not _was_dropped(error) or transfer.is_given_up:
                raise
        return self._get_once(url, headers, allowance, transfer)

    def _get_once(
        self, url: str, headers: Mapping[str, str], allowance: Allowance, transfer: Transfer
    ) -> bytes:
        if transfer.is_given_up or not allowance.seconds_left:
            raise FetchError(TOO_LATE)
        with self._session.get(
            url,
            headers=headers,
            stream=True,
            timeout=allowance.seconds_left,
            allow_redirects=False,
        ) as response:
            if response.status_code != _OK:
                raise FetchError(f"answered {response.status_code}", response.status_code)
            body = _body(response, allowance)
        if transfer.is_given_up:
            raise FetchError(TOO_LATE)  # the end of what was read is that of our patience
        return body


class _CheckedConnection(HTTPConnection):
    """Connects to an address that was checked, under the name that was asked for."""

    def request(self, *arguments: object, **options: object) -> None:
        _call.get().transfer.runs_over(self)
        super().request(*arguments, **options)  # type: ignore[arg-type]

    def _new_conn(self) -> socket.socket:
        call = _call.get()
        call.transfer.runs_over(self)
        return _connected(self, call.networks)


class _CheckedTlsConnection(_CheckedConnection, HTTPSConnection):
    """The same over TLS: the certificate must be the name's, whatever the address."""


class _CheckedPool(HTTPConnectionPool):
    ConnectionCls = _CheckedConnection


class _CheckedTlsPool(HTTPSConnectionPool):
    ConnectionCls = _CheckedTlsConnection


class _CheckedAdapter(HTTPAdapter):
    def __init__(self) -> None:
        super().__init__(pool_maxsize=_MOST_CONNECTIONS)
        self.poolmanager.pool_classes_by_scheme = {"http": _CheckedPool, "https": _CheckedTlsPool}


def _connected(connection: HTTPConnection, networks: tuple[Network, ...]) -> socket.socket:
    """A socket to the first permitted address that answers."""
    port = connection.port or connection.default_port
    try:
        addresses = permitted_addresses(connection.host, port, networks)
    except socket.gaierror as error:
        raise NameResolutionError(connection.host, connection, error) from error
    failure: OSError | None = None
    for address in addresses:
        try:
            return create_connection(
                (address, port), connection.timeout, socket_options=connection.socket_options
            )
        except OSError as error:
            failure = error
    if isinstance(failure, TimeoutError):
        raise failure
    raise NewConnectionError(connection, "no address answered") from failure


def _body(response: requests.Response, allowance: Allowance) -> bytes:
    inflated = _inflater(response.headers.get("Content-Encoding", "").lower())
    parts: list[bytes] = []
    # read1 returns what has come; read waits for the whole chunk, however slowly it drips in.
    while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=False):
        for part in inflated(chunk):
            allowance.spend(len(part))
            parts.append(part)
        if not allowance.seconds_left:
            raise FetchError(TOO_LATE)
    return b"".join(parts)


def _inflater(encoding: str) -> Callable[[bytes], Iterable[bytes]]:
    """What decompresses one chunk, in small parts: a few bytes may stand for gigabytes."""
    if encoding in ("", "identity"):
        return lambda chunk: (chunk,)
    if encoding not in ("gzip", "x-gzip"):
        raise FetchError("answered in an encoding that was not asked for")
    inflating = zlib.decompressobj(_GZIP)

    def inflated(chunk: bytes) -> Iterator[bytes]:
        part = inflating.decompress(chunk, _CHUNK_BYTES)
        while part:
            yield part
            part = inflating.decompress(inflating.unconsumed_tail, _CHUNK_BYTES)

    return inflated


def _was_dropped(error: requests.ConnectionError) -> bool:
    """Whether the server closed the connection before it answered."""
    return bool(error.args) and isinstance(error.args[0], ProtocolError)


def _why(error: Exception, allowance: Allowance, transfer: Transfer) -> str:
    if (
        isinstance(error, requests.Timeout | TimeoutError)
        or transfer.is_given_up
        or not allowance.seconds_left
    ):
        return TOO_LATE
    if isinstance(error, requests.exceptions.SSLError):
        return "could not prove who it is"
    if isinstance(error, requests.ConnectionError):
        return "could not be reached"
    return "broke off its answer"
