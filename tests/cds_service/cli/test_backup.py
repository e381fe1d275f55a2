import sqlite3
from contextlib import closing

import pytest

from cds_service.memory.store import opened
from cds_service.memory.tables import cards
from tests.cds_service.cli.conftest import said
from tests.cds_service.memory.sample_records import card, fired, record


def test_a_backup_taken_while_it_is_in_use_can_be_put_in_its_place(memory, tmp_path):
    memory.save([record(fired("a"), cards=[card("a", uuid="before")])])
    backup = tmp_path / "backup.sqlite3"

    assert said("backup", str(backup)) == (0, f"Copied to {backup}\n")
    memory.save([record(fired("a"), cards=[card("a", uuid="after")])])

    restored = opened(f"sqlite:///{backup}")
    assert [row["uuid"] for row in restored.rows(cards)] == ["before"]
    restored.close()
    with closing(sqlite3.connect(backup)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.usefixtures("memory")
def test_a_backup_overwrites_nothing(tmp_path):
    backup = tmp_path / "backup.sqlite3"
    backup.write_text("precious")

    code, _ = said("backup", str(backup))

    assert (code, backup.read_text()) == (1, "precious")
