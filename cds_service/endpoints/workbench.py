"""The workbench's pages and the endpoints of their scripts. Thin: each calls one function that does the work."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from flask import Blueprint, Response, render_template, request

from cards.assessment.case import Case
from cds_service.access.clients import Client
from cds_service.answering.pipeline import Circumstances, answer
from cds_service.answering.reply import Answer, nothing
from cds_service.chart_sources.fhir_records import FhirRecords
from cds_service.endpoints.service import this_service
from cds_service.errors import BadRequestError, PatientDataUnavailableError, UnknownServiceError
from cds_service.hooks.profiles import manner_for
from cds_service.hooks.request import HookRequest, hook_of, hook_request_from
from cds_service.hooks.services import SERVICES, CdsService, service_for_hook
from cds_service.inspection.source import UnreadableFileError
from cds_service.settings import Settings
from cds_service.wire.body import body_of
from cds_service.wire.json_body import decoded
from cds_service.wire.json_response import json_response
from cds_service.workbench.explanations import quiet_rules, whys
from cds_service.workbench.guard import guarded, refusal
from cds_service.workbench.markdown import as_html
from cds_service.workbench.order_choices import drug_choices, reason_choices, vaccine_choices
from cds_service.workbench.own_records import request_shown
from cds_service.workbench.settings import BenchSettings
from cds_service.workbench.stewardship import (
    CHART_HEIGHT,
    CHART_WIDTH,
    DEFAULT_DAYS,
    SPANS_DAYS,
    as_csv,
    stewardship,
)
from cds_service.workbench.stories import story_names, story_today
from cds_service.workbench.timeline import timeline_of
from cds_service.workbench.timeline_shapes import WIDTH
from cds_service.workbench.understanding import understood
from cds_service.workbench.uploads import upload_in
from fhir_mappers.bundle.resources import json_of

bench = Blueprint(
    "bench",
    "cds_service.workbench",  # where its templates and scripts lie
    template_folder="templates",
    static_folder="static",
    static_url_path="/bench/static",
)
bench.add_app_template_filter(as_html, "markdown")
bench.after_request(guarded)

_BEHIND_A_PROXY = ("bench.stewardship_page", "bench.stewardship_csv", "bench.static")


class _Shown(msgspec.Struct):
    request: msgspec.Raw
    response: dict[str, Any] = {}


_SHOWN = msgspec.json.Decoder(_Shown)


@bench.before_request
def _here_only() -> Response | None:
    is_shared = request.endpoint in _BEHIND_A_PROXY
    return refusal(request, _bench_settings().stewardship_user_header if is_shared else "")


@bench.get("/")
def workspace() -> str:
    """The clinical workspace."""
    return render_template(
        "bench/workspace.html",
        stories=story_names(_bench_settings().stories_folder),
        drugs=drug_choices(),
        vaccines=vaccine_choices(),
        reasons=reason_choices(),
        services=SERVICES,
    )


@bench.get("/bench/stories/<name>")
def story(name: str) -> Response:
    """One story, as if it happened today."""
    found = story_today(_bench_settings().stories_folder, name, _now().date())
    if found is None:
        raise UnknownServiceError("there is no such story")
    return json_response({"name": found.name, "point": found.point, "request": found.request})


@bench.post("/bench/uploads")
def upload() -> Response:
    """The parts of a hook request that a FHIR file gives."""
    try:
        found = upload_in(body_of(request, _settings().max_body_bytes), _settings().zone)
    except UnreadableFileError as error:
        raise BadRequestError(str(error)) from None
    return json_response(
        {
            "patientId": found.patient_id,
            "draftOrders": found.draft_orders,
            "prefetch": found.prefetch,
            "leftOut": found.left_out,
            "notes": list(found.notes),
        }
    )


@bench.post("/bench/view")
def view() -> Response:
    """The request as understood, and the cards of the response with why each is there, as HTML."""
    shown = decoded(body_of(request, 2 * _settings().max_body_bytes), _SHOWN)
    body = bytes(shown.request)
    service = service_for_hook(hook_of(body))
    hook_request = hook_request_from(body, service.hook)
    client = _client()
    fhir, now = this_service().fhir.for_request(hook_request, client), _now()
    found = _answered(hook_request, service, now, fhir, client)
    cards = [card for card in shown.response.get("cards", []) if isinstance(card, dict)]
    policy, knowledge = _settings().site_policy, this_service().knowledge
    read = understood(hook_request, now, _settings().zone, Circumstances(policy, knowledge, fhir))
    parts: dict[str, Any] = {
        "request": request_shown(json_of(body), hook_request),
        "cards": render_template("bench/cards.html", cards=list(zip(cards, whys(cards, found), strict=True))),
        "silent": render_template(
            "bench/silent.html", rules=quiet_rules(found), hook=service.hook, was_asked=found.considered
        ),
        "banner": render_template("bench/banner.html", banner=read.banner),
        "facts": render_template("bench/facts.html", inspection=read.inspection),
        "timeline": render_template(
            "bench/timeline.html", timeline=timeline_of(Case(read.chart, policy, knowledge)), width=WIDTH
        ),
    }
    return json_response(parts)


@bench.get("/stewardship")
def stewardship_page() -> str:
    """What became of the cards."""
    return render_template(
        "bench/stewardship.html",
        found=stewardship(this_service().store, _now(), _days()),
        spans=SPANS_DAYS,
        width=CHART_WIDTH,
        height=CHART_HEIGHT,
    )


@bench.get("/stewardship.csv")
def stewardship_csv() -> Response:
    """The same for a spreadsheet."""
    now = _now()
    rules = this_service().store.reports(now - timedelta(_days()), now + timedelta(minutes=1))
    return Response(
        as_csv(rules),
        mimetype="text/csv",
        headers={"Content-Disposition": "attachment; filename=stewardship.csv"},
    )


def _days() -> int:
    days = request.args.get("days", DEFAULT_DAYS, type=int)
    return days if days in SPANS_DAYS else DEFAULT_DAYS


def _answered(
    hook_request: HookRequest, service: CdsService, now: datetime, fhir: FhirRecords, client: Client
) -> Answer:
    """What the pipeline says now; nothing where the service itself would refuse the request."""
    manner = manner_for(client)
    around = Circumstances(
        _settings().site_policy,
        this_service().knowledge,
        fhir,
        manner,
        acknowledged=client.acknowledged_notices,
        renames_patients=client.renames_patients,
    )
    try:
        return answer(hook_request, service, now, around=around)
    except PatientDataUnavailableError:
        return nothing(manner)


def _client() -> Client:
    """The client that the page calls the hooks as. Raises UntrustedClientError."""
    return this_service().door.client_calling(request.headers.get("Authorization"), request.path)


def _now() -> datetime:
    return datetime.now(_settings().zone)


def _settings() -> Settings:
    return this_service().settings


def _bench_settings() -> BenchSettings:
    found = this_service().bench
    if found is None:
        raise RuntimeError("the page answers, and has no settings")
    return found
