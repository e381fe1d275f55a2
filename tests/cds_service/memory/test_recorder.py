import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from structlog.testing import capture_logs

from cds_service.errors import StoreUnavailableError
from cds_service.memory.recorder import Recorder
from cds_service.memory.store import opened
from cds_service.memory.tables import decisions, requests
from tests.cds_service.memory.sample_records import card, fired, record

LONG_S = 10


@pytest.fixture
def store(tmp_path):
    found = opened(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    yield found
    found.close()


class Gate:
    """A store whose database is down until it is opened."""

    def __init__(self):
        self.is_open = False
        self.was_tried = threading.Event()
        self.saved = []

    def save(self, records):
        self.was_tried.set()
        self._pass()
        self.saved.extend(records)

    def forget_expired_tokens(self, _now):
        self._pass()

    def _pass(self):
        if not self.is_open:
            raise StoreUnavailableError("the database failed")


def test_writes_what_it_takes(store):
    recorder = Recorder(store)

    for _ in range(120):
        recorder.record(record(fired("genotype-dose")))

    assert recorder.wait(LONG_S)
    assert (len(store.rows(requests)), recorder.dropped, recorder.waiting) == (120, 0, 0)
    recorder.close()


def test_closing_writes_what_still_waits(store):
    recorder = Recorder(store)
    recorder.record(record(fired("genotype-dose")))

    recorder.close()

    assert len(store.rows(requests)) == 1


def test_while_the_database_is_down_records_wait_and_beyond_the_limit_are_counted(monkeypatch):
    monkeypatch.setattr("cds_service.memory.recorder._FIRST_PAUSE_S", 0.01)
    gate = Gate()
    recorder = Recorder(gate, limit=3)
    records = [record() for _ in range(5)]

    with capture_logs() as logs:
        for one in records:
            recorder.record(one)
        gate.was_tried.wait(LONG_S)
        was_down = (recorder.waiting, recorder.dropped)
        gate.is_open = True
        recorder.wait(LONG_S)
        recorder.close()

    assert was_down == (3, 2)
    assert gate.saved == records[:3]
    assert [line["event"] for line in logs if line["event"] == "records_dropped"] == ["records_dropped"]


def test_while_the_database_works_requests_wait_for_room_and_nothing_is_dropped(store):
    recorder = Recorder(store, limit=2)

    with ThreadPoolExecutor(8) as requests_at_once:
        list(requests_at_once.map(recorder.record, [record() for _ in range(60)]))

    assert recorder.wait(LONG_S)
    assert (len(store.rows(requests)), recorder.dropped) == (60, 0)
    recorder.close()


def test_a_database_that_stays_down_does_not_keep_the_service_from_stopping():
    gate = Gate()
    recorder = Recorder(gate)
    recorder.record(record())
    gate.was_tried.wait(LONG_S)

    recorder.close()

    assert (recorder.waiting, recorder.dropped, recorder.is_failing) == (0, 1, True)


def test_a_record_that_cannot_be_written_does_not_take_the_others_along(store):
    recorder = Recorder(store)
    twice = card("genotype-dose", uuid="c1")
    broken = record(client=None)  # as by a fault of ours

    with capture_logs() as logs:
        for one in (record(cards=[twice]), record(cards=[twice]), broken, record(fired("sepsis"))):
            recorder.record(one)
        recorder.close()

    assert (len(store.rows(requests)), len(store.rows(decisions)), recorder.dropped) == (2, 1, 2)
    kinds = sorted(line["kind"] for line in logs if line["event"] == "record_unwritable")
    assert kinds == ["AttributeError", "RefusedError"]
    assert "patient-17" not in json.dumps(logs)


def test_forgets_what_is_older_than_the_retention(store):
    store.save([record()])
    recorder = Recorder(store, retention_days=1)

    recorder.record(record(received_at=record().received_at.replace(year=2999)))
    recorder.wait(LONG_S)
    recorder.close()

    assert [row["received_at"].year for row in store.rows(requests)] == [2999]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_process_writes_with_a_thread_of_its_own(store):
    recorder = Recorder(store)  # before the fork, as a server makes it: nothing recorded yet, no thread
    store.close()

    child = os.fork()
    if child == 0:
        recorder.record(record())
        os._exit(0 if recorder.wait(LONG_S) else 1)

    assert os.waitpid(child, 0)[1] == 0
    recorder.record(record())
    assert recorder.wait(LONG_S)
    assert len(store.rows(requests)) == 2
    recorder.close()
