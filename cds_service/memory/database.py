"""The database: SQLite or PostgreSQL, migrated before its first use."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DataError, IntegrityError, NoSuchModuleError, SQLAlchemyError

from cds_service.errors import StoreUnavailableError

HEAD = "0002"
"""The newest migration."""

_WAIT_S = 2  # for a lock, or for a connection
_LONG_WAIT_S = 8  # for a lock, where no request waits
_SLOW_S = 1.0  # once a waiter has given up after this long, other waiters fail at once
_SPARED_FOR_S = 5.0  # during this time
_TRIES = 20
_UNANSWERED_MS = 5_000  # a connection whose peer has been silent this long is dead


class DatabaseUrlError(ValueError):
    """The database URL cannot be used: start-up stops. The message does not quote it."""


class RefusedError(Exception):
    """The database works but will never take this row: a bug in this software. Contains nothing of the row."""


class Database:
    """A database, opened on first use: if it is missing, the hooks still answer."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        self._lock = threading.Lock()
        self._migrated: object = None  # which file, or database, was brought up to date
        self._turn = threading.Lock()  # to write into an SQLite file
        self._spared_until = {"read": 0.0, "write": 0.0, "patient write": 0.0}  # by the monotonic clock

    @property
    def file(self) -> Path | None:
        """The file of an SQLite database; None for any other, and for a database in memory."""
        name = self._engine.url.database
        if not self.is_sqlite or not name or name == ":memory:":
            return None
        return Path(name)

    @property
    def is_sqlite(self) -> bool:
        """Whether its dialect is SQLite's."""
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read from. Raises StoreUnavailableError."""
        with self._failing_fast("read"), self._transaction() as connection:
            yield connection

    @contextmanager
    def writing(self, *, waits_long: bool = False, outlasts_others: bool = False) -> Iterator[Connection]:
        """A connection whose changes are kept together when the block ends.

        On SQLite the threads of a process take turns: SQLite grants its own lock at random, and some would wait
        until they give up while others come and go. Processes cannot: a busy process may keep another waiting
        for seconds. A caller that `outlasts_others` waits longer than that, for a request on which no clinician
        waits. One that `waits_long` also tries if others were just spared; for work on which no request waits.
        What it writes shows that the database works: nobody is spared any more.

        Raises StoreUnavailableError, or RefusedError for a row that does not fit its table.
        """
        wait_s = _LONG_WAIT_S if waits_long or outlasts_others else _WAIT_S
        # Who gave up sooner says nothing about who waits longer.
        kind = "patient write" if outlasts_others else "write"
        with nullcontext() if waits_long else self._failing_fast(kind):
            if self.is_sqlite:
                with _held(self._turn, wait_s), self._transaction(exclusive_within_s=wait_s) as connection:
                    yield connection
            else:
                with self._transaction() as connection:
                    yield connection
        self._spared_until["write"] = self._spared_until["patient write"] = 0.0

    @contextmanager
    def _failing_fast(self, kind: str) -> Iterator[None]:
        """Fail at once for a while after a caller has waited in vain: requests must not wait one by one."""
        began = time.monotonic()
        if began < self._spared_until[kind]:
            raise StoreUnavailableError("the database failed a moment ago")
        try:
            yield
        except StoreUnavailableError:
            if time.monotonic() - began >= _SLOW_S:
                self._spared_until[kind] = time.monotonic() + _SPARED_FOR_S
            raise

    @contextmanager
    def _transaction(self, *, exclusive_within_s: int | None = None) -> Iterator[Connection]:
        try:
            self._migrate_once()
            with (
                self._engine.connect().execution_options(within_s=exclusive_within_s) as connection,
                connection.begin(),
            ):
                yield connection
        except (DataError, IntegrityError) as error:
            raise RefusedError(f"the database refused a row: {type(error).__name__}") from None
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            # The driver's message quotes the row; its kind is enough.
            raise StoreUnavailableError(f"the database failed: {type(error).__name__}") from None

    def migrate(self) -> None:
        """Bring the tables up to date, and hold no connection: processes may be forked after this.

        Raises StoreUnavailableError.
        """
        with self.reading():
            pass
        self.close()

    def back_up(self, to: Path) -> None:
        """Copy an SQLite database into a new file, whole and consistent, while it is in use.

        Raises StoreUnavailableError, and NotImplementedError for another database, which has its own tools.
        """
        if not self.is_sqlite:
            raise NotImplementedError("back PostgreSQL up with pg_dump")
        with self.reading() as connection:
            source = connection.connection.driver_connection
            connection.commit()  # a copy waits for transactions, even its own
            _copy(source, to)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def _migrate_once(self) -> None:
        with _held(self._lock):
            if self._migrated is not None and self._migrated == self._which():
                return
            self.close()  # connections to a deleted file would still write into it
            if self.file is not None:
                self.file.parent.mkdir(parents=True, exist_ok=True)
            if _version_of(self._engine) != HEAD:
                _upgrade(self._engine)
            self._migrated = self._which()

    def _which(self) -> object:
        """What tells a file from another one put in its place."""
        if self.file is None:
            return "not a file"
        try:
            status = self.file.stat()
        except FileNotFoundError:
            return None
        return status.st_dev, status.st_ino


@contextmanager
def _held(lock: threading.Lock, wait_s: int = _WAIT_S) -> Iterator[None]:
    """Hold a lock. Raises StoreUnavailableError when earlier holders take too long."""
    if not lock.acquire(timeout=wait_s):
        raise StoreUnavailableError("the database failed: it is too slow")
    try:
        yield
    finally:
        lock.release()


def _copy(source: Any, to: Path) -> None:  # noqa: ANN401 -- the driver's own type
    with to.open("xb"):
        pass  # never over an existing file
    with closing(sqlite3.connect(to)) as target:
        source.backup(target)
        # A backup must be one file: a journal beside it could be lost.
        target.execute("PRAGMA journal_mode=DELETE")


def _engine(url: str) -> Engine:
    try:
        parsed = _with_driver(make_url(url))
        if parsed.get_backend_name() == "sqlite":
            pool = {} if parsed.database in (None, "", ":memory:") else {"pool_timeout": _WAIT_S}
            engine = create_engine(parsed, connect_args={"timeout": _WAIT_S}, json_serializer=_json, **pool)
            event.listen(engine, "connect", _tune_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        timeouts = {
            "connect_timeout": _WAIT_S,
            "tcp_user_timeout": _UNANSWERED_MS,
            "options": f"-c lock_timeout={_WAIT_S}s",
        }
        return create_engine(
            parsed,
            pool_pre_ping=True,
            pool_timeout=_WAIT_S,
            connect_args=timeouts,
            json_serializer=_json,
        )
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise DatabaseUrlError(
            f"the database URL cannot be used ({type(error).__name__}): expected sqlite:///FILE, or "
            "postgresql://... with the extra thiopurine-cds[postgresql] installed"
        ) from None


def _json(value: Any) -> str:  # noqa: ANN401 -- JSON
    return msgspec.json.encode(value).decode()


def _with_driver(url: URL) -> URL:
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise ArgumentError("neither SQLite nor PostgreSQL")
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


def _tune_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 -- the driver's own type
    # Left alone, the driver begins transactions itself, but not before a change of tables.
    connection.isolation_level = None
    _write_ahead(connection)
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA foreign_keys=ON")


def _write_ahead(connection: Any) -> None:  # noqa: ANN401 -- the driver's own type
    # SQLite waits for locks, except for that of another connection that is changing the mode of a new file.
    for _ in range(_TRIES):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            time.sleep(_WAIT_S / _TRIES)
        else:
            return
    connection.execute("PRAGMA journal_mode=WAL")


def _begin_sqlite(connection: Connection) -> None:
    within_s = connection.get_execution_options().get("within_s")
    connection.exec_driver_sql(f"PRAGMA busy_timeout={(within_s or _WAIT_S) * 1000}")
    connection.exec_driver_sql("BEGIN" if within_s is None else "BEGIN IMMEDIATE")


def _version_of(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return version


def _upgrade(engine: Engine) -> None:
    # Alembic takes 0.1 s to import and is needed once in the lifetime of a database.
    from cds_service.memory.migrating import upgrade  # noqa: PLC0415

    upgrade(engine)
