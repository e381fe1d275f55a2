import json
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from cds_service.app import create_app
from cds_service.endpoints.service import service_in
from cds_service.hooks.services import service_for_hook
from cds_service.memory.store import Store, opened
from cds_service.memory.tables import cards as kept_cards
from cds_service.memory.tables import decisions, feedback, requests
from cds_service.settings import Settings

SIGN = "/cds-services/thiopurine-order-sign"
REQUEST = json.loads((Path(__file__).parents[3] / "fixtures/requests/order-sign.json").read_text())
UNRELATED = REQUEST | {
    "context": REQUEST["context"]
    | {
        "draftOrders": {
            "resourceType": "Bundle",
            "entry": [
                {
                    "resource": {
                        "resourceType": "MedicationRequest",
                        "id": "1",
                        "medicationCodeableConcept": {"text": "paracetamol 500 mg"},
                    }
                }
            ],
        }
    },
    "prefetch": {},
}
JSON = {"Content-Type": "application/json"}


def issue(response):
    assert response.content_type == "application/json"
    assert response.json["resourceType"] == "OperationOutcome"
    return response.json["issue"][0]


def test_discovery_lists_three_services(client):
    response = client.get("/cds-services")

    services = response.json["services"]
    assert response.status_code == 200
    assert [(service["id"], service["hook"]) for service in services] == [
        ("thiopurine-order-select", "order-select"),
        ("thiopurine-order-sign", "order-sign"),
        ("thiopurine-patient-view", "patient-view"),
    ]


def remembered(app):
    """The store, once all that was recorded is written."""
    assert service_in(app).recorder.wait(10)
    return service_in(app).store


def test_an_order_gets_cards(client):
    response = client.post(SIGN, json=REQUEST)

    assert (response.status_code, response.json["cards"][0]["indicator"]) == (200, "critical")


def test_what_was_decided_is_remembered(app, client):
    cards = client.post(SIGN, json=REQUEST).json["cards"]

    store = remembered(app)
    (request,) = store.rows(requests)
    assert (request["service"], request["hook"], request["client"], request["hook_instance"]) == (
        "thiopurine-order-sign",
        "order-sign",
        "anybody",
        REQUEST["hookInstance"],
    )
    assert {row["uuid"] for row in store.rows(kept_cards)} == {card["uuid"] for card in cards}
    own = {row["rule"] for row in store.rows(decisions)} - {"could-not-be-checked"}
    assert own == {rule.id for rule in service_for_hook("order-sign").rules}


def test_what_does_not_concern_us_is_not_remembered(app, client):
    client.post(SIGN, json=UNRELATED)

    assert remembered(app).rows(requests) == []


def test_orders_that_do_not_concern_us_get_no_cards_whatever_is_missing(client):
    assert client.post(SIGN, json=UNRELATED).json == {"cards": []}


def test_an_empty_draft_gets_no_cards(client):
    context = REQUEST["context"] | {"draftOrders": {"resourceType": "Bundle"}}

    assert client.post(SIGN, json=REQUEST | {"context": context}).json == {"cards": []}


@pytest.mark.parametrize("path", ["/cds-services/", "//cds-services", "//cds-services//"])
def test_slashes_too_many_are_not_redirected(client, path):
    # The test client would take the part after a leading // for a host.
    assert client.get("/", environ_overrides={"PATH_INFO": path}).status_code == 200


@pytest.mark.parametrize("path", [f"/{SIGN}", f"{SIGN}/", "/cds-services//thiopurine-order-sign"])
def test_slashes_too_many_reach_the_service(client, path):
    response = client.post("/", json=UNRELATED, environ_overrides={"PATH_INFO": path})

    assert response.json == {"cards": []}


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "code"),
    [
        ("POST", SIGN, {"data": b"{", "headers": JSON}, 400, "invalid"),
        ("POST", SIGN, {"json": REQUEST | {"hook": "patient-view"}}, 400, "invalid"),
        ("POST", "/cds-services/other", {"json": REQUEST}, 404, "not-found"),
        ("POST", "/cds-services/other/feedback", {"json": {}}, 404, "not-found"),
        ("GET", "/elsewhere", {}, 404, "not-found"),
        ("GET", SIGN, {}, 405, "not-supported"),
        ("POST", "/cds-services", {"json": {}}, 405, "not-supported"),
        ("DELETE", SIGN, {}, 405, "not-supported"),
        ("POST", SIGN, {"data": b"{}", "content_type": "text/plain"}, 415, "not-supported"),
        ("POST", SIGN, {"data": b"{}"}, 415, "not-supported"),
        ("POST", SIGN, {"data": b"{}", "headers": JSON | {"Content-Encoding": "gzip"}}, 415, "not-supported"),
        ("POST", f"{SIGN}/feedback", {"data": b"[]", "headers": JSON}, 400, "invalid"),
    ],
)
def test_refuses_with_an_operation_outcome(client, method, path, sent, status, code):
    response = client.open(path, method=method, **sent)

    assert (response.status_code, issue(response)["code"]) == (status, code)


