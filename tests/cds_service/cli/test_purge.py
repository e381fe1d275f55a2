from datetime import timedelta

import pytest

from cds_service.memory.tables import requests
from tests.cds_service.cli.conftest import said
from tests.cds_service.memory.sample_records import NOW, record


def test_purge_counts_and_then_forgets(memory):
    memory.save(
        [record(received_at=NOW - timedelta(days=4000)), record(received_at=NOW + timedelta(days=40_000))]
    )

    told = [said("purge", "--older-than", "3000", *more)[1] for more in (["--dry-run"], [], [])]

    assert told == [
        "1 requests and 0 feedback reports would be deleted\n",
        "1 requests and 0 feedback reports deleted\n",
        "0 requests and 0 feedback reports deleted\n",
    ]
    assert len(memory.rows(requests)) == 1


def test_purge_takes_the_sites_retention(memory, monkeypatch):
    monkeypatch.setenv("THIOPURINE_CDS_RETENTION_DAYS", "30")
    memory.save([record(received_at=NOW - timedelta(days=4000))])

    assert said("purge") == (0, "1 requests and 0 feedback reports deleted\n")


def test_purge_forgets_a_patient_hashed_with_an_older_key(memory):
    memory.save([record(), record(patient_id="another")])
    said("rotate-key")

    assert said("purge", "--patient", "patient-17") == (0, "1 requests and 0 feedback reports deleted\n")


@pytest.mark.parametrize(
    "arguments",
    [["purge"], ["purge", "--patient", "1", "--dry-run"]],
)
@pytest.mark.usefixtures("database_url")
def test_wrong_usage_is_refused(arguments):
    assert said(*arguments)[0] == 2
