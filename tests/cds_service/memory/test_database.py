import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, create_engine, make_url, text

from cds_service.errors import StoreUnavailableError
from cds_service.memory import tables
from cds_service.memory.database import HEAD, Database, DatabaseUrlError
from cds_service.memory.migrating import configuration, upgrade
from cds_service.memory.store import opened
from tests.cds_service.memory.sample_records import record
from tests.databases import new_database

ISSUED_AT = datetime(2026, 11, 20, tzinfo=UTC)
UNTIL = datetime(2099, 1, 1, tzinfo=UTC)


def engine_at(url):
    url = make_url(url)
    return create_engine(url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url)


def test_the_newest_migration_is_the_last():
    assert ScriptDirectory.from_config(configuration()).get_current_head() == HEAD


def test_migrations_lead_to_the_tables_that_are_read(database_url):
    database = Database(database_url)

    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
    database.close()


def test_a_database_of_the_first_version_is_carried_over(database_url, tmp_path):
    engine = engine_at(database_url)
    upgrade(engine, "0001")
    first = MetaData()
    first.reflect(engine)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
        connection.execute(
            first.tables["issued_cards"].insert(),
            {
                "card": "c1",
                "service": "thiopurine-order-select",
                "hook_instance": "d1",
                "rules": ["a", "b", "a"],
                "indicator": "critical",
                "issued_at": ISSUED_AT,
            },
        )
        connection.execute(
            first.tables["feedback"].insert(),
            {
                "fingerprint": "f",
                "card": "c1",
                "service": "thiopurine-order-select",
                "outcome": "accepted",
                "accepted_suggestions": [],
                "has_comment": False,
                "outcome_at": "2026-11-20T08:00:00Z",
                "received_at": ISSUED_AT,
            },
        )
    engine.dispose()

    store = opened(database_url, tmp_path / "keys")

    (request,), (card,), (feedback,) = (
        store.rows(table) for table in (tables.requests, tables.cards, tables.feedback)
    )
    assert (request["hook"], request["received_at"]) == ("order-select", ISSUED_AT)
    assert (card["uuid"], card["content"], card["request"]) == ("c1", None, request["id"])
    assert [row["rule"] for row in store.rows(tables.card_rules)] == ["a", "b"]
    assert (feedback["outcome"], feedback["client"]) == ("accepted", "")
    store.close()


def test_those_who_open_it_at_the_same_time_wait_for_the_one_who_migrates(database_url):
    failures = []

    def open_it():
        database = Database(database_url)
        try:
            with database.reading() as connection:
                connection.execute(tables.feedback.select())
        except Exception as error:  # noqa: BLE001 -- told by the assertion below
            failures.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []


def test_a_second_opening_does_not_migrate_again(database_url, monkeypatch):
    Database(database_url).migrate()
    monkeypatch.setattr("cds_service.memory.migrating.upgrade", lambda _engine: pytest.fail("migrated again"))

    Database(database_url).migrate()


@pytest.mark.parametrize(
    "url", ["nonsense", "mysql://user:secret@host/db", "postgresql+nodriver://user:secret@host/db"]
)
def test_an_address_that_cannot_be_used_is_refused_without_its_password(url):
    with pytest.raises(DatabaseUrlError) as refused:
        Database(url)

    assert "secret" not in str(refused.value)


def test_a_file_that_is_no_database_is_said_to_be_unavailable(tmp_path):
    (tmp_path / "store.sqlite3").write_bytes(b"no database" * 1000)
    database = Database(f"sqlite:///{tmp_path / 'store.sqlite3'}")

    with pytest.raises(StoreUnavailableError, match="DatabaseError"), database.writing():
        pass


@pytest.mark.slow
def test_a_database_that_another_holds_for_too_long_is_unavailable_and_then_it_is_not(tmp_path, monkeypatch):
    monkeypatch.setattr("cds_service.memory.database._WAIT_S", 0.1)
    file = tmp_path / "store.sqlite3"
    store = opened(f"sqlite:///{file}")
    store.save([record()])
    with closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN EXCLUSIVE")

        with pytest.raises(StoreUnavailableError):
            store.save([record()])

    store.save([record()])
    assert len(store.rows(tables.requests)) == 2
    store.close()