def test_names_the_field_at_fault(client):
    context = {name: value for name, value in REQUEST["context"].items() if name != "patientId"}

    response = client.post(SIGN, json=REQUEST | {"context": context})

    assert issue(response) == {
        "severity": "error",
        "code": "invalid",
        "details": {"text": "context.patientId: is missing"},
        "expression": ["context.patientId"],
    }


def test_a_body_over_the_limit_is_refused(settings, store):
    app = create_app(settings.model_copy(update={"max_body_bytes": 10}), store)

    response = app.test_client().post(SIGN, json=REQUEST)

    assert (response.status_code, issue(response)["code"]) == (413, "too-long")


def test_a_body_without_a_length_is_refused(client):
    response = client.post(
        SIGN,
        input_stream=None,
        headers=JSON | {"Transfer-Encoding": "chunked"},
        environ_overrides={"CONTENT_LENGTH": ""},
    )

    assert (response.status_code, issue(response)["code"]) == (411, "required")


def test_a_body_that_ends_early_is_refused(client):
    response = client.post(SIGN, data=b"{}", headers=JSON, environ_overrides={"CONTENT_LENGTH": "100"})

    assert issue(response)["details"] == {"text": "the body ended after 2 of 100 bytes"}


def test_patient_view_without_medications_answers_412(client):
    body = {
        "hook": "patient-view",
        "hookInstance": "1",
        "context": {"userId": "Practitioner/1", "patientId": "example"},
    }

    response = client.post("/cds-services/thiopurine-patient-view", json=body)

    assert (response.status_code, issue(response)["expression"]) == (412, ["prefetch.medications"])


@pytest.mark.parametrize("user", ["Patient/example", "RelatedPerson/1"])
def test_patients_and_relatives_get_no_cards(client, user):
    body = {
        "hook": "patient-view",
        "hookInstance": "1",
        "context": {"userId": user, "patientId": "example"},
    }

    assert client.post("/cds-services/thiopurine-patient-view", json=body).json == {"cards": []}


ITEM = {"card": "never-issued", "outcome": "overridden", "outcomeTimestamp": "2026-03-09T10:05:31Z"}


def test_feedback_is_kept_also_for_cards_we_do_not_know(client, store):
    response = client.post(f"{SIGN}/feedback", json={"feedback": [ITEM, ITEM]})

    assert (response.status_code, response.data) == (200, b"")
    assert [(row["card"], row["service"]) for row in store.rows(feedback)] == [
        ("never-issued", "thiopurine-order-sign")
    ]


@pytest.fixture
def client_without_database(tmp_path):
    (tmp_path / "file").write_text("no folder")
    url = f"sqlite:///{tmp_path / 'file' / 'store.sqlite3'}"
    return create_app(Settings(database_url=url, log_level="error"), opened(url)).test_client()


def test_hooks_answer_while_the_database_is_down(client_without_database):
    response = client_without_database.post(SIGN, json=REQUEST)

    assert (response.status_code, len(response.json["cards"]) > 0) == (200, True)


def test_feedback_asks_to_come_back_while_the_database_is_down(client_without_database):
    response = client_without_database.post(f"{SIGN}/feedback", json={"feedback": [ITEM]})

    assert (response.status_code, issue(response)["code"]) == (503, "transient")


PREFLIGHT = {
    "Origin": "https://sandbox.cds-hooks.org",
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type",
}


@pytest.mark.parametrize("path", ["/cds-services", SIGN, f"{SIGN}/feedback", "/cds-services/other"])
def test_a_browser_may_ask_whether_it_may_call(client, path):
    response = client.options(path, headers=PREFLIGHT)

    assert (response.status_code, response.headers["Access-Control-Allow-Origin"]) == (204, "*")
    assert response.headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type, Accept"


@pytest.mark.parametrize(("path", "status"), [("/cds-services", 200), ("/elsewhere", 404)])
def test_a_browser_may_read_answers_and_errors(client, path, status):
    response = client.get(path, headers={"Origin": "https://sandbox.cds-hooks.org"})

    assert (response.status_code, response.headers["Access-Control-Allow-Origin"]) == (status, "*")


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [("https://ehr.example.org", "https://ehr.example.org"), ("https://other.example.org", None)],
)
def test_only_named_origins_may_read_when_some_are_named(settings, store, origin, allowed):
    app = create_app(settings.model_copy(update={"allowed_origins": "https://ehr.example.org"}), store)

    response = app.test_client().get("/cds-services", headers={"Origin": origin})

    assert response.headers.get("Access-Control-Allow-Origin") == allowed


class BrokenStore(Store):
    def save_feedback(self, *_arguments):
        raise RuntimeError("Jane Roe, 1984-06-02")


def test_a_fault_of_ours_is_a_500_that_tells_nothing_and_a_log_line_that_tells_where(settings):
    app = create_app(settings, BrokenStore(None, None))

    with capture_logs() as logs:
        response = app.test_client().post(f"{SIGN}/feedback", json={"feedback": [ITEM]})

    (line,) = [line for line in logs if line["event"] == "failed"]
    assert (response.status_code, issue(response)["code"]) == (500, "exception")
    assert (line["kind"], line["frames"][-1].split()[-1]) == ("RuntimeError", "save_feedback")
    assert "Jane" not in response.text + json.dumps(logs)
