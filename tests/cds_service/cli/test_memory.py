import json
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from click.testing import CliRunner

from cds_service.cli.main import main
from cds_service.hooks.feedback import FeedbackItem
from cds_service.memory.store import opened
from cds_service.memory.tables import cards, requests
from tests.cds_service.memory.sample_records import NOW, card, fired, record


@pytest.fixture
def database_url(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'store.sqlite3'}"
    monkeypatch.setenv("THIOPURINE_CDS_DATABASE_URL", url)
    return url


@pytest.fixture
def store(database_url):
    found = opened(database_url)
    yield found
    found.close()


def run(*arguments):
    result = CliRunner().invoke(main, arguments)
    return result.exit_code, result.output


def with_one_override(store):
    store.save([record(fired("genotype-dose"), cards=[card("genotype-dose", uuid="c1")])])
    store.save_feedback(
        "thiopurine-order-sign",
        [FeedbackItem("c1", "overridden", "2026-11-20T09:00:00Z", reason_code="patient-refuses")],
        received_at=NOW,
    )


def test_report_as_json(store):
    with_one_override(store)

    code, output = run("report", "--since", "2026-11-20", "--until", "2026-11-21", "--format", "json")

    assert code == 0
    assert json.loads(output) == {
        "rules": [
            {
                "rule": "genotype-dose",
                "asked": 1,
                "fired": 1,
                "silent": 0,
                "blocked": 0,
                "failed": 0,
                "muted": 0,
                "shown": 1,
                "accepted": 0,
                "overridden": 1,
                "ignored": 0,
                "reasons": {"patient-refuses": 1},
            }
        ]
    }


def test_report_as_csv(store):
    with_one_override(store)

    assert run("report", "--since", "2026-11-20", "--until", "2026-11-21", "--format", "csv") == (
        0,
        "rule,asked,fired,silent,blocked,failed,muted,shown,accepted,overridden,ignored,reasons\n"
        "genotype-dose,1,1,0,0,0,0,1,0,1,0,patient-refuses: 1\n",
    )


def test_report_as_table(store):
    with_one_override(store)

    _, output = run("report", "--since", "2026-11-20", "--until", "2026-11-21")

    (row,) = [line for line in output.splitlines() if "genotype-dose" in line]
    assert [cell.strip() for cell in row.strip("│").split("│")] == [
        "genotype-dose",
        *["1", "1", "0", "0", "0", "0", "1", "0", "1", "0"],
        "patient-refuses: 1",
    ]


def test_report_reads_its_dates_in_the_sites_zone(store):
    store.save([record(fired("genotype-dose"), received_at=NOW.replace(hour=23, minute=30))])

    _, output = run("report", "--since", "2026-11-21", "--timezone", "Europe/Zurich", "--format", "csv")

    assert output.splitlines()[1:] == ["genotype-dose,1,1,0,0,0,0,0,0,0,0,"]


@pytest.mark.parametrize(
    "arguments",
    [["report"], ["report", "--since", "yesterday"], ["purge"], ["purge", "--patient", "1", "--dry-run"]],
)
@pytest.mark.usefixtures("database_url")
def test_wrong_usage_is_refused(arguments):
    assert run(*arguments)[0] == 2


def test_a_database_that_fails_ends_a_command_with_a_message(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("THIOPURINE_CDS_DATABASE_URL", f"sqlite:///{tmp_path / 'file' / 'store.sqlite3'}")

    code, output = run("report", "--since", "2026-11-20")

    assert (code, output) == (1, "Error: the database failed: FileExistsError\n")


def test_purge_counts_and_then_forgets(store):
    store.save(
        [record(received_at=NOW - timedelta(days=4000)), record(received_at=NOW + timedelta(days=40_000))]
    )

    told = [run("purge", "--older-than", "3000", *more)[1] for more in (["--dry-run"], [], [])]

    assert told == [
        "1 requests and 0 reports of feedback would be forgotten\n",
        "1 requests and 0 reports of feedback forgotten\n",
        "0 requests and 0 reports of feedback forgotten\n",
    ]
    assert len(store.rows(requests)) == 1


def test_purge_takes_the_sites_retention(store, monkeypatch):
    monkeypatch.setenv("THIOPURINE_CDS_RETENTION_DAYS", "30")
    store.save([record(received_at=NOW - timedelta(days=4000))])

    assert run("purge") == (0, "1 requests and 0 reports of feedback forgotten\n")


def test_purge_forgets_a_patient_hashed_with_an_older_key(store):
    store.save([record(), record(patient_id="another")])
    run("rotate-key")

    assert run("purge", "--patient", "patient-17") == (0, "1 requests and 0 reports of feedback forgotten\n")


def test_a_new_key_that_forgets_the_older_ones_finds_their_patients_no_more(store):
    store.save([record()])
    code, output = run("rotate-key", "--forget-older")

    assert (code, output.startswith("New key: ")) == (0, True)
    assert run("purge", "--patient", "patient-17")[1] == "0 requests and 0 reports of feedback forgotten\n"


def test_a_backup_taken_while_it_is_in_use_can_be_put_in_its_place(store, tmp_path):
    store.save([record(fired("a"), cards=[card("a", uuid="before")])])
    backup = tmp_path / "backup.sqlite3"

    assert run("backup", str(backup)) == (0, f"Copied to {backup}\n")
    store.save([record(fired("a"), cards=[card("a", uuid="after")])])

    restored = opened(f"sqlite:///{backup}")
    assert [row["uuid"] for row in restored.rows(cards)] == ["before"]
    restored.close()
    with closing(sqlite3.connect(backup)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.usefixtures("store")
def test_a_backup_overwrites_nothing(tmp_path):
    backup = tmp_path / "backup.sqlite3"
    backup.write_text("precious")

    code, _ = run("backup", str(backup))

    assert (code, backup.read_text()) == (1, "precious")
