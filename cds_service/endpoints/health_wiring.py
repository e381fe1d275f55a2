"""add_health() gives the application its health endpoints and metrics."""

from flask import Flask, Response, request

from cds_service.endpoints.health import health
from cds_service.endpoints.service import service_in
from cds_service.hooks.services import SERVICES

_IDS = frozenset(service.id for service in SERVICES)


def add_health(app: Flask) -> None:
    """Serve health, readiness and metrics, and count every request."""
    metrics = service_in(app).metrics
    app.register_blueprint(health)

    @app.after_request
    def count(response: Response) -> Response:
        if request.method != "OPTIONS":
            metrics.ended(_endpoint(), response.status_code)
        return response


def _endpoint() -> str:
    """A label for the path called: otherwise each path that a client makes up would become a separate series."""
    if request.endpoint is None:
        return "nothing"
    service_id = (request.view_args or {}).get("service_id")
    name = request.endpoint.rpartition(".")[2]
    if service_id is None:
        return name
    return f"{name} {service_id}" if service_id in _IDS else f"{name} of no service"
