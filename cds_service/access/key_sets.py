"""The keys of clients: read from a file or fetched, kept for a while, and fetched again when one is missing."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from cds_service.access.client_transports import ClientTransports
from cds_service.access.clients import Client
from cds_service.access.public_keys import KeySetError, PublicKey, key_for, public_keys_in
from cds_service.net.allowance import Allowance
from cds_service.net.transport import FetchError, Transfer

log = structlog.get_logger()

_FETCH_S = 3.0
_MOST_BYTES = 256 * 1024
_FRESH_S = 15 * 60  # how long a withdrawn key is still trusted
_STALE_S = 4 * 60 * 60  # the same while its source is down
_AGAIN_AFTER_S = 30  # an unknown key makes us fetch the set again, but not more often than this
_LONGEST_PAUSE_S = 300
_ACCEPT = {"Accept": "application/jwk-set+json, application/json"}

Fetch = Callable[[Client, str | None], bytes]
"""The JWK Set of a client, from a URL, or from its file when that is None."""


class NoKeyError(Exception):
    """No key to verify a token is available; the message says why."""


@dataclass
class _KeySetSource:
    """One key set, and when it may be asked for again."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    keys: tuple[PublicKey, ...] = ()
    read_at: float | None = None
    not_before: float = 0.0
    failures: int = 0


class KeySets:
    """The key sets of one process. Safe to share between threads: one of them fetches, the others wait."""

    def __init__(self, fetch: Fetch, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._sources: dict[tuple[str, str | None], _KeySetSource] = {}

    def key(self, client: Client, jku: str | None, kid: str, algorithm: str) -> PublicKey:
        """The client's key of this id. `jku` must have been checked against the client's list.

        Raises NoKeyError.
        """
        with self._lock:
            source = self._sources.setdefault((client.name, jku), _KeySetSource())
        with source.lock:
            key = key_for(source.keys, kid, algorithm) if self._age(source) < _FRESH_S else None
            if key is not None:
                return key
            if self._clock() >= source.not_before:
                self._read(source, client, jku)
            if self._age(source) >= _STALE_S:
                raise NoKeyError("the client's keys cannot be had")
            key = key_for(source.keys, kid, algorithm)
        if key is None:
            raise NoKeyError("the client has no such key for this algorithm")
        return key

    def _age(self, source: _KeySetSource) -> float:
        return float("inf") if source.read_at is None else self._clock() - source.read_at

    def _read(self, source: _KeySetSource, client: Client, jku: str | None) -> None:
        """Take the set as it is now; the previous set stays when that fails."""
        try:
            source.keys = public_keys_in(self._fetch(client, jku))
        except (FetchError, KeySetError, OSError) as error:
            source.failures += 1
            pause = min(_AGAIN_AFTER_S * 2 ** (source.failures - 1), _LONGEST_PAUSE_S)
            why = error.why if isinstance(error, FetchError) else type(error).__name__
            log.warning("client_keys_not_read", client=client.name, why=why, failures=source.failures)
        else:
            source.failures = 0
            source.read_at = self._clock()
            pause = _AGAIN_AFTER_S
        source.not_before = self._clock() + pause


def fetch_by(transports: ClientTransports) -> Fetch:
    """Fetches key sets over the network, within a few seconds and a size limit."""

    def fetch(client: Client, jku: str | None) -> bytes:
        if jku is None:
            if client.keys_file is None:
                raise KeySetError("the client has neither a file of keys nor an address")
            return client.keys_file.read_bytes()
        transfer = Transfer()
        watch = threading.Timer(_FETCH_S, transfer.give_up)
        watch.start()
        try:
            return transports.of(client).get(jku, _ACCEPT, Allowance(_FETCH_S, _MOST_BYTES), transfer)
        finally:
            watch.cancel()

    return fetch
