"""Service: the parts of one running service, wired in app.py and looked up wherever a request is answered."""

from dataclasses import dataclass, field

from flask import Flask, current_app

from cards.knowledge.knowledge import Knowledge
from cds_service.access.client_tokens import Door
from cds_service.chart_sources.fhir_access import FhirAccess
from cds_service.health.canary import Canary
from cds_service.health.heard_notices import HeardNotices
from cds_service.health.metrics import Metrics
from cds_service.health.watch import Watch
from cds_service.memory.recorder import Recorder
from cds_service.memory.store import Store
from cds_service.settings import Settings
from cds_service.wire.spans import NO_SPANS, Spans
from cds_service.workbench.settings import BenchSettings

_KEY = "thiopurine_cds"


@dataclass(slots=True)
class Service:
    """One service. Not frozen: a test or a benchmark may replace one of the parts."""

    settings: Settings
    knowledge: Knowledge
    store: Store
    recorder: Recorder
    door: Door
    fhir: FhirAccess
    metrics: Metrics
    canary: Canary
    watch: Watch
    notices: HeardNotices = field(default_factory=HeardNotices)
    spans: Spans = NO_SPANS
    bench: BenchSettings | None = None  # None: there is no page


def put_in(app: Flask, service: Service) -> None:
    """Make the service the one that the application's routes answer for."""
    app.extensions[_KEY] = service


def service_in(app: Flask) -> Service:
    """The service of an application."""
    found: Service = app.extensions[_KEY]
    return found


def this_service() -> Service:
    """The service that answers the request at hand."""
    return service_in(current_app)
