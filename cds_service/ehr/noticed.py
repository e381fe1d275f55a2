"""The vendors' notices that a running service heard from its clients' FHIR servers, as `/readyz` lists them."""

from collections.abc import Iterator
from typing import Any

from cds_service.ehr.examination import Deployment
from cds_service.ehr.examined_point import ExaminedPoint, PointState
from cds_service.ehr.web import CallError

_TOPIC = "notices of FHIR servers"
_PATH = "/readyz"
_ADVICE = (
    "Have the missing access added to the client's registration at its EHR, or let its entry in the clients file say "
    "that the site knows: acknowledged_notices (docs/clients.md). Until then cards say that a part is withheld."
)


def noticed(deployment: Deployment) -> Iterator[ExaminedPoint]:
    """A point for each notice and client; one point where there is none, or none can be asked for."""
    try:
        reply = deployment.web.call("GET", f"{deployment.address.rstrip('/')}{_PATH}")
        content = reply.json()
    except CallError as error:
        yield ExaminedPoint(_TOPIC, PointState.SKIPPED, str(error))
        return
    notices = content.get("notices") if isinstance(content, dict) else None
    if not isinstance(notices, list):
        yield ExaminedPoint(
            _TOPIC, PointState.SKIPPED, f"{_PATH} does not list them", "Ask the service behind its proxy."
        )
        return
    if not notices:
        yield ExaminedPoint(_TOPIC, PointState.OK, "none was heard since the start")
    yield from (_point(one) for one in notices)


def _point(notice: dict[str, Any]) -> ExaminedPoint:
    seen = f"{notice['client']}: {notice['code']} ({notice['about']})"
    if notice["acknowledged"] == "no":
        return ExaminedPoint(_TOPIC, PointState.WARNING, f"{seen} is not acknowledged", _ADVICE)
    said = "acknowledged" if notice["acknowledged"] == "yes" else "changes nothing"
    return ExaminedPoint(_TOPIC, PointState.OK, f"{seen}: {said}")
