import json
import re
from pathlib import Path

from cds_service.app import create_app
from cds_service.errors import StoreUnavailableError
from cds_service.memory.store import opened
from cds_service.settings import Settings

SIGN = "/cds-services/thiopurine-order-sign"
REQUEST = (Path(__file__).parents[3] / "fixtures/requests/order-sign.json").read_bytes()
JSON = {"Content-Type": "application/json"}


def samples(client):
    """The samples of /metrics that are not zero, without our prefix."""
    found = {}
    for line in client.get("/metrics").text.splitlines():
        match = re.fullmatch(r"thiopurine_cds_([a-z_]+(?:\{[^}]*\})?) (\S+)", line)
        if match and float(match[2]) and "_created" not in match[1]:
            found[match[1]] = float(match[2])
    return found


def test_healthz_says_alive(client):
    response = client.get("/healthz")

    assert (response.status_code, response.json) == (200, {"status": "alive"})


def test_readyz_says_what_it_looked_at(client):
    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json == {
        "status": "ready",
        "checks": {"tables": {"passed": True}, "database": {"passed": True}, "canary": {"passed": True}},
        "notices": [],
    }


def test_readyz_is_red_without_a_database(client, store, monkeypatch):
    def down(*_):
        raise StoreUnavailableError("the database failed: OperationalError")

    monkeypatch.setattr(store, "shown_already", down)
    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json["checks"]["database"] == {
        "passed": False,
        "why": "the database failed: OperationalError",
    }


def test_readyz_is_red_for_a_database_that_cannot_be_opened(tmp_path):
    store = opened(f"sqlite:///{tmp_path / 'no-such-folder' / 'no' / 'store.sqlite3'}")
    (tmp_path / "no-such-folder").write_text("a file where a folder is due")
    app = create_app(Settings(database_url="sqlite://", log_level="error"), store)

    response = app.test_client().get("/readyz")

    assert (response.status_code, response.json["checks"]["database"]["passed"]) == (503, False)


def test_metrics_count_an_answer_by_hook_rule_and_indicator(client):
    client.post(SIGN, data=REQUEST, headers=JSON)

    found = samples(client)

    assert found['requests_total{endpoint="call_service thiopurine-order-sign",status="200"}'] == 1
    assert found['hook_seconds_count{hook="order-sign"}'] == 1
    assert found['cards_total{indicator="critical",rule="live-vaccine",sent="sent"}'] == 1
    assert found["canary_passed"] == 1


def test_metrics_count_missing_data_by_kind(client):
    request = json.loads(REQUEST)
    del request["prefetch"]["genes"]
    client.post(SIGN, data=json.dumps(request), headers=JSON)

    assert any(name.startswith("missing_total") and "TPMT" in name for name in samples(client))


def test_metrics_count_searches_that_the_prefetch_made_necessary(client):
    request = json.loads(REQUEST) | {"fhirServer": "https://not-allowed.example/fhir"}
    del request["prefetch"]["conditions"]
    client.post(SIGN, data=json.dumps(request), headers=JSON)

    assert samples(client)['fallback_searches_total{outcome="failed"}'] == 1


def test_metrics_count_feedback(client):
    item = {"card": "c1", "outcome": "accepted", "outcomeTimestamp": "2026-11-20T10:00:00Z"}
    client.post(f"{SIGN}/feedback", json={"feedback": [item]})

    assert samples(client)['feedback_total{outcome="accepted"}'] == 1


def test_a_made_up_path_makes_no_series_of_its_own(client):
    client.get("/made-up/1")
    client.post("/cds-services/made-up", data=b"{}", headers=JSON)

    found = samples(client)

    assert found['requests_total{endpoint="nothing",status="404"}'] == 1
    assert found['requests_total{endpoint="call_service of no service",status="404"}'] == 1
    assert "made-up" not in str(found)


def test_metrics_hold_no_patient_data(client):
    client.post(SIGN, data=REQUEST.replace(b'"example"', b'"secret-id"'), headers=JSON)

    text = client.get("/metrics").text

    assert "secret" not in text
    assert "Crohn" not in text


def outcome_with(*codes):
    system = "urn:oid:1.2.840.114350.1.13.5325.1.7.2.657369"
    issues = [
        {
            "severity": "warning",
            "code": "suppressed",
            "details": {"coding": [{"system": system, "code": code}]},
            "diagnostics": "Client not authorized for Condition - Dental Finding of Jane Roe.",
        }
        for code in codes
    ]
    return {"resource": {"resourceType": "OperationOutcome", "issue": issues}, "search": {"mode": "outcome"}}


def test_a_vendors_notices_are_listed_by_client_and_counted_without_what_they_say(client):
    request = json.loads(REQUEST)
    request["prefetch"]["conditions"]["entry"].append(outcome_with("59204", "4119"))

    for _ in range(2):
        assert client.post(SIGN, data=json.dumps(request), headers=JSON).status_code == 200

    system = "urn:oid:1.2.840.114350.1.13.*.7.2.657369"
    ready = client.get("/readyz")
    assert ready.json["notices"] == [
        {
            "client": "anybody",
            "system": system,
            "code": "4119",
            "about": "always",
            "acknowledged": "not needed",
        },
        {
            "client": "anybody",
            "system": system,
            "code": "59204",
            "about": "type-withheld",
            "acknowledged": "no",
        },
    ]
    assert {name: value for name, value in samples(client).items() if "notices" in name} == {
        'server_notices_total{acknowledged="no",code="59204"}': 2,
        'server_notices_total{acknowledged="not needed",code="4119"}': 2,
    }
    assert "Jane" not in ready.text + client.get("/metrics").text
