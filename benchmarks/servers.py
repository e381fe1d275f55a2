"""`python -m benchmarks.servers`: our application on several servers, each with one worker of 32 threads.

How fast each is, whether slow clients keep it from answering others, and what becomes of requests when it is stopped.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from benchmarks.hook_bodies import bodies
from benchmarks.load import Call, loaded
from benchmarks.peers import gunicorn_command
from benchmarks.running import OUR_COMMAND, Server, free_port, our_environment, our_settings, started
from benchmarks.sheets import Sheet
from benchmarks.slow_clients import FAST, SLOW, beside_slow_clients
from benchmarks.stopping import IN_FLIGHT, answered_though_stopped

CONNECTIONS = (1, 8, 64)
REQUESTS = {"2 kB": 400, "1.1 MB": 96}
_THREADS = "32"
_WARM = 16
_WARM_SEEDS = 5_000_000
_APP = "benchmarks.wsgi_app:app"

Command = Callable[[int], tuple[str, ...]]

SERVERS: dict[str, Command] = {
    "gunicorn, our worker": lambda port: (*OUR_COMMAND, "--port", str(port)),
    "gunicorn gthread": lambda port: gunicorn_command(_APP, port),
    "granian": lambda port: (
        sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "1", "--blocking-threads", _THREADS,
        "--host", "127.0.0.1", "--port", str(port), "--no-log", _APP,
    ),
    "waitress": lambda port: (
        sys.executable, "-m", "waitress", f"--listen=127.0.0.1:{port}", f"--threads={_THREADS}",
        "--connection-limit=1000", _APP,
    ),
}  # fmt: skip


@click.command()
@click.option("--markdown", is_flag=True, help="As docs/performance.md has them.")
def main(*, markdown: bool) -> None:
    """Measure each server, and print what was found."""
    found = [{"server": name} | _figures(name) for name in SERVERS]
    for sheet in sheets(found):
        if markdown:
            click.echo(f"{sheet.markdown}\n")
        else:
            Console(width=140).print(sheet.for_terminal)


def sheets(found: list[dict[str, Any]]) -> Iterator[Sheet]:
    """How fast each server is, and how it behaves."""
    yield Sheet(
        "One worker of 32 threads",
        ("server", "body", "connections", "p50 ms", "p99 ms", "a second", "CPU ms", "RSS MB"),
        tuple(
            (
                one["server"],
                load["size"],
                str(load["connections"]),
                *(f"{load[name]:.1f}" for name in ("p50_ms", "p99_ms", "per_s", "cpu_ms")),
                f"{load['rss_mb']:.0f}",
            )
            for one in found
            for load in one["loads"]
        ),
    )
    yield Sheet(
        f"{FAST} calls beside {SLOW} clients that dribble a body; {IN_FLIGHT} calls in flight at SIGTERM",
        (
            "server",
            "answered beside slow clients",
            "slowest of them, s",
            "answered though stopped",
            "exit code",
        ),
        tuple(
            (
                one["server"],
                str(one["beside_slow"]["answered"]),
                f"{one['beside_slow']['slowest_s']:.1f}",
                str(one["stopped"]["answered"]),
                str(one["stopped"]["exit_code"]),
            )
            for one in found
        ),
    )


def _figures(name: str) -> dict[str, Any]:
    found: dict[str, Any] = {"loads": []}
    for size in REQUESTS:
        for connections in CONNECTIONS:
            click.echo(f"{name}: {size}, {connections} connections", err=True)
            with _running(name) as server:
                found["loads"].append(_load(server, size, connections))
    click.echo(f"{name}: slow clients", err=True)
    with _running(name) as server:
        found["beside_slow"] = beside_slow_clients(server.port)
    click.echo(f"{name}: stopped with requests in flight", err=True)
    with _running(name) as server:
        found["stopped"] = answered_though_stopped(server)
    return found


@contextmanager
def _running(name: str) -> Iterator[Server]:
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        environment = our_environment(our_settings(Path(folder)))
        with started(SERVERS[name](port), port, environment) as server:
            yield server


def _load(server: Server, size: str, connections: int) -> dict[str, Any]:
    warm = [Call(body) for body in bodies(size, _WARM, _WARM_SEEDS)]
    calls = [Call(body) for body in bodies(size, REQUESTS[size])]
    return {"size": size, "connections": connections} | loaded(server, warm, calls, connections)


if __name__ == "__main__":
    main()
