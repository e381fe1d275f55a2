"""A service as clients see it: over HTTP, with or without tokens; and how the tests start one."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

COMMAND = Path(sys.executable).with_name("thiopurine-cds")
STOPS_WITHIN_S = 10
_PROFILES = ("standard", "epic", "crd")


@dataclass(frozen=True)
class Signer:
    """One client's key, and the tokens it signs."""

    issuer: str
    algorithm: str
    kid: str | None
    key: Any = field(repr=False)

    def token(self, audience: Any, headers: dict[str, Any] | None = None, **claims: Any) -> str:
        """A good token; a claim or a header of None is left out."""
        now = int(time.time())
        good = {"iss": self.issuer, "aud": audience, "iat": now, "exp": now + 300, "jti": str(uuid4())}
        return jwt.encode(
            _given(good | claims),
            self.key,
            algorithm=self.algorithm,
            headers=_given({"kid": self.kid, "typ": "JWT"} | (headers or {})),
        )


@dataclass(frozen=True)
class Service:
    """One service and one client of it."""

    url: str
    signer: Signer | None = None
    session: requests.Session = field(default_factory=requests.Session, repr=False)

    def address(self, path: str = "") -> str:
        return f"{self.url}/cds-services{path}"

    def ask(self, method: str, path: str = "", *, token: str | None = None, **sent: Any) -> requests.Response:
        """One call; signed where the client signs, unless a token is given."""
        address = self.address(path)
        headers = dict(sent.pop("headers", {}))
        if token is None and self.signer:
            token = self.signer.token(address)
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return self.session.request(
            method, address, headers=headers, timeout=30, allow_redirects=False, **sent
        )

    @cached_property
    def discovered(self) -> list[dict[str, Any]]:
        response = self.ask("GET")
        assert response.status_code == 200
        return response.json()["services"]

    def path_of(self, hook: str) -> str:
        """The path of the service that answers a hook."""
        return next(f"/{one['id']}" for one in self.discovered if one["hook"] == hook)

    def call(self, body: Any, hook: str | None = None, **sent: Any) -> requests.Response:
        return self.ask("POST", self.path_of(hook or body["hook"]), json=body, **sent)

    def cards(self, body: Any) -> dict[str, Any]:
        """The response to a request that must be answered."""
        response = self.call(body)
        assert response.status_code == 200, response.text
        return response.json()


class Deployment:
    """Where the service is; what only a service started here can show is skipped for a deployed one."""

    def __init__(self, url: str, signer: Signer | None = None) -> None:
        self.service = Service(url.rstrip("/").removesuffix("/cds-services"), signer)

    @property
    def guarded(self) -> Service:
        """A service that lets in clients with a token only."""
        if self.service.signer is None:
            pytest.skip("a deployed service: give --service-key to test its tokens")
        return self.service

    def as_client(self, profile: str) -> Service:
        """The same, as a client of some kind."""
        pytest.skip(f"a deployed service: its clients are not known here, {profile} among them")

    @property
    def log(self) -> str:
        pytest.skip("a deployed service: its log is not at hand")

    def report(self) -> list[dict[str, Any]]:
        pytest.skip("a deployed service: its database is not at hand")


class LocalDeployment(Deployment):
    """Two services of ours on one database: one lets everybody in, one only its clients."""

    def __init__(self, open_url: str, guarded_url: str, signers: dict[str, Signer], folder: Path) -> None:
        super().__init__(open_url)
        self._guarded = {name: Service(guarded_url, signer) for name, signer in signers.items()}
        self._folder = folder

    @property
    def guarded(self) -> Service:
        return self._guarded["standard"]

    def as_client(self, profile: str) -> Service:
        return self._guarded[profile]

    @property
    def log(self) -> str:
        return "".join(file.read_text() for file in sorted(self._folder.glob("*.log")))

    def report(self) -> list[dict[str, Any]]:
        environment = json.loads((self._folder / "environment.json").read_text())
        done = subprocess.run(
            [COMMAND, "report", "--since", "2020-01-01", "--format", "json"],
            env=os.environ | environment,
            check=True,
            capture_output=True,
        )
        return json.loads(done.stdout)["rules"]


@contextmanager
def local_deployment(folder: Path, database_url: str) -> Iterator[LocalDeployment]:
    """Both services, started as a user starts them."""
    environment = {
        "THIOPURINE_CDS_DATABASE_URL": database_url,
        "THIOPURINE_CDS_HASH_KEYS_FILE": str(folder / "keys"),
    }
    (folder / "environment.json").write_text(json.dumps(environment))
    signers = {name: new_signer(name, folder) for name in _PROFILES}
    clients = folder / "clients.toml"
    clients.write_text("".join(client_entry(name, signer) for name, signer in signers.items()))
    ports = free_port(), free_port()
    urls = tuple(f"http://127.0.0.1:{port}" for port in ports)
    guard = ["--clients", str(clients), "--public-url", urls[1]]
    with ExitStack() as running:
        processes = [
            running.enter_context(started(folder / "open.log", ports[0], environment)),
            running.enter_context(started(folder / "guarded.log", ports[1], environment, *guard)),
        ]
        for port, process in zip(ports, processes, strict=True):
            wait_for(port, process)
        yield LocalDeployment(*urls, signers, folder)


def new_signer(name: str, folder: Path) -> Signer:
    """A client's key; its public half is written into the folder."""
    key = ec.generate_private_key(ec.SECP384R1())
    public = ECAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": f"{name}-1", "use": "sig"}
    (folder / f"{name}.jwks.json").write_text(json.dumps({"keys": [public]}))
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Signer(f"https://{name}.example.org", "ES384", f"{name}-1", pem)


def client_entry(name: str, signer: Signer, jku: str = "") -> str:
    """What the clients file says of it; its keys are in its file, or at an address."""
    preferences = '[client.preference_list]\ntpmt_test = "4711"\n' if name == "epic" else ""
    keys = f'jku = ["{jku}"]' if jku else f'keys_file = "{name}.jwks.json"'
    return (
        f'[[client]]\nname = "{name}"\nissuer = "{signer.issuer}"\n{keys}\n'
        f'profile = "{name}"\nfhir_servers = ["https://fhir.{name}.example.org/r4"]\n{preferences}\n'
    )


@contextmanager
def started(
    log: Path,
    port: int,
    environment: dict[str, str],
    *options: str,
    command: Sequence[str | Path] = (COMMAND,),
) -> Iterator["subprocess.Popen[bytes]"]:
    """The server as a user starts it, ended with the block."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "serve", "--port", str(port), *options], stderr=output, env=os.environ | environment
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=STOPS_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise


def wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("the service did not start")


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
