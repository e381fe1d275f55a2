"""How the EHR proves who it is to the service: a token for each call (CDS Hooks 2.0.1, "Trusting CDS Clients")."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

_LIFE_S = 300  # the longest that the standard recommends
_BY_CURVE = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}


class KeyFileError(ValueError):
    """The file contains no usable private key to sign with; the message says why."""


@dataclass(frozen=True, slots=True)
class Identity:
    """An EHR: its issuer, and the private key that it signs with."""

    issuer: str
    kid: str
    algorithm: str
    key: Any  # of the cryptography package
    jku: str | None = None

    def headers_for(self, url: str) -> Mapping[str, str]:
        """The Authorization header of one call of this address."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": url,
            "iat": now,
            "exp": now + _LIFE_S,
            "jti": str(uuid4()),
        }
        head = {"kid": self.kid, "typ": "JWT", **({"jku": self.jku} if self.jku else {})}
        token = jwt.encode(claims, self.key, algorithm=self.algorithm, headers=head)
        return {"Authorization": f"Bearer {token}"}


def identity_from(file: Path, issuer: str, kid: str | None, jku: str | None) -> Identity:
    """The identity that signs with the private key in a file: PEM, a JWK, or a JWK Set with one private key.

    Raises KeyFileError.
    """
    raw = file.read_bytes()
    try:
        if raw.lstrip().startswith(b"{"):
            return _from_jwk(json.loads(raw), issuer, kid, jku)
        key = load_pem_private_key(raw, password=None)
    except (ValueError, TypeError, jwt.PyJWTError) as error:
        raise KeyFileError(f"{file}: {error}") from None
    return Identity(issuer, _named(kid), _algorithm_of(key), key, jku)


def _from_jwk(read: dict[str, Any], issuer: str, kid: str | None, jku: str | None) -> Identity:
    keys = [one for one in read.get("keys", [read]) if "d" in one and kid in (None, one.get("kid"))]
    if len(keys) != 1:
        raise ValueError(f"expected one private key, found {len(keys)}; --kid says which")
    key = jwt.PyJWK.from_dict(keys[0]).key
    return Identity(issuer, _named(kid or keys[0].get("kid")), _algorithm_of(key), key, jku)


def _named(kid: str | None) -> str:
    if not kid:
        raise ValueError("the key has no id: --kid names it as the service knows it")
    return kid


def _algorithm_of(key: object) -> str:
    if isinstance(key, RSAPrivateKey):
        return "RS384"
    if isinstance(key, EllipticCurvePrivateKey) and key.curve.name in _BY_CURVE:
        return _BY_CURVE[key.curve.name]
    raise ValueError("expected an RSA key, or one on the curve P-256, P-384 or P-521")
