"""create_app(): the only place where things are wired together."""

from flask import Flask, Response

from cds_service.access.client_transports import ClientTransports
from cds_service.access.front_door import front_door
from cds_service.chart_sources.fhir_access import FhirAccess
from cds_service.endpoints.health_wiring import add_health
from cds_service.endpoints.hooks import hooks
from cds_service.endpoints.service import Service, put_in
from cds_service.endpoints.tracing import add_traces
from cds_service.endpoints.workbench_wiring import add_bench
from cds_service.health.canary import Canary
from cds_service.health.metrics import Metrics
from cds_service.health.watch import Watch
from cds_service.logs import about_no_request, configure_logs
from cds_service.memory.recorder import Recorder
from cds_service.memory.store import Store, opened
from cds_service.settings import Settings
from cds_service.wire import cors
from cds_service.wire.error_answers import register_errors
from cds_service.wire.plain_paths import PlainPaths


def create_app(settings: Settings, store: Store | None = None) -> Flask:
    """The service as a WSGI application; `store` is opened from the settings unless given."""
    configure_logs(settings.log_level)
    app = Flask("thiopurine-cds", static_folder=None)
    put_in(app, _service(settings, store))
    app.register_blueprint(hooks)
    add_health(app)
    add_traces(app)
    add_bench(app)
    register_errors(app)

    app.before_request(about_no_request)

    @app.after_request
    def readable_by_browsers(response: Response) -> Response:
        return cors.allow_origin(response, settings.origins)

    app.wsgi_app = PlainPaths(app.wsgi_app)  # type: ignore[method-assign]
    return app


def _service(settings: Settings, store: Store | None) -> Service:
    store = store or opened(settings.database_url, settings.hash_keys_file, keeps_ids=settings.keeps_ids)
    recorder = Recorder(store, settings.records_waiting, settings.retention_days)
    transports = ClientTransports()
    knowledge = settings.knowledge
    metrics, canary = Metrics(), Canary(knowledge)
    return Service(
        settings=settings,
        knowledge=knowledge,
        store=store,
        recorder=recorder,
        door=front_door(settings.known_clients, settings.everybody, settings.public_url, store, transports),
        fhir=FhirAccess(transports, settings.fhir_timeout_s, settings.fhir_max_bytes),
        metrics=metrics,
        canary=canary,
        watch=Watch(canary, metrics, recorder),
    )
