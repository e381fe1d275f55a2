"""The keys of a JWK Set that may verify a client's token, each bound to its algorithms."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

_MOST_KEYS = 100
_RSA_BITS = range(2048, 8193)  # shorter is weak; longer costs the service more than the caller
_MEMBERS = ("kty", "crv", "x", "y", "n", "e")  # the public members: some sets hold private ones too

# RFC 7518 3.1 and RFC 8037 3.1: key type, and curve where the algorithm fixes one
_KINDS: Mapping[str, tuple[str, str | None]] = {
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "RS256": ("RSA", None),
    "RS384": ("RSA", None),
    "RS512": ("RSA", None),
    "PS256": ("RSA", None),
    "PS384": ("RSA", None),
    "PS512": ("RSA", None),
    "EdDSA": ("OKP", "Ed25519"),
}


class KeySetError(ValueError):
    """The bytes are not a JWK Set."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One key, as it was published."""

    kid: str
    kind: tuple[str, str | None]  # key type, and its curve unless RSA
    algorithm: str | None  # the only algorithm it is for, if stated
    material: Any  # of the cryptography package

    def is_for(self, algorithm: str) -> bool:
        """Whether this key can have made a signature by this algorithm."""
        return _KINDS.get(algorithm) == self.kind and self.algorithm in (None, algorithm)


class _Key(msgspec.Struct):
    kty: str
    kid: str
    use: str | None = None
    alg: str | None = None
    key_ops: list[str] | None = None
    crv: str | None = None
    x: str | None = None
    y: str | None = None
    n: str | None = None
    e: str | None = None


class _KeySet(msgspec.Struct):
    keys: list[msgspec.Raw]


_KEY = msgspec.json.Decoder(_Key)
_KEY_SET = msgspec.json.Decoder(_KeySet)


def public_keys_in(body: bytes) -> tuple[PublicKey, ...]:
    """The keys of a JWK Set that can verify a signature; others, and those with a secret, are left out.

    Raises KeySetError.
    """
    try:
        published = _KEY_SET.decode(body).keys
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise KeySetError("expected a JWK Set") from None
    return tuple(key for raw in published[:_MOST_KEYS] if (key := _key(raw)))


def key_for(keys: Iterable[PublicKey], kid: str, algorithm: str) -> PublicKey | None:
    """The key of this id for this algorithm; None when there is none, or more than one."""
    fitting = [key for key in keys if key.kid == kid and key.is_for(algorithm)]
    return fitting[0] if len(fitting) == 1 else None


def _key(raw: msgspec.Raw) -> PublicKey | None:
    try:
        key = _KEY.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if key.use not in (None, "sig") or (key.key_ops is not None and "verify" not in key.key_ops):
        return None
    kind = (key.kty, None if key.kty == "RSA" else key.crv)
    name = next((name for name, needs in _KINDS.items() if needs == kind), None)
    if name is None:
        return None
    members = {member: value for member in _MEMBERS if (value := getattr(key, member)) is not None}
    try:
        material = jwt.PyJWK(members, algorithm=name).key
    except (jwt.PyJWTError, ValueError):
        return None
    if isinstance(material, RSAPublicKey) and material.key_size not in _RSA_BITS:
        return None
    return PublicKey(key.kid, kind, key.alg, material)
