"""add_bench(): how create_app() gives the service its pages."""

from flask import Flask

from cds_service.bench.routes import bench
from cds_service.bench.settings import BenchSettings


def add_bench(app: Flask, settings: BenchSettings | None = None) -> None:
    """Serve the bench at `/`, unless the settings turn it off."""
    found = settings or BenchSettings()
    if not found.enabled:
        return
    app.extensions["thiopurine_cds.bench"] = found
    app.register_blueprint(bench)
