import json

import pytest

from cds_service.hooks.feedback import FeedbackItem
from tests.cds_service.cli.conftest import said
from tests.cds_service.memory.sample_records import NOW, card, fired, record


def with_one_override(memory):
    memory.save([record(fired("genotype-dose"), cards=[card("genotype-dose", uuid="c1")])])
    memory.save_feedback(
        "thiopurine-order-sign",
        [FeedbackItem("c1", "overridden", "2026-11-20T09:00:00Z", reason_code="patient-refuses")],
        received_at=NOW,
    )


def test_report_as_json(memory):
    with_one_override(memory)

    code, output = said("report", "--since", "2026-11-20", "--until", "2026-11-21", "--format", "json")

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


def test_report_as_csv(memory):
    with_one_override(memory)

    assert said("report", "--since", "2026-11-20", "--until", "2026-11-21", "--format", "csv") == (
        0,
        "rule,asked,fired,silent,blocked,failed,muted,shown,accepted,overridden,ignored,reasons\n"
        "genotype-dose,1,1,0,0,0,0,1,0,1,0,patient-refuses: 1\n",
    )


def test_report_as_table(memory):
    with_one_override(memory)

    _, output = said("report", "--since", "2026-11-20", "--until", "2026-11-21")

    (row,) = [line for line in output.splitlines() if "genotype-dose" in line]
    assert [cell.strip() for cell in row.strip("│").split("│")] == [
        "genotype-dose",
        *["1", "1", "0", "0", "0", "0", "1", "0", "1", "0"],
        "patient-refuses: 1",
    ]


def test_report_reads_its_dates_in_the_sites_zone(memory):
    memory.save([record(fired("genotype-dose"), received_at=NOW.replace(hour=23, minute=30))])

    _, output = said("report", "--since", "2026-11-21", "--timezone", "Europe/Zurich", "--format", "csv")

    assert output.splitlines()[1:] == ["genotype-dose,1,1,0,0,0,0,0,0,0,0,"]


@pytest.mark.parametrize(
    "arguments",
    [["report"], ["report", "--since", "yesterday"]],
)
@pytest.mark.usefixtures("database_url")
def test_wrong_usage_is_refused(arguments):
    assert said(*arguments)[0] == 2


def test_a_database_that_fails_ends_a_command_with_a_message(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("THIOPURINE_CDS_DATABASE_URL", f"sqlite:///{tmp_path / 'file' / 'store.sqlite3'}")

    code, output = said("report", "--since", "2026-11-20")

    assert (code, output) == (1, "Error: the database failed: FileExistsError\n")
