"""`/healthz`, `/readyz` and `/metrics`: for the machines that watch the service. No patient data."""

from http import HTTPStatus

from flask import Blueprint, Response, current_app
from prometheus_client import CONTENT_TYPE_LATEST

from cds_service.health.canary import Canary
from cds_service.health.metrics import Metrics
from cds_service.health.readiness import as_content, checks
from cds_service.health.watch import Watch
from cds_service.json_response import json_response
from cds_service.memory.recorder import Recorder
from cds_service.memory.store import Store

health = Blueprint("health", __name__)


@health.get("/healthz")
def healthz() -> Response:
    """Alive: this process answers."""
    return json_response({"status": "alive"})


@health.get("/readyz")
def readyz() -> Response:
    """Ready: tables loaded, database reachable, canary passed; 503 and which of them when not."""
    store: Store = current_app.extensions["thiopurine_cds.store"]
    recorder: Recorder = current_app.extensions["thiopurine_cds.recorder"]
    found = checks(store, _canary(), recorder)
    is_ready = all(check.has_passed for check in found)
    return json_response(as_content(found), HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE)


@health.get("/metrics")
def metrics() -> Response:
    """Counters in Prometheus' text format."""
    kept: Metrics = current_app.extensions["thiopurine_cds.metrics"]
    watch: Watch = current_app.extensions["thiopurine_cds.watch"]
    watch.look()
    return Response(kept.exposition(), content_type=CONTENT_TYPE_LATEST)


def _canary() -> Canary:
    canary: Canary = current_app.extensions["thiopurine_cds.canary"]
    return canary
