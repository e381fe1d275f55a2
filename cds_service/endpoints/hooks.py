"""The HTTP endpoints: discovery, hooks and feedback. Thin: each calls one function that does the work."""

import time
from datetime import UTC, datetime

import structlog
from flask import Blueprint, Response, request

from cds_service.access.clients import Client
from cds_service.answering.pipeline import Circumstances, answer
from cds_service.endpoints.service import Service, this_service
from cds_service.health.counted_records import CountedRecords
from cds_service.health.traced_records import TracedRecords
from cds_service.hooks.card_json import random_ids
from cds_service.hooks.feedback import feedback_from
from cds_service.hooks.profiles import manner_for
from cds_service.hooks.request import hook_request_from
from cds_service.hooks.services import SERVICES, service_with_id
from cds_service.logs import about_request, digest
from cds_service.memory.recording import record
from cds_service.memory.repeats import without_repeats
from cds_service.wire import cors
from cds_service.wire.body import body_of
from cds_service.wire.json_body import refuse_broken_text
from cds_service.wire.json_response import json_response

log = structlog.get_logger()
_MOST_FIELDS = 10
hooks = Blueprint("hooks", __name__)


@hooks.route("/cds-services", methods=["GET", "OPTIONS"])
def discovery() -> Response:
    """The list of services (CDS Hooks 2.0.1, "Discovery")."""
    if request.method == "OPTIONS":
        return cors.preflight("GET")
    _client(this_service())
    return json_response({"services": [service.described() for service in SERVICES]})


@hooks.route("/cds-services/<service_id>", methods=["POST", "OPTIONS"])
def call_service(service_id: str) -> Response:
    """Cards for one hook call."""
    if request.method == "OPTIONS":
        return cors.preflight("POST")
    started = time.perf_counter()
    service = this_service()
    client = _client(service)
    asked = service_with_id(service_id)
    settings = service.settings
    body = body_of(request, settings.max_body_bytes)
    hook_request = hook_request_from(body, asked.hook)
    about_request(hook_request.hook_instance)
    spans = service.spans
    spans.about(service=asked.id, instance=digest(hook_request.hook_instance), request_bytes=len(body))
    now = datetime.now(settings.zone)
    found = answer(
        hook_request,
        asked,
        now,
        random_ids(),
        Circumstances(
            policy=settings.site_policy,
            knowledge=service.knowledge,
            fhir=TracedRecords(
                CountedRecords(service.fhir.for_request(hook_request, client), service.metrics), spans
            ),
            manner=manner_for(client),
            spans=spans,
            acknowledged=client.acknowledged_notices,
            renames_patients=client.renames_patients,
        ),
    )
    service.notices.hear(client.name, found.heard)
    if settings.site_policy.repeat == "once":
        found = without_repeats(found, hook_request, service.store, now)
    response = json_response(found.response)
    record(service.recorder, asked, hook_request, client.name, now, found)
    spans.about(cards=len(found.sent))
    took_s = time.perf_counter() - started
    service.metrics.answered(asked.hook, found, took_s)
    log.info(
        "answered",
        service=asked.id,
        cards=[card.rules for card in found.sent],
        withheld=len(found.cards) - len(found.sent),
        request_bytes=len(body),
        ms=round(took_s * 1000, 1),
    )
    return response


@hooks.route("/cds-services/<service_id>/feedback", methods=["POST", "OPTIONS"])
def take_feedback(service_id: str) -> Response:
    """Keep a client's reports about cards; reports about unknown cards are kept too."""
    if request.method == "OPTIONS":
        return cors.preflight("POST")
    service = this_service()
    client = _client(service)
    asked = service_with_id(service_id)
    body = body_of(request, service.settings.max_body_bytes)
    refuse_broken_text(body)
    feedback = feedback_from(body)
    new = service.store.save_feedback(asked.id, feedback.items, client.name, datetime.now(UTC))
    service.metrics.told(feedback.items)
    log.info(
        "feedback",
        service=asked.id,
        items=len(feedback.items),
        new=new,
        unread=len(feedback.unread),
        fields=list(feedback.unread[:_MOST_FIELDS]),
    )
    return Response(status=200)


def _client(service: Service) -> Client:
    """The client that calls. Raises UntrustedClientError."""
    return service.door.client_calling(request.headers.get("Authorization"), request.path)
