"""The real server on loopback: latency, CPU and memory of order-signs over several connections."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from benchmarks.hook_bodies import SIZES, bodies
from benchmarks.load import ORDER_SIGN, Call, loaded
from benchmarks.running import free_port, our_server
from benchmarks.signing import ALGORITHMS, Signer, new_client

CONNECTIONS = (1, 8, 64)
REQUESTS = {"2 kB": 600, "50 kB": 400, "1.1 MB": 128, "5 MB": 64}
UNSIGNED = "nobody"
_SIGNED_BY_RSA_OVER = (8,)
_WARM = 16
_WARM_SEEDS = 2_000_000


@dataclass(frozen=True, slots=True)
class Case:
    """One load to measure."""

    size: str
    connections: int
    signed_by: str = UNSIGNED  # or an algorithm


def cases() -> Iterator[Case]:
    """Every size, with each number of connections, with and without tokens; one size after the other."""
    for size in SIZES:
        for signed_by in (UNSIGNED, *ALGORITHMS):
            for connections in CONNECTIONS if signed_by != "RS384" else _SIGNED_BY_RSA_OVER:
                yield Case(size, connections, signed_by)


def measured(say: Callable[[str], None]) -> list[dict[str, Any]]:
    """The figures of every case; each has a server of its own. `say` is called with what comes next."""
    found = []
    for case in cases():
        say(f"over HTTP: {case.size}, {case.connections} connections, signed by {case.signed_by}")
        found.append(
            {"size": case.size, "connections": case.connections, "signed_by": case.signed_by} | _figures(case)
        )
    return found


def _figures(case: Case) -> dict[str, Any]:
    port = free_port()
    with ExitStack() as stack:
        signer, clients = None, None
        if case.signed_by != UNSIGNED:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            signer, clients = new_client(case.signed_by, folder)
        server = stack.enter_context(our_server(clients=clients, port=port))
        warm = _calls(_bodies(case.size, _WARM, _WARM_SEEDS), signer, port)
        calls = _calls(_bodies(case.size, REQUESTS[case.size]), signer, port)
        return loaded(server, warm, calls, case.connections)


def _calls(sent: list[bytes], signer: Signer | None, port: int) -> list[Call]:
    address = f"http://127.0.0.1:{port}{ORDER_SIGN}"
    return [Call(body, signer.token(address) if signer else None) for body in sent]


@lru_cache(maxsize=2)  # of the size that is being measured: its bodies, and those to warm up with
def _bodies(size: str, count: int, first_seed: int = 0) -> list[bytes]:
    return list(bodies(size, count, first_seed))
