"""Traces: off by default and then nothing is imported; on, they tell the steps and nobody's data."""

import json
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import util
from pathlib import Path
from threading import Thread

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from pydantic import ValidationError

from cds_service.app import create_app
from cds_service.endpoints import hooks as routes
from cds_service.endpoints.service import service_in
from cds_service.health.traces import OpenTelemetrySpans
from cds_service.logs import digest
from cds_service.settings import Settings
from cds_service.wire.spans import NO_SPANS
from tests.builders import KNOWLEDGE

SIGN = "/cds-services/thiopurine-order-sign"
BODY = json.loads((Path(__file__).parents[3] / "fixtures/requests/order-sign.json").read_text())
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def exporter(app):
    found = InMemorySpanExporter()
    spans = service_in(app).spans = OpenTelemetrySpans(SimpleSpanProcessor(found), KNOWLEDGE)
    spans.trace_requests(app)
    yield found
    spans.stop()


def texts(exporter):
    return "\n".join(one.to_json() for one in exporter.get_finished_spans())


def by_name(exporter):
    return {one.name: one for one in exporter.get_finished_spans()}


def test_a_request_is_a_trace_of_its_steps(client, exporter):
    answered = client.post(SIGN, data=json.dumps(BODY), headers=JSON)

    spans = by_name(exporter)
    whole = spans["hook"]
    assert set(spans) == {"hook", "prefetch", "mapping", "rules", "cards"}
    assert {spans[name].parent.span_id for name in ("prefetch", "mapping", "rules", "cards")} == {
        whole.context.span_id
    }
    assert dict(whole.attributes) == {
        "thiopurine_cds.service": "thiopurine-order-sign",
        "thiopurine_cds.instance": digest(BODY["hookInstance"]),
        "thiopurine_cds.request_bytes": len(json.dumps(BODY)),
        "thiopurine_cds.cards": len(answered.json["cards"]),
        "http.response.status_code": 200,
    }


def test_what_is_fetched_is_a_span_of_its_own(client, exporter):
    request = BODY | {"fhirServer": "https://not-allowed.example/fhir"}
    request["prefetch"] = {key: value for key, value in BODY["prefetch"].items() if key != "conditions"}
    client.post(SIGN, data=json.dumps(request), headers=JSON)

    spans = by_name(exporter)
    assert spans["FHIR search"].parent.span_id == spans["prefetch"].context.span_id
    assert dict(spans["FHIR search"].attributes) == {
        "thiopurine_cds.searches": 1,
        "thiopurine_cds.failed": 1,
    }


def test_spans_hold_no_patient_data(client, exporter):
    request = BODY | {
        "hookInstance": "secret-instance",
        "fhirServer": "https://secret-server.example/fhir",
        "fhirAuthorization": {
            "access_token": "secret-token",
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": "patient/*.read",
            "subject": "secret-subject",
        },
    }
    body = json.dumps(request).replace('"example"', '"secret-patient"')
    assert client.post(SIGN, data=body, headers=JSON).status_code == 200

    text = texts(exporter)
    assert exporter.get_finished_spans()
    assert [word for word in ("secret", "Crohn", "azathioprine", "TPMT", "Patient/") if word in text] == []


def test_an_exception_leaves_only_its_kind(client, exporter, monkeypatch):
    def crash(*_, **__):
        with service_in(client.application).spans.span("rules"):
            raise LookupError("Jane Roe, 1984-06-02")

    monkeypatch.setattr(routes, "answer", crash)

    assert client.post(SIGN, data=json.dumps(BODY), headers=JSON).status_code == 500
    spans = by_name(exporter)
    assert (spans["rules"].status.status_code, spans["rules"].status.description) == (
        StatusCode.ERROR,
        "LookupError",
    )
    assert spans["hook"].status.status_code is StatusCode.ERROR
    assert "Jane" not in texts(exporter)


def test_a_refused_request_ends_its_span(client, exporter):
    client.post(SIGN, data=b"{", headers=JSON)
    client.post(SIGN, data=json.dumps(BODY), headers=JSON)

    first, second = (one for one in exporter.get_finished_spans() if one.name == "hook")
    assert first.attributes["http.response.status_code"] == 400
    assert (second.parent, first.context.trace_id == second.context.trace_id) == (None, False)


def test_other_paths_are_no_traces(client, exporter):
    client.get("/healthz")
    client.get("/cds-services")

    assert exporter.get_finished_spans() == ()


def test_without_an_address_nothing_is_traced(app):
    assert service_in(app).spans is NO_SPANS


@pytest.mark.slow
def test_without_an_address_nothing_is_imported():
    program = "import sys, cds_service.app, cds_service.server.serve; print('opentelemetry' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"


@pytest.mark.slow
def test_spans_reach_the_collector_that_the_settings_name(store, settings):
    received = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self):
            received.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/v1/traces"
        app = create_app(settings.model_copy(update={"traces_url": url}), store)
        app.test_client().post(SIGN, data=json.dumps(BODY), headers=JSON)
        service_in(app).spans.stop()
        service_in(app).recorder.close()
        server.shutdown()
        thread.join()

    assert {path for path, _ in received} == {"/v1/traces"}
    assert b"thiopurine-order-sign" in received[0][1]


@pytest.mark.parametrize("url", ["collector:4318", "ftp://127.0.0.1/v1/traces", "http://192.0.2.1/v1/traces"])
def test_an_address_that_cannot_be_used_is_refused(url):
    with pytest.raises(ValidationError, match="traces_url"):
        Settings(traces_url=url)


def test_traces_without_the_library_are_refused_with_what_to_install(monkeypatch):
    monkeypatch.setattr("cds_service.settings.find_spec", lambda _: None)
    assert util.find_spec("opentelemetry")

    with pytest.raises(ValidationError, match=r"pip install 'thiopurine-cds\[otel\]'"):
        Settings(traces_url="http://127.0.0.1:4318/v1/traces")