def test_who_comes_after_one_that_waited_in_vain_does_not_wait_as_well(tmp_path, monkeypatch):
    for name, seconds in {"_WAIT_S": 0.1, "_SLOW_S": 0.05, "_SPARED_FOR_S": 3600}.items():
        monkeypatch.setattr(f"cds_service.memory.database.{name}", seconds)
    store = opened(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    store.save([record()])
    with closing(sqlite3.connect(tmp_path / "store.sqlite3")) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreUnavailableError, match="OperationalError"):
            store.take_token("t", UNTIL)

        with pytest.raises(StoreUnavailableError, match="a moment ago"):
            store.take_token("t", UNTIL)
        assert len(store.rows(tables.requests)) == 1  # only writing had to wait

    monkeypatch.setattr("time.monotonic", lambda now=time.monotonic: now() + 3601)
    assert store.take_token("t", UNTIL)
    store.close()


def test_feedback_outlasts_a_process_that_is_busy_for_longer_than_a_hook_would_wait(tmp_path, monkeypatch):
    for name, seconds in {"_WAIT_S": 0.1, "_SLOW_S": 0.05, "_SPARED_FOR_S": 3600}.items():
        monkeypatch.setattr(f"cds_service.memory.database.{name}", seconds)
    store = opened(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    store.save([record()])
    with closing(sqlite3.connect(tmp_path / "store.sqlite3")) as other, ThreadPoolExecutor(1) as client:
        other.execute("BEGIN EXCLUSIVE")
        told = client.submit(store.save_feedback, "order-sign", [])
        with pytest.raises(StoreUnavailableError):
            store.take_token("t", UNTIL)  # by then the other has waited longer than a hook would
        later = client.submit(store.save_feedback, "order-sign", [])  # a hook would be spared now
        other.rollback()

        assert (told.result(), later.result()) == (0, 0)

    store.close()


def test_nobody_is_spared_once_the_database_was_written_to_again(tmp_path, monkeypatch):
    for name, seconds in {"_WAIT_S": 0.1, "_SLOW_S": 0.05, "_SPARED_FOR_S": 3600}.items():
        monkeypatch.setattr(f"cds_service.memory.database.{name}", seconds)
    store = opened(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    store.save([record()])
    with closing(sqlite3.connect(tmp_path / "store.sqlite3")) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreUnavailableError):
            store.take_token("t", UNTIL)
        other.rollback()

    store.save([record()])

    assert store.take_token("t", UNTIL)
    store.close()


def test_what_no_request_waits_for_is_written_as_soon_as_it_can_be(tmp_path, monkeypatch):
    for name, seconds in {"_WAIT_S": 0.1, "_SLOW_S": 0.05, "_SPARED_FOR_S": 3600}.items():
        monkeypatch.setattr(f"cds_service.memory.database.{name}", seconds)
    store = opened(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    store.save([record()])
    with closing(sqlite3.connect(tmp_path / "store.sqlite3")) as other, ThreadPoolExecutor(1) as recorder:
        other.execute("BEGIN EXCLUSIVE")
        saved = recorder.submit(store.save, [record()])
        with pytest.raises(StoreUnavailableError):
            store.take_token("t", UNTIL)  # by then the other has waited longer than a request would
        other.rollback()

        saved.result()

    assert len(store.rows(tables.requests)) == 2
    store.close()


def test_a_thread_that_writes_keeps_no_other_thread_from_reading(tmp_path, monkeypatch):
    monkeypatch.setattr("cds_service.memory.database._WAIT_S", 0.1)
    database = Database(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    database.migrate()

    with database.writing():
        with database.reading() as connection:
            assert connection.execute(tables.feedback.select()).all() == []
        with pytest.raises(StoreUnavailableError, match="too slow"), database.writing():
            pass
    database.close()


@pytest.mark.parametrize("is_replaced", [False, True], ids=["taken away", "put in its place"])
def test_a_file_that_was_taken_away_or_replaced_is_not_written_into_any_more(tmp_path, is_replaced):
    file, backup = tmp_path / "store.sqlite3", tmp_path / "backup"
    store = opened(f"sqlite:///{file}")
    store.save([record()])
    store.back_up(backup)
    store.save([record()])
    for one in tmp_path.glob("store.sqlite3*"):
        if "keys" not in one.name:
            one.unlink()
    if is_replaced:
        backup.rename(file)

    store.save([record()])

    assert len(store.rows(tables.requests)) == (2 if is_replaced else 1)
    store.close()


@pytest.mark.slow
def test_connections_that_a_restarted_server_dropped_are_made_again(postgresql, tmp_path):
    url = new_database(postgresql)
    store = opened(url, tmp_path / "keys")
    store.save([record()])
    server = engine_at(postgresql)
    with server.connect() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
            {"name": make_url(url).database},
        )
    server.dispose()

    store.save([record()])

    assert len(store.rows(tables.requests)) == 2
    store.close()
