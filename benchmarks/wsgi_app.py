"""The service as any WSGI server loads it: `benchmarks.wsgi_app:app`, set by THIOPURINE_CDS_*."""

from cds_service.answering.pipeline import Circumstances
from cds_service.answering.warm_up import warm_up
from cds_service.app import create_app
from cds_service.endpoints.service import service_in
from cds_service.server.serve import tune_collector
from cds_service.settings import Settings

warm_up(Circumstances())
app = create_app(Settings())
service_in(app).store.migrate()
tune_collector()
