"""From one hook request to its cards: the only door, for HTTP and for `evaluate`."""

from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo

import structlog

from cards.assessment.chart_of_a_day import chart_of_day
from cards.composer.another_patient import another_patient_card
from cards.engine import advise
from cards.knowledge.knowledge import Knowledge
from cards.model.facts import FactKind
from cards.model.policy import Policy
from cds_service.answering.reply import Answer, Considered, nothing, replied, warned
from cds_service.chart_sources.evidence import Acknowledged
from cds_service.chart_sources.fhir_records import FhirRecords, NoFhirServer
from cds_service.chart_sources.gathering import with_missing_records, with_ordered_medications
from cds_service.chart_sources.prefetch import Prefetched, prefetched
from cds_service.chart_sources.whose import is_of_another, renamed_ids
from cds_service.errors import BadRequestError, PatientDataUnavailableError
from cds_service.hooks.card_json import NewId, random_id
from cds_service.hooks.profiles import Manner
from cds_service.hooks.request import HookRequest
from cds_service.hooks.services import CdsService
from cds_service.policy_file import knowledge_of, policy_in
from cds_service.wire.spans import NO_SPANS, Spans
from fhir_mappers.bundle.held_orders import with_held_orders
from fhir_mappers.bundle.parse_cache import ParseCache
from fhir_mappers.bundle.passed_over import UnknownNumbers
from fhir_mappers.bundle.relevance import is_drug_or_vaccine
from fhir_mappers.bundle.resources import RawResource, resources_in
from fhir_mappers.chart import ChartRequest, MappedChart, chart_from
from fhir_mappers.crashes import attempted
from fhir_mappers.medications.draft_orders import Drafts

log = structlog.get_logger()
_MOST_DRAFTS = 1_000  # more than anybody signs at once; each is compared with the chart


def _own_policy() -> Policy:
    return policy_in(None)


