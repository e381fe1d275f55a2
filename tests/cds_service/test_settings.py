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
    "wrong",
    [
        {"timezone": "Middle/Earth"},
        {"log_level": "loud"},
        {"port": 70_000},
        {"max_body_bytes": 0},
        {"clients": "no-such-file.toml", "public_url": "https://cds.example"},
        {"public_url": "http://cds.example"},
        {"fhir_timeout_s": 0},
        {"allow_fhir_servers": "https://a.example http://b.example"},
        {"allow_networks": "10.0.0.1/8"},
    ],
    ids=str,
)
def test_refuses_what_it_does_not_understand(wrong):
    with pytest.raises(ValidationError):
        Settings(**wrong)


@pytest.fixture
def clients_file(tmp_path):
    file = tmp_path / "clients.toml"
    file.write_text(
        '[[client]]\nname = "n"\nissuer = "https://n.example"\njku = ["https://n.example/jwks"]\n'
    )
    return file


def test_clients_are_known_by_their_file(clients_file):
    settings = Settings(clients=clients_file, public_url="https://CDS.example/")

    assert ([one.name for one in settings.known_clients], settings.public_url) == (
        ["n"],
        "https://cds.example",
    )


def test_clients_need_the_address_that_their_tokens_are_meant_for(clients_file):
    with pytest.raises(ValidationError, match="public_url must say where they reach the service"):
        Settings(clients=clients_file)


def test_clients_say_themselves_which_fhir_servers_they_may_name(clients_file):
    with pytest.raises(ValidationError, match="which FHIR servers each may name"):
        Settings(clients=clients_file, public_url="https://a.example", allow_fhir_servers="https://b.example")


@pytest.mark.parametrize(("host", "may"), [("127.0.0.1", True), ("::1", True), ("192.0.2.1", False)])
def test_everybody_may_name_servers_on_this_machine_if_nobody_else_can_call(host, may):
    everybody = Settings(host=host, allow_fhir_servers="https://A.example/fhir/").everybody

    assert (everybody.may_name_loopback, everybody.fhir_servers) == (may, ("https://a.example/fhir",))
