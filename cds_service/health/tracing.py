"""add_traces(): how create_app() lets requests be traced, or not."""

from flask import Flask

from cds_service.health.spans import NO_SPANS
from cds_service.settings import Settings


def add_traces(app: Flask, settings: Settings) -> None:
    """Send spans where the settings say; by default nothing is imported, made or sent."""
    if settings.traces_url is None:
        app.extensions["thiopurine_cds.spans"] = NO_SPANS
        return
    from cds_service.health.traces import sent_to  # noqa: PLC0415 -- an extra that is not always there

    spans = app.extensions["thiopurine_cds.spans"] = sent_to(settings.traces_url)
    spans.trace_requests(app)
