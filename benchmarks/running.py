"""A server in a separate process on loopback, what it uses, and how it is ended."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]

OUR_COMMAND = (sys.executable, "-c", "from cds_service.cli.main import main; main()", "serve")
_ROOT = Path(__file__).parents[1]
_READY_WITHIN_S = 30
_ENDS_WITHIN_S = 40


class NotStartedError(Exception):
    """The server did not start."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, and the process that started its workers."""

    port: int
    process: psutil.Process

    @property
    def family(self) -> list[psutil.Process]:
        """The server and its workers."""
        return [self.process, *self.process.children(recursive=True)]

    @property
    def cpu_s(self) -> float:
        """CPU that all of it has used."""
        return float(sum(sum(one.cpu_times()[:2]) for one in self.family))

    @property
    def worker_rss_mb(self) -> float:
        """Resident memory of the largest worker, or of the only process."""
        family = self.family
        return float(max(one.memory_info().rss for one in family[1:] or family) / 1e6)


@contextmanager
def our_server(
    workers: int = 1, clients: Path | None = None, port: int | None = None, **settings: str
) -> Iterator[Server]:
    """The production server on a free port, with an empty database; `settings` are THIOPURINE_CDS_<NAME>."""
    port = port or free_port()
    with tempfile.TemporaryDirectory() as folder:
        settings |= our_settings(Path(folder)) | {"WORKERS": str(workers)}
        if clients is not None:
            settings |= {"CLIENTS": str(clients), "PUBLIC_URL": f"http://127.0.0.1:{port}"}
        with started((*OUR_COMMAND, "--port", str(port)), port, our_environment(settings)) as server:
            yield server


def our_settings(folder: Path) -> dict[str, str]:
    """A separate database, and a log that does not measure the terminal."""
    return {"DATABASE_URL": f"sqlite:///{folder / 'bench.sqlite3'}", "LOG_LEVEL": "warning"}


def our_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Settings as the service reads them."""
    return {f"THIOPURINE_CDS_{name}": value for name, value in settings.items()}


@contextmanager
def started(command: Sequence[str], port: int, environment: Mapping[str, str]) -> Iterator[Server]:
    """A server that listens on that port, ended with the block. Raises NotStartedError."""
    with spawned(command, environment) as process:
        _wait_until_ready(port, process)
        yield Server(port, psutil.Process(process.pid))


@contextmanager
def spawned(command: Sequence[str], environment: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """A process, ended with the block."""
    process = subprocess.Popen(  # noqa: S603 -- our own commands
        command,
        cwd=_ROOT,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _wait_until_ready(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Return once somebody listens. Raises NotStartedError."""
    until = time.monotonic() + _READY_WITHIN_S
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise NotStartedError(f"nobody listens on port {port}")
