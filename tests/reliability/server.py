"""The production server on loopback, and everything it leaves behind: log, metrics, workers, rows.

    with running_server(tmp_path) as server:                       # two workers, an SQLite file
    with running_server(tmp_path, FHIR_TIMEOUT_S="1") as server:   # THIOPURINE_CDS_FHIR_TIMEOUT_S
    with running_server(tmp_path, clients=["epic"]) as server:     # only with tokens: server.as_client("epic")
    with running_server(tmp_path, program="tests.reliability.faulty") as server:   # python -m, see there

It is the same command, worker class and wiring that a user starts; a test of a fault breaks what lies around it.
"""

import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import psutil
import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import NullPool, create_engine, make_url, text

from tests.conformance.service import (
    COMMAND,
    Service,
    Signer,
    client_entry,
    free_port,
    new_signer,
    started,
    wait_for,
)

IS_FULL = os.environ.get("RELIABILITY") == "full"
"""Whether the tests run at their full size (`make reliability`), or small (`make test`)."""

WAIT_S = 30
"""How long anything may take; nothing is asserted about time."""


@dataclass(frozen=True)
class Server:
    """A running server."""

    url: str
    process: Any  # subprocess.Popen: gunicorn's arbiter, the parent of the workers
    database_url: str
    log_file: Path
    signers: dict[str, Signer] = field(default_factory=dict, repr=False)

    @property
    def service(self) -> Service:
        """The service as a client without a token sees it; one connection, kept."""
        return Service(self.url)

    def as_client(self, name: str) -> Service:
        """The same, as a client that signs its calls."""
        return Service(self.url, self.signers[name])

    def post(self, body: Any, hook: str = "order-sign", **sent: Any) -> requests.Response:
        """One hook call, on a connection of its own; `body` is JSON, or bytes as they are."""
        headers = {"Content-Type": "application/json", "Connection": "close"} | sent.pop("headers", {})
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        address = f"{self.url}/cds-services/thiopurine-{hook}"
        return requests.post(address, data=content, headers=headers, timeout=WAIT_S, **sent)

    def readiness(self) -> tuple[int, dict[str, Any]]:
        """Status of /readyz, and its checks by name."""
        response = requests.get(f"{self.url}/readyz", headers={"Connection": "close"}, timeout=WAIT_S)
        return response.status_code, response.json()["checks"]

    def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric over all series with these labels: metric("requests_total", status="200")."""
        content = requests.get(f"{self.url}/metrics", headers={"Connection": "close"}, timeout=WAIT_S).text
        return sum(
            sample.value
            for family in text_string_to_metric_families(content)
            for sample in family.samples
            if sample.name == f"thiopurine_cds_{name}" and labels.items() <= sample.labels.items()
        )

    @property
    def log(self) -> str:
        """All that it wrote to standard error."""
        return self.log_file.read_text(encoding="utf-8")

    def events(self, name: str | None = None) -> list[dict[str, Any]]:
        """The log's JSON lines; those of one event, where it is named."""
        lines = [json.loads(line) for line in self.log.splitlines() if line.startswith("{")]
        return [line for line in lines if name is None or line["event"] == name]

    @property
    def workers(self) -> list[psutil.Process]:
        """The processes that answer."""
        return psutil.Process(self.process.pid).children()

    def worker_at(self, local_port: int) -> psutil.Process:
        """The worker that holds the connection whose end on its side has this port."""
        for worker in self.workers:
            if any(one.laddr and one.laddr.port == local_port for one in worker.net_connections("tcp")):
                return worker
        pytest.fail(f"no worker holds port {local_port}")

    def stop(self) -> int:
        """Tell it to stop, as a service manager does; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(WAIT_S)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What the database answers to an SQL query."""
        url = make_url(self.database_url)
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        engine = create_engine(url, poolclass=NullPool)
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]

    def recorded(self, at_least: int = 0) -> Counter[str]:
        """How often each hook instance was recorded, once there are so many.

        Records are written after the answer: all of them are there for sure after `stop`.
        """
        eventually(lambda: self.rows("SELECT count(*) FROM requests")[0][0] >= at_least)
        return Counter(instance for (instance,) in self.rows("SELECT hook_instance FROM requests"))


@contextmanager
def running_server(
    folder: Path,
    *,
    workers: int = 2,
    database_url: str | None = None,
    clients: Sequence[str] = (),
    jku: Mapping[str, str] = MappingProxyType({}),
    program: str | None = None,
    must_be_ready: bool = True,
    **settings: str,
) -> Iterator[Server]:
    """The server on a free port; `settings` are THIOPURINE_CDS_<NAME>.

    `clients` are who may call with a token, each by its profile (standard, epic, crd) and with a key of its own,
    which is in a file, or at its `jku`; without them everybody may. `program` is a module that is run instead of
    the command, to break something inside.
    """
    port = free_port()
    url, database_url = f"http://127.0.0.1:{port}", database_url or f"sqlite:///{folder / 'store.sqlite3'}"
    signers = {name: new_signer(name, folder) for name in clients}
    options = ["--workers", str(workers)]
    if signers:
        file = folder / "clients.toml"
        file.write_text(
            "".join(client_entry(name, signer, jku.get(name, "")) for name, signer in signers.items())
        )
        options += ["--clients", str(file), "--public-url", url]
    environment = {f"THIOPURINE_CDS_{name}": value for name, value in settings.items()}
    environment |= {
        "THIOPURINE_CDS_DATABASE_URL": database_url,
        "THIOPURINE_CDS_HASH_KEYS_FILE": str(folder / "hash-keys"),
    }
    command = [sys.executable, "-m", program] if program else [COMMAND]
    log = folder / "server.log"
    with started(log, port, environment, *options, command=command) as process:
        wait_for(port, process)
        server = Server(url, process, database_url, log, signers)
        eventually(lambda: len(server.workers) == workers)
        if must_be_ready:
            eventually(lambda: server.readiness()[0] == requests.codes.ok)
        yield server


def eventually(claim: Callable[[], Any], within_s: float = WAIT_S) -> Any:
    """What `claim` returns, as soon as that is true; fails when it is not in time."""
    deadline = time.monotonic() + within_s
    while not (found := claim()):
        if time.monotonic() > deadline:
            pytest.fail(f"did not come true within {within_s} s")
        time.sleep(0.05)
    return found
