"""A deployment examined from outside, as a client would see it: one point per question, each with advice."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from cds_service.ehr.examined_chart import examined_chart
from cds_service.ehr.examined_point import ExaminedPoint, PointState
from cds_service.ehr.hook_call import HookTrigger, called
from cds_service.ehr.identity import Identity
from cds_service.ehr.prefetch import Fetched, FhirServer, fetched
from cds_service.ehr.service import CallRefusedError, CdsServer
from cds_service.ehr.web import CallError, Web
from cds_service.hooks.hooks import HOOK_NAMES

_SKEW_S = 5  # tokens are refused at 60
_MOST_SKEW_S = 60
_SLOW_MS = 500
_UNAUTHORIZED = 401


@dataclass(frozen=True, slots=True)
class Deployment:
    """What is examined: the service, and the EHR that will call it."""

    address: str
    web: Web
    identity: Identity | None = None
    fhir: FhirServer | None = None
    patient_id: str | None = None
    origin: str = "https://sandbox.cds-hooks.org"
    zone: tzinfo = UTC  # the service's


def examined(deployment: Deployment) -> Iterator[ExaminedPoint]:
    """Every point about the service as reached over the network; the first failure to reach it ends the examination."""
    server = CdsServer(deployment.address, deployment.web, deployment.identity)
    discovery = _discovery(server)
    yield discovery
    if discovery.verdict is PointState.FAILED:
        return
    yield _transport(deployment)
    yield _cors(server.discovery_url, deployment)
    yield _tokens(server, deployment)
    yield _clock(server.discovery_url, deployment.web, "clock of the service")
    yield from _fhir(server, deployment)


def _discovery(server: CdsServer) -> ExaminedPoint:
    try:
        hooks = {one.hook for one in server.offered()}
    except CallError as error:
        return ExaminedPoint(
            "discovery",
            PointState.FAILED,
            str(error),
            "Start it with `thiopurine-cds serve`; look at host and port, at the proxy's path, and at its log.",
        )
    missing = [hook for hook in HOOK_NAMES if hook not in hooks]
    if missing:
        return ExaminedPoint(
            "discovery", PointState.WARNING, f"no service for {', '.join(missing)}", "Is it another service?"
        )
    return ExaminedPoint("discovery", PointState.OK, f"{len(hooks)} hooks at {server.discovery_url}")


def _transport(deployment: Deployment) -> ExaminedPoint:
    parts = urlsplit(deployment.address)
    if parts.scheme == "https":
        return ExaminedPoint("transport", PointState.OK, "https, and the certificate is trusted")
    if parts.hostname in ("localhost", "127.0.0.1", "::1"):
        return ExaminedPoint("transport", PointState.OK, "plain http, on this machine only")
    return ExaminedPoint(
        "transport",
        PointState.FAILED,
        "plain http over a network: patient data can be read on the way",
        "Put a proxy with TLS before the service and let clients call https.",
    )


def _cors(url: str, deployment: Deployment) -> ExaminedPoint:
    headers = {
        "Origin": deployment.origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    try:
        reply = deployment.web.call("OPTIONS", f"{url}/thiopurine-order-sign", headers=headers)
    except CallError as error:
        return ExaminedPoint(
            "CORS", PointState.FAILED, str(error), "A proxy may drop OPTIONS: let it through."
        )
    allowed = reply.headers.get("Access-Control-Allow-Origin")
    if reply.status in (200, 204) and allowed in ("*", deployment.origin):
        return ExaminedPoint("CORS", PointState.OK, f"pages of {deployment.origin} may call")
    return ExaminedPoint(
        "CORS",
        PointState.WARNING,
        f"pages of {deployment.origin} may not call (status {reply.status}, allowed {allowed or 'nobody'})",
        "Only clients in a browser need it: name the origin in THIOPURINE_CDS_ALLOWED_ORIGINS, and let the "
        "proxy pass OPTIONS and its answer unchanged.",
    )


def _tokens(server: CdsServer, deployment: Deployment) -> ExaminedPoint:
    """Whether strangers are refused and the named client is let in."""
    if _lets_strangers_in(server, deployment.web):
        return ExaminedPoint(
            "JWT",
            PointState.WARNING,
            "anybody may call, without a token",
            "Fine on this machine. Elsewhere: `serve --clients CLIENTS.toml --public-url URL`, or a proxy "
            "that authenticates.",
        )
    if deployment.identity is None:
        return ExaminedPoint(
            "JWT", PointState.OK, "strangers are refused; --key and --issuer try a client's token"
        )
    return ExaminedPoint("JWT", PointState.OK, f"the token of {deployment.identity.issuer} is accepted")


def _lets_strangers_in(server: CdsServer, web: Web) -> bool:
    try:
        CdsServer(server.discovery_url, web).offered()
    except CallRefusedError as error:
        if error.reply.status == _UNAUTHORIZED:
            return False
        raise
    return True


def _clock(url: str, web: Web, topic: str) -> ExaminedPoint:
    try:
        reply = web.call("GET", url)
    except CallError as error:
        return ExaminedPoint(topic, PointState.FAILED, str(error))
    stated = reply.headers.get("Date")
    if not stated:
        return ExaminedPoint(topic, PointState.SKIPPED, "the answer has no Date")
    seconds = abs((parsedate_to_datetime(stated) - datetime.now(UTC)).total_seconds())
    if seconds <= _SKEW_S:
        return ExaminedPoint(topic, PointState.OK, "agrees with this machine's")
    return ExaminedPoint(
        topic,
        PointState.FAILED if seconds > _MOST_SKEW_S else PointState.WARNING,
        f"{seconds:.0f} s away from this machine's",
        f"Synchronise both (NTP): tokens are refused from {_MOST_SKEW_S} s on, and today may be another day.",
    )


def _fhir(server: CdsServer, deployment: Deployment) -> Iterator[ExaminedPoint]:
    fhir = deployment.fhir
    if fhir is None:
        yield ExaminedPoint(
            "FHIR access", PointState.SKIPPED, "no --fhir-server", "Name one to have it tried."
        )
        return
    yield _version(fhir)
    yield _clock(f"{fhir.base}/metadata", deployment.web, "clock of the FHIR server")
    if deployment.patient_id is None:
        yield ExaminedPoint(
            "FHIR access", PointState.SKIPPED, "no --patient", "Name a test patient to have it tried."
        )
        return
    patient_id = deployment.patient_id
    yield from _attempted("prefetch", lambda: _prefetch(server, fhir, patient_id, deployment.zone))
    yield from _attempted("a call", lambda: (_call(server, fhir, patient_id),))


def _attempted(topic: str, attempt: Callable[[], Iterable[ExaminedPoint]]) -> Iterator[ExaminedPoint]:
    try:
        yield from attempt()
    except CallError as error:
        yield ExaminedPoint(
            topic, PointState.FAILED, str(error), "The service's log says more; so does `call`."
        )


def _version(fhir: FhirServer) -> ExaminedPoint:
    try:
        content = fhir.get("metadata").json()
    except CallError as error:
        return ExaminedPoint(
            "FHIR version", PointState.WARNING, str(error), "Is this the base URL of a FHIR server?"
        )
    version = content.get("fhirVersion") if isinstance(content, dict) else None
    if isinstance(version, str) and version.startswith("4."):
        return ExaminedPoint("FHIR version", PointState.OK, version)
    return ExaminedPoint(
        "FHIR version",
        PointState.FAILED,
        f"{version or 'not stated'}; the service reads R4",
        "Use the R4 base URL of this server (the public sandbox starts with a DSTU2 one).",
    )


def _prefetch(server: CdsServer, fhir: FhirServer, patient_id: str, zone: tzinfo) -> Iterator[ExaminedPoint]:
    """Whether the FHIR server answers each search that the service wants made, and how its answers are read."""
    templates = server.service_for("order-sign").prefetch
    found = fetched(templates, {"patientId": patient_id}, fhir)
    yield _searches(found)
    yield from examined_chart([one.resources for one in found], patient_id, zone, datetime.now(UTC))


def _searches(found: Sequence[Fetched]) -> ExaminedPoint:
    failed = [one for one in found if one.why_not]
    if not failed:
        return ExaminedPoint("prefetch", PointState.OK, f"all {len(found)} searches are answered")
    said = "; ".join(f"{one.key}: {one.why_not}" for one in failed)
    return ExaminedPoint(
        "prefetch",
        PointState.WARNING,
        f"{len(failed)} of {len(found)} searches fail: {said}",
        "401, 403: the token lacks a scope. 400: the server does not know a parameter. What fails is named "
        "on the cards as not checked.",
    )


def _call(server: CdsServer, fhir: FhirServer, patient_id: str) -> ExaminedPoint:
    """A patient-view without prefetch: the service itself must reach the FHIR server."""
    occasion = HookTrigger("patient-view", patient_id, "Practitioner/doctor-of-this-check")
    try:
        made = called(server, occasion, fhir, with_prefetch=False)
    except CallRefusedError as error:
        return ExaminedPoint(
            "FHIR access",
            PointState.FAILED,
            str(error),
            "The service could not fetch the medications: let it name this server (fhir_servers of the client, "
            "or --allow-fhir-server), and look at the token and at the network between the two.",
        )
    if made.ms > _SLOW_MS:
        return ExaminedPoint(
            "FHIR access",
            PointState.WARNING,
            f"the service fetches for itself, in {made.ms:.0f} ms",
            "Let the client send the prefetch along: clinicians wait for every search.",
        )
    return ExaminedPoint("FHIR access", PointState.OK, f"the service fetches for itself, in {made.ms:.0f} ms")
