"""The moments at which the hooks would have fired."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

import msgspec

from cards.model.vaccines import VaccineKind
from cds_service.answering.reply import Considered
from cds_service.hooks.request import HookRequest
from cds_service.replay.history import History
from cds_service.replay.known_since import instant
from cds_service.replay.plan import ReplayPlan, Views
from fhir_mappers.bundle.references import type_and_id
from fhir_mappers.bundle.resources import RawResource
from fhir_mappers.json.dates import clinical_date, period
from fhir_mappers.json.fhir_json import object_of, text_of
from fhir_mappers.mappers import DRAFT_MAPPERS

_NEVER_SIGNED = ("draft", "entered-in-error", "proposal", "plan", "option")
_AUTHORED = ("authoredOn", "dateWritten", "date")
_USER = "Practitioner/replay"


@dataclass(frozen=True, slots=True)
class Moment:
    """One call of a hook in the past."""

    hook: str
    at: datetime
    orders: tuple[RawResource, ...] = ()  # as drafts
    encounter: RawResource | None = None

    def request(self, patient_id: str) -> HookRequest:
        """The call, as the client would have made it; what it knows comes from the records."""
        entries = [{"resource": msgspec.Raw(one.raw)} for one in self.orders]
        bundle = msgspec.json.encode({"resourceType": "Bundle", "type": "collection", "entry": entries})
        return HookRequest(
            hook=self.hook,
            hook_instance="replay",
            user_id=_USER,
            patient_id=patient_id,
            encounter_id=self.encounter.id or None if self.encounter else None,
            draft_orders=msgspec.Raw(bundle) if self.orders else None,
        )


def moments_of(history: History, plan: ReplayPlan) -> list[Moment]:
    """The moments of one patient, oldest first, none after the day of the export."""
    zone = _zone(plan)
    found = list(_signings(history, zone)) if plan.orders else []
    if plan.views is Views.ENCOUNTER:
        found += _openings(history, zone)
    elif plan.views is Views.INTERVAL:
        found += _every(plan.interval_days, history, plan.as_of)
    elif plan.views is Views.ONCE:
        found.append(Moment("patient-view", plan.as_of))
    return sorted((one for one in found if one.at <= plan.as_of), key=lambda one: (one.at, one.hook))


def concerns_replay(considered: Considered) -> bool:
    """Whether a signed order counts: a known drug, a vaccine that may be live, a light therapy."""
    chart = considered.chart
    vaccines = any(one.kind is not VaccineKind.NON_LIVE for one in chart.vaccine_orders)
    planned = any(one.is_planned for one in chart.procedures)
    return bool(chart.draft_orders) or vaccines or planned


def _zone(plan: ReplayPlan) -> tzinfo:
    assert plan.as_of.tzinfo is not None  # noqa: S101 -- the command makes it aware
    return plan.as_of.tzinfo


def _signings(history: History, zone: tzinfo) -> Iterator[Moment]:
    """Orders signed at the same instant are one signing."""
    encounters = {one.id: one for one in history.encounters}
    together: dict[datetime, list[RawResource]] = {}
    for timeline in history.timelines:
        if (found := _signed(timeline.forms[0], zone)) is not None:
            together.setdefault(found, []).append(timeline.forms[0])
    for at, orders in together.items():
        drafts = tuple(_as_draft(one) for one in sorted(orders, key=lambda one: one.record_ref))
        yield Moment("order-sign", at, drafts, _encounter_of(orders, encounters))


def _signed(order: RawResource, zone: tzinfo) -> datetime | None:
    if order.type not in DRAFT_MAPPERS:
        return None
    content = order.decoded()
    if content.get("status") in _NEVER_SIGNED or content.get("intent") in _NEVER_SIGNED:
        return None
    authored = next((one for name in _AUTHORED if (one := clinical_date(content.get(name), zone))), None)
    return instant(authored, zone, is_end=True).astimezone(zone) if authored else None


def _as_draft(order: RawResource) -> RawResource:
    content = order.decoded() | {"status": "draft"}
    return msgspec.structs.replace(order, raw=msgspec.Raw(msgspec.json.encode(content)))


def _encounter_of(orders: Iterable[RawResource], encounters: dict[str, RawResource]) -> RawResource | None:
    for order in orders:
        content = order.decoded()
        named = object_of(content.get("encounter") or content.get("context"))
        target = type_and_id(text_of(named.get("reference")).replace("urn:uuid:", "Encounter/"))
        if target and target[1] in encounters:
            return encounters[target[1]]
    return None


def _openings(history: History, zone: tzinfo) -> Iterator[Moment]:
    for encounter in history.encounters:
        start, _ = period(encounter.decoded().get("period"), zone)
        if start is not None and encounter.status not in ("cancelled", "entered-in-error", "planned"):
            yield Moment("patient-view", instant(start, zone, is_end=True).astimezone(zone), (), encounter)


def _every(days: int, history: History, until: datetime) -> Iterator[Moment]:
    since = [one.since[0] for one in history.timelines if one.since]
    at = min(since, default=until)
    while (at := at + timedelta(days=days)) <= until:
        yield Moment("patient-view", at.astimezone(until.tzinfo))


def department_of(encounter: RawResource | None) -> str:
    """Where it was, in the sender's words; "" when not known."""
    content = encounter.decoded() if encounter else {}
    places = content.get("location")
    place = object_of(object_of(places[0]).get("location")) if isinstance(places, list) and places else {}
    for reference in (place, object_of(content.get("serviceProvider"))):
        if name := text_of(reference.get("display")):
            return name
    return text_of(object_of(content.get("serviceType")).get("text"))
