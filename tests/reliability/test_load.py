"""Mixed requests of several clients on two workers: nothing unexpected, nothing kept in memory, all recorded."""

from collections import Counter

import pytest

from tests.reliability.calls import MAX_BODY_BYTES, mixed_calls
from tests.reliability.load import under_load
from tests.reliability.server import IS_FULL, running_server

pytestmark = pytest.mark.slow

CALLS = 25_000 if IS_FULL else 600
CONNECTIONS = 64
# Memory is watched from here on: until then it grows by what is kept for good, the queues of records at their
# longest (2 x 1,000, about 25 kB each) and the gaps that the allocator leaves.
WARM = CALLS
MOST_BYTES_A_CALL = 500  # in both workers together


@pytest.mark.parametrize(
    ("clients", "calls"),
    [((), 2 * CALLS), (("standard", "epic", "crd"), CALLS)],
    ids=["open", "guarded"],
)
def test_many_mixed_requests(clients, calls, tmp_path):
    settings = {"MAX_BODY_BYTES": str(MAX_BODY_BYTES), "LOG_LEVEL": "error"}
    with running_server(tmp_path, clients=clients, **settings) as server:
        workers = {worker.pid for worker in server.workers}

        found, memory = under_load(server, mixed_calls(calls, seed=8), CONNECTIONS, "requests")

        _print_figures(found, memory)
        assert {worker.pid for worker in server.workers} == workers
        assert server.metric("records_dropped") == 0
        assert server.stop() == 0
        assert found.wrong == []
        assert server.recorded() == Counter(found.cards.keys())
        assert Counter(dict(server.rows(CARDS_SENT))) == +Counter(found.cards)
        assert server.rows("SELECT count(*) FROM feedback") == [(found.feedback,)]
        assert {kind: said for kind, said in found.said.items() if len(said) > 1} == {}
        assert server.events() == []
        if IS_FULL and not clients:
            assert memory.bytes_a_call(after=WARM) < MOST_BYTES_A_CALL


def _print_figures(found, memory):
    is_long = found.done > 1.5 * WARM
    growth = f", after {WARM} calls {memory.bytes_a_call(WARM):+.0f} bytes a call" if is_long else ""
    print(
        f"{found.done} calls in {found.took_s:.0f} s: {found.done / found.took_s:.0f} a second; "
        f"{len(found.cards)} decided, {found.feedback} reported about; "
        f"memory of both workers at most {memory.most_mb:.0f} MB{growth}"
    )
    print(", ".join(f"{kind} {status}: {count}" for (kind, status), count in sorted(found.statuses.items())))


CARDS_SENT = """
    SELECT requests.hook_instance, count(*) FROM cards JOIN requests ON requests.id = cards.request
    WHERE cards.withheld IS NULL GROUP BY requests.hook_instance
"""
