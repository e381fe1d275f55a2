"""add_bench() gives the application the workbench's pages."""

import structlog
from flask import Flask

from cds_service.endpoints.service import service_in
from cds_service.extras import missing_extra
from cds_service.workbench.settings import BenchSettings

log = structlog.get_logger()


def add_bench(app: Flask, settings: BenchSettings | None = None) -> None:
    """Serve the workbench at `/`, unless the settings turn it off or its extra is not installed."""
    found = settings or BenchSettings()
    if not found.enabled:
        return
    if why := missing_extra("workbench"):
        log.warning("no_page", why=why)
        return
    from cds_service.endpoints.workbench import bench  # noqa: PLC0415 -- its libraries are an extra

    service_in(app).bench = found
    app.register_blueprint(bench)
