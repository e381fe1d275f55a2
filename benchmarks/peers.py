"""The service's whole job beside a tutorial's handler that only parses: same bodies, same load, in turn."""

import shutil
import statistics
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from benchmarks.hook_bodies import bodies
from benchmarks.load import Call, loaded
from benchmarks.running import Server, free_port, our_server, started

SIZES = {"2 kB": 400, "1.1 MB": 96}
_CONNECTIONS = 8
_ROUNDS = 3
_WARM = 16
_WARM_SEEDS = 4_000_000
_EXPRESS = Path(__file__).parent / "toy_express"

Start = Callable[[], AbstractContextManager[Server]]


def measured(say: Callable[[str], None]) -> list[dict[str, Any]]:
    """For each peer and size the median figures of both, of several turns. `say` is called with what comes next."""
    found = []
    for size, count in SIZES.items():
        warm = [Call(body) for body in bodies(size, _WARM, _WARM_SEEDS)]
        calls = [Call(body) for body in bodies(size, count)]
        turns: dict[str, list[dict[str, Any]]] = {name: [] for name in ("ours", *_peers())}
        for number in range(_ROUNDS):
            for name, start in (("ours", our_server), *_peers().items()):
                say(f"toy handlers: {size}, {name}, round {number + 1} of {_ROUNDS}")
                with start() as server:
                    turns[name].append(loaded(server, warm, calls, _CONNECTIONS))
        ours_ms = _median(turns.pop("ours"))["cpu_ms"]
        found += [
            {"peer": name, "size": size, "ours_ms": ours_ms} | _median(figures)
            for name, figures in turns.items()
        ]
    return found


def _peers() -> dict[str, Start]:
    """The toys that can be started here: Express needs node, and its packages installed (make bench)."""
    peers: dict[str, Start] = {"Flask on gunicorn": _flask}
    if shutil.which("node") and (_EXPRESS / "node_modules").is_dir():
        peers["Express on node"] = _express
    return peers


def _flask() -> AbstractContextManager[Server]:
    port = free_port()
    return started(gunicorn_command("benchmarks.toy_flask:app", port), port, {})


def _express() -> AbstractContextManager[Server]:
    port = free_port()
    command = (shutil.which("node") or "node", str(_EXPRESS / "server.mjs"), str(port))
    return started(command, port, {"NODE_ENV": "production"})


def gunicorn_command(app: str, port: int, threads: int = 32) -> tuple[str, ...]:
    """Gunicorn as it comes, one worker with this many threads."""
    options = ("--threads", str(threads), "--bind", f"127.0.0.1:{port}", "--no-control-socket")
    return (sys.executable, "-m", "gunicorn", "--worker-class", "gthread", *options, app)


def _median(figures: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: statistics.median(one[name] for one in figures) for name in figures[0]}
