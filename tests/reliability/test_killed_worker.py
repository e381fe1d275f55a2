"""A worker is killed while it answers: its request breaks off, nobody else notices, and another takes its place."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.cds_service.chart_sources.fhir_server import fhir_server
from tests.conformance.hook_requests import request_for, said
from tests.reliability.fhir_faults import slow
from tests.reliability.server import WAIT_S, eventually, running_server

pytestmark = pytest.mark.slow

CALLS = 40  # the kernel picks a worker for each: that all go to the same one is 1 in 2**40


def test_a_worker_killed_in_mid_request_takes_nothing_else_along(tmp_path):
    with (
        running_server(tmp_path, FHIR_TIMEOUT_S="3600") as server,
        fhir_server(fault=slow) as fhir,
        ThreadPoolExecutor(1) as caller,
    ):
        before, during, after = ([request_for("order-sign") for _ in range(CALLS)] for _ in range(3))
        answers = [server.post(body) for body in before]
        server.recorded(at_least=CALLS)
        broken_off = caller.submit(server.post, request_for("order-sign", prefetch=..., fhirServer=fhir.base))
        _, port = eventually(lambda: next(iter(fhir.web.connections), None))
        killed = server.worker_at(port)

        killed.kill()
        killed.wait(WAIT_S)  # until then the kernel may give it connections, which end with it
        with pytest.raises(requests.ConnectionError):
            broken_off.result()
        answers += [server.post(body) for body in during]
        eventually(lambda: len(server.workers) == 2 and killed not in server.workers)
        eventually(lambda: server.readiness()[0] == 200)
        answers += [server.post(body) for body in after]

        assert {answer.status_code for answer in answers} == {200}
        assert [said(answer.json()) for answer in answers] == [said(answers[0].json())] * len(answers)
        assert server.metric("hook_seconds_count", hook="order-sign") == 3 * CALLS
        (told,) = [line for line in server.events() if line["level"] != "info"]
        assert (told["event"], told["level"]) == ("server", "error")
        assert f"(pid:{killed.pid}) was sent SIGKILL" in told["said"]
        assert server.stop() == 0
        assert server.recorded() == Counter(body["hookInstance"] for body in (*before, *during, *after))
