"""GET from allowed servers: checked addresses, no redirects, no cookies, bounded in time and size."""

import socket
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import certifi
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3 import exceptions as of_urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.connection import create_connection
from urllib3.util.ssl_ import create_urllib3_context

from cds_service.net.allowance import Allowance, OverspentError
from cds_service.net.networks import ForbiddenAddressError, Network, permitted_addresses

_CHUNK_BYTES = 64 * 1024
_MOST_CONNECTIONS = 256  # kept open to one server; more are opened and closed again
_OK = 200
_GZIP = 31  # zlib: expect a gzip header

TOO_LATE = "did not answer in time"


class FetchError(Exception):
    """A GET that failed; its message says why, without address, token or patient data.

    `status` is the HTTP status, None when there was no answer.
    """

    def __init__(self, why: str, status: int | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.status = status


class _UnansweredError(of_urllib3.HTTPError):
    """The server closed the connection instead of answering."""


class Transfer:
    """One GET under way, so that whoever waits for it can give it up."""

    def __init__(self) -> None:
        self._connection: HTTPConnection | None = None
        self._is_given_up = False

    @property
    def is_given_up(self) -> bool:
        """Whether every caller has given up."""
        return self._is_given_up

    def runs_over(self, connection: HTTPConnection) -> None:
        """Remember the connection that it uses."""
        self._connection = connection

    def give_up(self) -> None:
        """End it: a server that sends a byte now and then would hold its thread indefinitely."""
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
    """What a connection has to know about the GET it serves."""

    transfer: Transfer
    networks: tuple[Network, ...]


_call: ContextVar[_Call] = ContextVar("_call")


class Transport:
    """The way to one client's servers. Connections are kept and used again; safe to share between threads."""

    def __init__(self, networks: tuple[Network, ...] = (), ca_file: Path | None = None) -> None:
        self._networks = networks
        # urllib3 alone: no redirects, cookies, proxies or .netrc to turn off, and half the CPU of requests.
        tls = create_urllib3_context()
        tls.load_verify_locations(ca_file or certifi.where())
        self._pools = PoolManager(maxsize=_MOST_CONNECTIONS, retries=False, ssl_context=tls)
        self._pools.pool_classes_by_scheme = {"http": _CheckedPool, "https": _CheckedTlsPool}

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
        except (of_urllib3.HTTPError, OSError, zlib.error) as error:
            # No cause: these errors quote the address, which holds the patient's id.
            raise FetchError(_why(error, allowance, call.transfer)) from None
        finally:
            _call.reset(token)

    def close(self) -> None:
        """Close every connection."""
        self._pools.clear()

    def _get(self, url: str, headers: Mapping[str, str], allowance: Allowance, transfer: Transfer) -> bytes:
        response = self._asked(url, headers, allowance, transfer)
        try:
            if response.status != _OK:
                raise FetchError(f"answered {response.status}", response.status)
            body = _body(response, allowance)
        finally:
            response.close()
        if transfer.is_given_up:
            raise FetchError(TOO_LATE)  # the reading ended because the time was up
        return body

    def _asked(
        self, url: str, headers: Mapping[str, str], allowance: Allowance, transfer: Transfer
    ) -> BaseHTTPResponse:
        """The answer, its body not read yet."""
        try:
            return self._asked_once(url, headers, allowance, transfer)
        except _UnansweredError:
            # A kept connection may have been closed by the server just now: once more, on a new one.
            if transfer.is_given_up:
                raise
        return self._asked_once(url, headers, allowance, transfer)

    def _asked_once(
        self, url: str, headers: Mapping[str, str], allowance: Allowance, transfer: Transfer
    ) -> BaseHTTPResponse:
        if transfer.is_given_up or not allowance.seconds_left:
            raise FetchError(TOO_LATE)
        parts = urlsplit(url)
        pool = self._pools.connection_from_host(parts.hostname, parts.port, parts.scheme)
        try:
            return pool.urlopen(
                "GET",
                f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/",
                headers=headers,
                redirect=False,
                timeout=allowance.seconds_left,
                preload_content=False,
            )
        except of_urllib3.ProtocolError:
            raise _UnansweredError from None


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


def _connected(connection: HTTPConnection, networks: tuple[Network, ...]) -> socket.socket:
    """A socket to the first permitted address that answers."""
    port = connection.port or connection.default_port
    try:
        addresses = permitted_addresses(connection.host, port, networks)
    except socket.gaierror as error:
        raise of_urllib3.NameResolutionError(connection.host, connection, error) from error
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
    raise of_urllib3.NewConnectionError(connection, "no address answered") from failure


def _body(response: BaseHTTPResponse, allowance: Allowance) -> bytes:
    inflated = _inflater(response.headers.get("Content-Encoding", "").lower())
    parts: list[bytes] = []
    # read1 returns what has come; read waits for the whole chunk, however slowly it drips in.
    while chunk := response.read1(_CHUNK_BYTES, decode_content=False):
        for part in inflated(chunk):
            allowance.spend(len(part))
            parts.append(part)
        if not allowance.seconds_left:
            raise FetchError(TOO_LATE)
    return b"".join(parts)


def _inflater(encoding: str) -> Callable[[bytes], Iterable[bytes]]:
    """A decompressor that gives one chunk in small parts: a few bytes may expand to gigabytes."""
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


def _why(error: Exception, allowance: Allowance, transfer: Transfer) -> str:
    could_not_connect = isinstance(error, of_urllib3.NewConnectionError)  # by its class a time-out
    is_late = isinstance(error, of_urllib3.TimeoutError | TimeoutError) and not could_not_connect
    if is_late or transfer.is_given_up or not allowance.seconds_left:
        return TOO_LATE
    if isinstance(error, of_urllib3.SSLError):
        return "could not prove who it is"
    if could_not_connect or isinstance(error, _UnansweredError):
        return "could not be reached"
    return "broke off its answer"
