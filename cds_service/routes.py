"""The HTTP endpoints: discovery, hooks and feedback. Thin: each calls one function that does the work."""

import time
from datetime import datetime

import structlog
from flask import Blueprint, Response, current_app, request

from cds_service import cors
from cds_service.catalogue import SERVICES, CdsService, service_with_id
from cds_service.errors import StoreUnavailableError
from cds_service.feedback import feedback_from
from cds_service.hook_request import hook_request_from
from cds_service.http_body import body_of
from cds_service.json_body import refuse_broken_text
from cds_service.json_response import json_response
from cds_service.logs import digest
from cds_service.pipeline import Answer, answer
from cds_service.settings import Settings
from cds_service.store import IssuedCard, Store

log = structlog.get_logger()
hooks = Blueprint("hooks", __name__)


@hooks.route("/cds-services", methods=["GET", "OPTIONS"])
def discovery() -> Response:
    """What services there are (CDS Hooks 2.0.1, "Discovery")."""
    if request.method == "OPTIONS":
        return cors.preflight("GET")
    return json_response({"services": [service.described() for service in SERVICES]})


@hooks.route("/cds-services/<service_id>", methods=["POST", "OPTIONS"])
def call_service(service_id: str) -> Response:
    """Cards for one hook call."""
    if request.method == "OPTIONS":
        return cors.preflight("POST")
    service = service_with_id(service_id)
    settings = _settings()
    started = time.perf_counter()
    body = body_of(request, settings.max_body_bytes)
    hook_request = hook_request_from(body, service.hook)
    found = answer(hook_request, service, datetime.now(settings.zone), policy=settings.site_policy)
    response = json_response(found.response)
    instance = digest(hook_request.hook_instance)
    _record(service, instance, found)
    log.info(
        "answered",
        service=service.id,
        instance=instance,
        cards=[card.rules for card in found.issued],
        request_bytes=len(body),
        ms=round((time.perf_counter() - started) * 1000, 1),
    )
    return response


@hooks.route("/cds-services/<service_id>/feedback", methods=["POST", "OPTIONS"])
def take_feedback(service_id: str) -> Response:
    """Keep what a client reports about our cards; cards we do not know are kept as well."""
    if request.method == "OPTIONS":
        return cors.preflight("POST")
    service = service_with_id(service_id)
    body = body_of(request, _settings().max_body_bytes)
    refuse_broken_text(body)
    feedback = feedback_from(body)
    new = _store().save_feedback(service.id, feedback.items)
    log.info("feedback", service=service.id, items=len(feedback.items), new=new, unread=list(feedback.unread))
    return Response(status=200)


def _record(service: CdsService, instance: str, found: Answer) -> None:
    """Keep which cards were issued. A database that is down does not keep the cards from the clinician."""
    issued = [
        IssuedCard(card.uuid, service.id, instance, card.rules, card.indicator) for card in found.issued
    ]
    try:
        _store().save_issued_cards(issued)
    except StoreUnavailableError as error:
        log.warning("issued_cards_not_kept", service=service.id, cards=len(issued), why=error.message)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["thiopurine_cds.settings"]
    return settings


def _store() -> Store:
    store: Store = current_app.extensions["thiopurine_cds.store"]
    return store
