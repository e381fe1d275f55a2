"""`/healthz`, `/readyz` and `/metrics`: for the machines that watch the service. No patient data."""

from http import HTTPStatus

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST

from cds_service.endpoints.service import this_service
from cds_service.health.readiness import as_content, checks
from cds_service.wire.json_response import json_response

health = Blueprint("health", __name__)


@health.get("/healthz")
def healthz() -> Response:
    """Alive: this process answers."""
    return json_response({"status": "alive"})


@health.get("/readyz")
def readyz() -> Response:
    """Ready: tables loaded, database reachable, canary passed; otherwise 503 and which of them failed."""
    service = this_service()
    found = checks(service.store, service.canary, service.recorder)
    is_ready = all(check.has_passed for check in found)
    status = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
    return json_response(as_content(found, service.notices.all), status)


@health.get("/metrics")
def metrics() -> Response:
    """Counters in Prometheus' text format."""
    service = this_service()
    service.watch.look()
    return Response(service.metrics.exposition(), content_type=CONTENT_TYPE_LATEST)