def _own_knowledge() -> Knowledge:
    return knowledge_of()


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What surrounds a request; by default, nothing was specified."""

    policy: Policy = field(default_factory=_own_policy)
    knowledge: Knowledge = field(default_factory=_own_knowledge)  # the tables that the policy names
    fhir: FhirRecords = field(default_factory=NoFhirServer)  # for records that the client did not send along
    manner: Manner = field(default_factory=Manner)
    parse_cache: ParseCache = field(default_factory=ParseCache)  # the request's own, if none are kept
    spans: Spans = NO_SPANS  # measures how long each step took
    acknowledged: Acknowledged = frozenset()  # notices of its FHIR server that the client's site knows of
    renames_patients: bool = False  # the client's gateway: the Patient sent is this one whatever its id


def answer(
    request: HookRequest,
    service: CdsService,
    as_of: datetime,
    new_id: NewId = random_id,
    around: Circumstances | None = None,
) -> Answer:
    """The cards for a request. `as_of` is aware, in the site's zone, and counts as now throughout.

    Mapping knows the zone alone.
    The client's FHIR server is asked only once the draft orders concern a rule.

    Raises PatientDataUnavailableError when records that the hook needs are missing, and BadRequestError for
    drafts that are unreadable or too many.
    """
    around = around or Circumstances()
    if not request.is_for_prescriber:
        return nothing(around.manner)
    zone = _zone(as_of)
    drafts = _draft_orders(request)
    if drafts is not None and not _may_concern_us(request, drafts, zone):
        return nothing(around.manner)
    with around.spans.span("prefetch"):
        sent = _sent(request, service, zone, around)
        if not around.renames_patients and is_of_another(sent, request.patient_id):
            return _warned_of_another(request, drafts, sent, as_of, around, new_id)
        records = _gathered(request, sent, drafts, zone, around)
    if records is None:
        return nothing(around.manner)
    if drafts is None:
        _require_medications(records)
    with around.spans.span("mapping"):
        mapped = _chart(request, drafts or (), zone, records, around)
    if drafts is not None and not concerns_us(drafts, mapped, is_signed=request.is_signed):
        return nothing(around.manner)
    with around.spans.span("rules"):
        chart = chart_of_day(mapped.chart, as_of, around.policy)
        advice = advise(chart, service.rules, around.policy, around.knowledge)
    ours = _drafts(request, mapped, as_of)
    with around.spans.span("cards"):
        considered = Considered(chart, ours, service.rules, around.policy, around.knowledge, advice)
        told = replied(considered, around.manner, new_id)
    heard, of_others = records.heard, len(mapped.of_other_patients)
    return replace(told, heard=heard, of_others=of_others) if heard or of_others else told


def _draft_orders(request: HookRequest) -> tuple[RawResource, ...] | None:
    """The orders being written, None for a hook without orders."""
    if request.draft_orders is None:
        return None
    drafts = with_held_orders(resources_in(request.draft_orders))
    if len(drafts) > _MOST_DRAFTS:
        path = "context.draftOrders"
        raise BadRequestError(f"{path}: {len(drafts)} orders; at most {_MOST_DRAFTS} are read at once", path)
    return drafts


def _sent(request: HookRequest, service: CdsService, zone: tzinfo, around: Circumstances) -> Prefetched:
    numbers = UnknownNumbers(request.patient_id, around.parse_cache.relevance)
    return prefetched(
        service.prefetch_keys, request.prefetch, zone, numbers.date_of_passed_over, around.acknowledged
    )


def _warned_of_another(
    request: HookRequest,
    drafts: tuple[RawResource, ...] | None,
    sent: Prefetched,
    as_of: datetime,
    around: Circumstances,
    new_id: NewId,
) -> Answer:
    """One warning, and nothing else of either patient; nothing where no draft order concerns a rule."""
    if drafts is not None:
        named = with_ordered_medications(sent, drafts, around.fhir) if _refers(drafts) else sent
        if not _concerns_us_alone(request, drafts, _zone(as_of), named.medications_only):
            return nothing(around.manner)
    log.warning("another_patient_sent")
    card = another_patient_card(around.knowledge)
    return warned(card, Drafts({}, request.patient_id, as_of), around.manner, new_id)


def _gathered(
    request: HookRequest,
    sent: Prefetched,
    drafts: tuple[RawResource, ...] | None,
    zone: tzinfo,
    around: Circumstances,
) -> Prefetched | None:
    """The records sent and those the FHIR server adds; None for drafts that turn out not to concern a rule."""
    if drafts is not None and _refers(drafts):
        sent = with_ordered_medications(sent, drafts, around.fhir)
        if sent.gaps and not _concerns_us_alone(request, drafts, zone, sent.medications_only):
            return None
    return with_missing_records(sent, drafts or (), around.fhir, zone)


def _chart(
    request: HookRequest,
    drafts: tuple[RawResource, ...],
    zone: tzinfo,
    sent: Prefetched | None,
    around: Circumstances | None = None,
) -> MappedChart:
    """The chart of a request; without `sent`, of its draft orders alone."""
    renamed = renamed_ids(sent) if sent and around and around.renames_patients else frozenset()
    return chart_from(
        ChartRequest(
            zone=zone,
            patient_id=request.patient_id,
            other_ids=renamed,
            merged_ids=sent.links.merged_ids if sent else frozenset(),
            records_elsewhere=sent.links.not_followed if sent else 0,
            encounter_id=request.encounter_id,
            draft_orders=drafts,
            selections=frozenset(request.selections or ()),
            records=sent.records if sent else (),
            passed_over=sent.passed_over if sent else (),
            known=sent.known if sent else {},
            parse_cache=around.parse_cache if around else ParseCache(),
        )
    )


def _drafts(request: HookRequest, mapped: MappedChart, as_of: datetime) -> Drafts:
    return Drafts(mapped.drafts, request.patient_id, as_of, request.encounter_id)


def _zone(as_of: datetime) -> tzinfo:
    if as_of.tzinfo is None:
        raise ValueError("as_of must be in the site's zone")
    return as_of.tzinfo


def _may_concern_us(request: HookRequest, drafts: tuple[RawResource, ...], zone: tzinfo) -> bool:
    """Whether the drafts, read alone, leave a reason to read on.

    An order may name its drug only by a reference to something in the prefetch. An order that names a known
    drug by its code is read with the whole chart, and decided then.
    """
    if _refers(drafts) or any(_may_be_ours(draft) for draft in drafts):
        return True
    return _concerns_us_alone(request, drafts, zone, None)


def _may_be_ours(draft: RawResource) -> bool:
    """Whether a code says so or is unreadable: the mappers then report what became of it."""
    return attempted(lambda: is_drug_or_vaccine(draft), True, "draft_not_looked_at")


def _refers(drafts: tuple[RawResource, ...]) -> bool:
    return any(draft.peek.medication_reference for draft in drafts)


def _concerns_us_alone(
    request: HookRequest, drafts: tuple[RawResource, ...], zone: tzinfo, sent: Prefetched | None
) -> bool:
    """Whether the drafts concern a rule with no more records than those."""
    return concerns_us(drafts, _chart(request, drafts, zone, sent), is_signed=request.is_signed)


def concerns_us(drafts: tuple[RawResource, ...], mapped: MappedChart, *, is_signed: bool) -> bool:
    """Whether the draft contains something a rule may speak about, or something not read or checked.

    A form that names nothing yet does not count as an unreadable order, until it is signed.
    """
    chart = mapped.chart
    filled_in = {draft.record_ref for draft in drafts if is_signed or _names_something(draft)}
    unread = any(one.record_ref in filled_in for one in chart.unread)
    planned = any(one.is_planned and one.record_ref in filled_in for one in chart.procedures)
    ours = chart.draft_orders or chart.vaccine_orders or planned or unread
    return bool(ours or mapped.has_others_drafts)


def _names_something(draft: RawResource) -> bool:
    return draft.peek.medication_reference is not None or any(draft.concepts)


def _require_medications(sent: Prefetched) -> None:
    if FactKind.MEDICATIONS not in sent.answered:
        raise PatientDataUnavailableError(
            "the patient's medications are needed, and came by neither prefetch nor FHIR server",
            "prefetch.medications",
        )
