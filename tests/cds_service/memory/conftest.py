"""The same tests on SQLite and on PostgreSQL; the inner loop starts no server, and runs those on SQLite."""

import pytest

from cds_service.memory.store import opened
from tests.databases import new_database


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database_url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.sqlite3'}"
    return new_database(request.getfixturevalue("postgresql"))


@pytest.fixture
def store(database_url, tmp_path):
    found = opened(database_url, tmp_path / "keys")
    yield found
    found.close()
