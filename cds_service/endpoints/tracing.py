"""add_traces() has requests traced where the settings ask for it."""

from flask import Flask

from cds_service.endpoints.service import service_in


def add_traces(app: Flask) -> None:
    """Send spans to the address in the settings; by default nothing is imported, made or sent."""
    service = service_in(app)
    if service.settings.traces_url is None:
        return
    from cds_service.health.traces import sent_to  # noqa: PLC0415 -- an extra that is not always there

    spans = service.spans = sent_to(service.settings.traces_url, service.knowledge)
    spans.trace_requests(app)
