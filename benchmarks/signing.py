"""A client that signs its calls, by each algorithm that CDS Hooks recommends ("JWT Signing Algorithm")."""

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

ALGORITHMS = ("ES384", "RS384")
_ISSUER = "https://ehr.example.org"
_KID = "bench-1"
_RSA_BITS = 2048
_LIFE_S = 1800


@dataclass(frozen=True, slots=True)
class Signer:
    """The client's key."""

    algorithm: str
    key: Any = field(repr=False)

    def token(self, audience: str) -> str:
        """A token for one call."""
        now = int(time.time())
        claims = {"iss": _ISSUER, "aud": audience, "iat": now, "exp": now + _LIFE_S, "jti": str(uuid4())}
        return jwt.encode(claims, self.key, self.algorithm, {"kid": _KID, "typ": "JWT"})


def new_client(algorithm: str, folder: Path) -> tuple[Signer, Path]:
    """A client with its own key and the clients file that lets it in; both files are in the folder."""
    key: Any
    if algorithm == "ES384":
        key = ec.generate_private_key(ec.SECP384R1())
        public = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    else:
        key = rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
        public = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    keys = {"keys": [public | {"kid": _KID, "use": "sig", "alg": algorithm}]}
    (folder / "keys.json").write_text(json.dumps(keys), encoding="utf-8")
    clients = folder / "clients.toml"
    clients.write_text(
        f'[[client]]\nname = "bench"\nissuer = "{_ISSUER}"\nkeys_file = "keys.json"\n', encoding="utf-8"
    )
    return Signer(algorithm, key), clients
