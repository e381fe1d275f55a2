"""Databases that fail while the service runs, and that are mended when the block ends."""

import os
import resource
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, make_url, text

from tests.reliability.server import Server

_TABLES = "requests, decisions, cards, card_rules, feedback, seen_tokens"
_MAY_GROW_TO = 64 * 1024


@contextmanager
def sqlite_locked(server: Server) -> Iterator[None]:
    """Another process holds the lock for writing."""
    with closing(sqlite3.connect(_file(server))) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield


@contextmanager
def sqlite_gone(server: Server) -> Iterator[None]:
    """The folder of the file is not there, as when a network drive goes."""
    folder, elsewhere = _file(server).parent, _file(server).parent.with_name("elsewhere")
    folder.rename(elsewhere)
    folder.write_text("a file where a folder is due")
    yield
    folder.unlink()
    elsewhere.rename(folder)


@contextmanager
def disk_full(server: Server) -> Iterator[None]:
    """Nothing is left on the disk of the file; see `small_disk`."""
    ballast = _file(server).with_name("ballast")
    with ballast.open("wb", buffering=0) as filling, suppress(OSError):
        while True:
            filling.write(b"x" * 4096)
    yield
    ballast.unlink()


@contextmanager
def files_may_not_grow(server: Server) -> Iterator[None]:
    """The workers may write no file beyond 64 kB, where that of the database is already: errors, as of a full disk."""
    was = {worker.pid: resource.prlimit(worker.pid, resource.RLIMIT_FSIZE) for worker in server.workers}
    for pid, (_, most) in was.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (_MAY_GROW_TO, most))
    yield
    for pid, limit in was.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limit)


@contextmanager
def postgresql_locked(server: Server) -> Iterator[None]:
    """Somebody holds every table."""
    engine = create_engine(_with_driver(server.database_url))
    with engine.connect() as other, other.begin():
        other.execute(text(f"LOCK TABLE {_TABLES} IN ACCESS EXCLUSIVE MODE"))
        yield
    engine.dispose()


@contextmanager
def postgresql_gone(server: Server) -> Iterator[None]:
    """The server ends all connections and takes no new ones."""
    url = _with_driver(server.database_url)
    engine = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as other:
        other.execute(text(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS false'))
        other.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
            {"name": url.database},
        )
        yield
        other.execute(text(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS true'))
    engine.dispose()


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of its own of 8 MB in memory; skips where it may not be mounted."""
    if os.geteuid() != 0:
        pytest.skip("mounting a file system needs root; files_may_not_grow stands for it")
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted: {mounted.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def _file(server: Server) -> Path:
    return Path(make_url(server.database_url).database)


def _with_driver(url: str) -> URL:
    return make_url(url).set(drivername="postgresql+psycopg")
