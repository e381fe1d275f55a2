"""Keys and tokens for tests, signed as a client signs them."""

import json
import time
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

ISSUER = "https://ehr.example"
JKU = "https://ehr.example/jwks.json"
PUBLIC_URL = "https://cds.example.org"
PATH = "/cds-services/thiopurine-order-sign"

_CURVES = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}


def private_key(algorithm: str = "ES384", number: int = 0, bits: int = 2048) -> Any:
    """One key for each algorithm and number."""
    return _made(algorithm, number, bits)


@cache
def _made(algorithm: str, _number: int, bits: int) -> Any:
    if algorithm in _CURVES:
        return ec.generate_private_key(_CURVES[algorithm])
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def jwk(algorithm: str = "ES384", kid: str = "one", number: int = 0, bits: int = 2048, **more: Any) -> dict:
    """The public half, as published."""
    public = private_key(algorithm, number, bits).public_key()
    kind = ECAlgorithm if algorithm in _CURVES else OKPAlgorithm if algorithm == "EdDSA" else RSAAlgorithm
    return kind.to_jwk(public, as_dict=True) | {"kid": kid, "use": "sig"} | more


def jwks(*keys: dict) -> bytes:
    return json.dumps({"keys": keys}).encode()


def token(
    algorithm: str = "ES384",
    number: int = 0,
    key: Any = None,
    headers: dict | None = None,
    now: float | None = None,
    **claims: Any,
) -> str:
    """A good token; a claim or a header of None is left out."""
    issued = time.time() if now is None else now
    good = {
        "iss": ISSUER,
        "aud": PUBLIC_URL + PATH,
        "iat": issued,
        "exp": issued + 300,
        "jti": f"{algorithm}-{time.monotonic_ns()}",
    }
    told = {"kid": "one", "typ": "JWT", "jku": JKU} | (headers or {})
    return jwt.encode(
        {name: value for name, value in (good | claims).items() if value is not None},
        key or private_key(algorithm, number),
        algorithm=algorithm,
        headers={name: value for name, value in told.items() if value is not None or name == "typ"},
    )
