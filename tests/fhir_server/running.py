"""Medplum's FHIR router as a process of its own, and the switches by which a test makes it misbehave."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

FOLDER = Path(__file__).parent
_WAIT_S = 10


class NoNodeError(RuntimeError):
    """The server cannot run here; the message says what is missing."""


@dataclass(frozen=True)
class RunningFhirServer:
    base: str  # "http://127.0.0.1:41234/fhir/R4"

    def load(self, resources: Iterable[dict[str, Any]]) -> None:
        """Keep these beside what is there; one with the same id takes the place of the other."""
        entries = [{"resource": one} for one in resources]
        self._control("POST", "resources", {"resourceType": "Bundle", "entry": entries})

    def clear(self) -> None:
        """Forget every resource."""
        self._control("DELETE", "resources")

    def switch(self, **switches: Any) -> None:
        """Set token, page and faults, the rest as at the start; the log of requests begins anew."""
        self._control("POST", "switches", switches)

    @property
    def asked(self) -> list[dict[str, Any]]:
        """The requests since the last switch: method, url, authorization."""
        return self._control("GET", "asked")

    def _control(self, method: str, what: str, content: dict[str, Any] | None = None) -> Any:
        parts = urlsplit(self.base)
        with requests.Session() as session:
            session.trust_env = False
            url = f"{parts.scheme}://{parts.netloc}/control/{what}"
            response = session.request(method, url, json=content, timeout=_WAIT_S)
        response.raise_for_status()
        return response.json()


@contextmanager
def running_fhir_server(*files: Path, port: int = 0, token: str = "") -> Iterator[RunningFhirServer]:
    """A server on loopback, with these bundles loaded, until the block ends.

    Raises NoNodeError where Node or the server's packages are missing.
    """
    command = [node_command(), "server.mjs", "--with-parent", "--port", str(port), "--token", token]
    with subprocess.Popen(
        [*command, *(str(file.resolve()) for file in files)],
        cwd=FOLDER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for whoever started us; we end with our standard input
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line:
                raise NoNodeError(f"the FHIR server did not start (exit code {process.wait(_WAIT_S)})")
            yield RunningFhirServer(json.loads(line)["base"])
        finally:
            process.terminate()


def node_command() -> str:
    """The Node that runs the server. Raises NoNodeError."""
    node = shutil.which("node")
    if node is None:
        raise NoNodeError("node is not installed: apt-get install nodejs npm, or https://nodejs.org")
    if not (FOLDER / "node_modules" / "@medplum").is_dir():
        raise NoNodeError("the FHIR server's packages are not installed: make fhir-server")
    return node


def must_run() -> bool:
    """Whether a machine without Node fails the tests, rather than skips them."""
    return os.environ.get("CI") == "true"
