import pytest
from pydantic import ValidationError

from cds_service.settings import Settings


def test_reads_the_environment(monkeypatch):
    monkeypatch.setenv("THIOPURINE_CDS_PORT", "9000")
    monkeypatch.setenv("THIOPURINE_CDS_TIMEZONE", "Europe/Zurich")

    settings = Settings()

    assert (settings.port, settings.zone.key) == (9000, "Europe/Zurich")


def test_keeps_its_database_in_the_users_own_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("THIOPURINE_CDS_DATABASE_URL", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))

    assert Settings().database_url == f"sqlite:///{tmp_path}/thiopurine-cds/thiopurine-cds.sqlite3"


@pytest.mark.parametrize(
    "wrong", [{"timezone": "Middle/Earth"}, {"log_level": "loud"}, {"port": 70_000}, {"max_body_bytes": 0}]
)
def test_refuses_what_it_does_not_understand(wrong):
    with pytest.raises(ValidationError):
        Settings(**wrong)
