import json

import pytest

from cds_service.endpoints.service import service_in
from tests.cds_service.cli.conftest import run

pytestmark = pytest.mark.slow


def examined(*arguments):
    result = run("doctor", *arguments, "--json")
    findings = {one["topic"]: one for one in json.loads(result.output)["findings"]}
    return result.exit_code, findings


def test_a_deployment_that_works(service, hospital, monkeypatch):
    monkeypatch.setattr("cds_service.ehr.examination._SLOW_MS", 60_000)  # the machine may be busy

    exit_code, findings = examined(
        "--service", service, "--fhir-server", hospital.base, "--patient", "allopurinol", "--no-local"
    )

    assert exit_code == 0
    assert {topic: one["verdict"] for topic, one in findings.items()} == {
        "discovery": "ok",
        "transport": "ok",
        "CORS": "ok",
        "JWT": "warning",  # nobody has to prove who it is
        "clock of the service": "ok",
        "FHIR version": "ok",
        "clock of the FHIR server": "ok",
        "prefetch": "ok",
        "dates": "ok",
        "records": "ok",
        "codes": "ok",
        "FHIR access": "ok",
        "notices of FHIR servers": "ok",
    }


def test_a_service_that_is_not_there():
    exit_code, findings = examined("--service", "http://127.0.0.1:9", "--no-local")

    assert (exit_code, list(findings), findings["discovery"]["verdict"]) == (4, ["discovery"], "failed")
    assert "thiopurine-cds serve" in findings["discovery"]["advice"]


def test_searches_that_fail_are_named(service, hospital):
    hospital.switch(faults=[{"match": "^/Procedure", "status": 403}])

    _, findings = examined(
        "--service", service, "--fhir-server", hospital.base, "--patient", "fever", "--no-local"
    )

    assert findings["prefetch"]["verdict"] == "warning"
    assert "procedures: the FHIR server answered 403" in findings["prefetch"]["seen"]


def test_a_server_that_the_service_cannot_use(service, hospital):
    hospital.switch(faults=[{"match": "^/MedicationRequest", "status": 401}])

    exit_code, findings = examined(
        "--service", service, "--fhir-server", hospital.base, "--patient", "fever", "--no-local"
    )

    assert (exit_code, findings["FHIR access"]["verdict"]) == (4, "failed")


def test_another_version_of_fhir_is_said(service, hospital):
    exit_code, findings = examined("--service", service, "--fhir-server", f"{hospital.base}/no", "--no-local")

    assert (exit_code, findings["FHIR version"]["verdict"]) == (4, "failed")


def test_pages_of_other_origins_are_named(serving, settings, store):
    from cds_service.app import create_app  # noqa: PLC0415 -- this test alone makes its own

    app = create_app(settings.model_copy(update={"allowed_origins": "https://ehr.example.org"}), store)

    _, findings = examined("--service", serving(app), "--no-local")

    service_in(app).recorder.close()
    assert findings["CORS"]["verdict"] == "warning"


@pytest.mark.parametrize(
    ("url", "verdict"),
    [
        ("sqlite:///{folder}/new/made.sqlite3", "ok"),
        ("postgresql://nobody@127.0.0.1:9/none", "failed"),
        ("mysql://nobody@127.0.0.1:9/none", "failed"),
    ],
)
def test_the_database_of_this_environment(service, tmp_path, monkeypatch, url, verdict):
    monkeypatch.setenv("THIOPURINE_CDS_DATABASE_URL", url.format(folder=tmp_path))

    _, findings = examined("--service", service)

    assert findings["database"]["verdict"] == verdict
    assert list(tmp_path.glob("new")) == []  # looked at, not made


def test_an_up_to_date_database(service, store, settings, monkeypatch):
    store.migrate()
    monkeypatch.setenv("THIOPURINE_CDS_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("THIOPURINE_CDS_TIMEZONE", "Europe/Zurich")

    _, findings = examined("--service", service)

    assert (findings["database"]["verdict"], findings["time zone"]["verdict"]) == ("ok", "ok")


def test_each_finding_is_a_line_with_what_to_do(service):
    result = run("doctor", "--service", service, "--no-local")

    assert result.exit_code == 0
    assert "warning JWT: anybody may call, without a token\n        Fine on this machine." in result.output
