"""Identifies the caller by a signed token (CDS Hooks 2.0.1, "Trusting CDS Clients").

Every refusal looks the same to the caller; the log says why, without the token.
"""

import base64
import binascii
import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Protocol, TypeVar

import jwt
import msgspec
import structlog

from cds_service.access.clients import Client
from cds_service.access.key_sets import KeySets, NoKeyError
from cds_service.access.replay_guard import ReplayGuard
from cds_service.errors import UntrustedClientError
from cds_service.net.web_addresses import UnsafeAddressError, origin_of
from cds_service.wire.plain_paths import plain_path

log = structlog.get_logger()

_SKEW_S = 60
_LONGEST_TOKEN = 8 * 1024
_LONGEST_ID = 1024
_FEEDBACK = "/feedback"

Shape = TypeVar("Shape")


class Door(Protocol):
    """Decides who may come in."""

    def client_calling(self, authorization: str | None, path: str) -> Client:
        """The client behind an Authorization header, for a call of this path.

        Raises UntrustedClientError.
        """
        ...


class OpenDoor:
    """Lets every caller in, as one and the same client: for development, on this machine."""

    def __init__(self, everybody: Client) -> None:
        self._everybody = everybody

    def client_calling(self, authorization: str | None, path: str) -> Client:
        """The same client for every caller."""
        return self._everybody


class _Header(msgspec.Struct):
    alg: str
    kid: str
    typ: str
    jku: str | None = None
    crit: msgspec.Raw = msgspec.Raw(b"")


class _Claims(msgspec.Struct):
    iss: str
    aud: str | list[str]
    exp: float
    iat: float
    jti: str
    nbf: float | None = None
    tenant: str | None = None


_HEADER = msgspec.json.Decoder(_Header)
_CLAIMS = msgspec.json.Decoder(_Claims)


class GuardedDoor:
    """Lets in the clients of the configuration, by their tokens."""

    def __init__(
        self,
        clients: Iterable[Client],
        public_url: str,
        keys: KeySets,
        replays: ReplayGuard,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._by_issuer: Mapping[str, Client] = {client.issuer: client for client in clients}
        self._public_url = public_url
        self._keys = keys
        self._replays = replays
        self._clock = clock
        self._signatures = jwt.PyJWS()

    def client_calling(self, authorization: str | None, path: str) -> Client:
        """The client whose token this is, if the token is valid for this path, now and for the first time.

        Raises UntrustedClientError.
        """
        token = _bearer_token(authorization)
        header, claims = _unverified(token)
        client = self._by_issuer.get(claims.iss)
        if client is None:
            raise _refused("the issuer is not known")
        self._check(claims, client, plain_path(path))
        self._verify(token, header, client)
        self._refuse_second_use(claims, client)
        return client

    def _check(self, claims: _Claims, client: Client, path: str) -> None:
        now = self._clock()
        if not self._is_for(path, claims.aud, client):
            raise _refused("the audience is not this address", client)
        if now >= claims.exp + _SKEW_S:
            raise _refused("the token has expired", client)
        if claims.iat > now + _SKEW_S or (claims.nbf is not None and claims.nbf > now + _SKEW_S):
            raise _refused("the token is from the future", client)
        if not 0 < claims.exp - claims.iat <= client.max_token_life_s:
            raise _refused("the token lives too long", client)
        if client.tenants and claims.tenant not in client.tenants:
            raise _refused("the tenant is not one of the client's", client)
        if not claims.jti or len(claims.jti) > _LONGEST_ID:
            raise _refused("jti is empty or too long", client)

    def _verify(self, token: str, header: _Header, client: Client) -> None:
        """Checks the signature, only against this client's keys; nothing is fetched for a wrong header."""
        if header.typ.upper() != "JWT":
            raise _refused("typ is not JWT", client)
        if bytes(header.crit):
            raise _refused("the header has critical extensions", client)
        if header.alg not in client.algorithms:
            raise _refused("the algorithm is not one of the client's", client)
        if not header.kid or len(header.kid) > _LONGEST_ID:
            raise _refused("kid is empty or too long", client)
        try:
            key = self._keys.key(client, _key_address(header.jku, client), header.kid, header.alg)
            self._signatures.decode_complete(token, key.material, algorithms=[header.alg])
        except NoKeyError as error:
            raise _refused(str(error), client) from None
        except (jwt.PyJWTError, ValueError):
            raise _refused("the signature is wrong", client) from None

    def _refuse_second_use(self, claims: _Claims, client: Client) -> None:
        token_id = hashlib.sha256(f"{claims.iss}\n{claims.jti}".encode()).hexdigest()
        if self._replays.seen(token_id, datetime.fromtimestamp(claims.exp + _SKEW_S, UTC)):
            raise _refused("the token was used before", client)

    def _is_for(self, path: str, audience: str | list[str], client: Client) -> bool:
        """Whether a token is for this address. For feedback, the specification leaves open which of two it names."""
        given = [audience] if isinstance(audience, str) else audience
        expected = {f"{self._public_url}{path}", f"{self._public_url}{path.removesuffix(_FEEDBACK)}"}
        return any(one in client.audiences or _plain(one) in expected for one in given)


def _refused(why: str, client: Client | None = None) -> UntrustedClientError:
    log.warning("client_refused", why=why, client=client.name if client else None)
    return UntrustedClientError(why)


def _bearer_token(authorization: str | None) -> str:
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise _refused("there is no bearer token")
    if len(token) > _LONGEST_TOKEN:
        raise _refused("the token is too long")
    return token


def _unverified(token: str) -> tuple[_Header, _Claims]:
    """A token's own claims, before its signature is checked."""
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004 -- header, claims, signature
        raise _refused("the token is not a signed JWT")
    return _part(parts[0], _HEADER), _part(parts[1], _CLAIMS)


def _part(text: str, shape: msgspec.json.Decoder[Shape]) -> Shape:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return shape.decode(raw)
    except (binascii.Error, ValueError, msgspec.DecodeError, RecursionError):
        raise _refused("the token is not readable") from None


def _key_address(jku: str | None, client: Client) -> str | None:
    """The address of the key; None means the client's file, which takes precedence over any address."""
    if jku is not None and jku not in client.jku:
        raise _refused("jku is not one of the client's", client)
    if client.keys_file is not None:
        return None
    return jku or min(client.jku)


def _plain(audience: str) -> str:
    """An address in canonical spelling: some clients double slashes or end with one."""
    try:
        origin = origin_of(audience)
    except UnsafeAddressError:
        return audience
    _, _, rest = audience.partition("://")
    _, slash, path = rest.partition("/")
    return f"{origin}{plain_path(slash + path)}"
