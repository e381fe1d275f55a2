"""One patient's moments asked of the service's own pipeline."""

import hmac
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from cards.engine import advise
from cards.model.policy import Policy
from cds_service.answering.pipeline import Circumstances, answer
from cds_service.answering.reply import Answer, Considered, replied
from cds_service.errors import CdsServiceError
from cds_service.hooks.card_json import numbered_ids
from cds_service.hooks.profiles import Manner
from cds_service.hooks.request import hook_of, hook_request_from
from cds_service.hooks.services import CdsService, service_for_hook
from cds_service.policy_file import knowledge_of
from cds_service.replay.history import History, history_of, history_of_nothing
from cds_service.replay.moments import Moment, concerns_replay, department_of, moments_of
from cds_service.replay.past_records import PastRecords
from cds_service.replay.plan import ReplayPlan, Views
from cds_service.replay.rows import Row, card_counts, finding_rows
from cds_service.replay.selected import REQUEST, Selected
from fhir_mappers.bundle.bundles import Entry
from fhir_mappers.bundle.parse_cache import ParseCache
from fhir_mappers.bundle.references import RecordIndex
from fhir_mappers.bundle.relevance import MEDICATION_RECORDS
from fhir_mappers.bundle.resources import RawResource, peeked
from fhir_mappers.mappers import DRAFT_MAPPERS

_NO_CARDS: Row = {"drugs": [], "critical": 0, "warning": 0, "info": 0}
_NO_OTHER_CARDS: Row = {"other_critical": 0, "other_warning": 0, "other_info": 0}
_OVERDUE = "overdue-monitoring"


@dataclass
class Asked:
    """What came of some patients, and what of their records was read already."""

    moments: list[Row] = field(default_factory=list)
    findings: list[Row] = field(default_factory=list)
    patients: int = 0
    unknowable: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)  # requests without an answer, by reason
    parse_cache: ParseCache = field(default_factory=ParseCache)


def ask_about(patient: str, rows: Sequence[Selected], exported: frozenset[str], plan: ReplayPlan,
              medications: Sequence[RawResource], found: Asked) -> None:  # fmt: skip
    """Add to `found` what the hooks would have shown of one patient."""
    found.patients += 1
    for row in rows:
        if row.type == REQUEST:
            _ask_recorded(row, plan, found)
    records = [row for row in rows if row.type != REQUEST]
    if not records:
        return
    zone = plan.as_of.tzinfo
    assert zone is not None  # noqa: S101 -- the command makes it aware
    if _is_without_a_drug(records, medications, exported, plan, found):
        history = history_of_nothing(patient, _resources(records, ("Encounter",)), zone)
    else:
        history = history_of(
            patient,
            [*_resources(records), *medications],
            zone,
            assume_effective=plan.assume_effective,
            words=found.parse_cache.relevance,
        )
    for kind, count in history.unknowable.items():
        found.unknowable[kind] = found.unknowable.get(kind, 0) + count
    found.parse_cache = found.parse_cache.of_another_patient()
    for moment in moments_of(history, plan):
        _ask(moment, history, exported, plan, found)


def _is_without_a_drug(records: Sequence[Selected], medications: Sequence[RawResource],
                       exported: frozenset[str], plan: ReplayPlan, found: Asked) -> bool:  # fmt: skip
    """Whether a patient has no record of a known drug taken or ordered, nor of anything else to sign.

    Nothing is asked about such a patient, and most of a hospital's are such: what else is in their records,
    and when it was known, need not be looked at. Views at an interval begin with the oldest record.
    """
    if not plan.skips or plan.views is Views.INTERVAL or "MedicationRequest" not in exported:
        return False
    asked_about = _resources(records, (*MEDICATION_RECORDS, *DRAFT_MAPPERS))
    index = RecordIndex([*asked_about, *_resources(records, ("Medication",)), *medications])
    return not any(found.parse_cache.relevance.is_relevant(one, index) for one in asked_about)


def _resources(records: Iterable[Selected], types: Collection[str] = ()) -> list[RawResource]:
    """The resources of these types in some rows; all of them where none is named."""
    return [one for row in records if not types or row.type in types for one in resources_of(row)]


def resources_of(row: Selected) -> tuple[RawResource, ...]:
    """The resource of a row, under the address that it came with."""
    return peeked((Entry(msgspec.Raw(row.raw), row.full_url),))


def _ask(moment: Moment, history: History, exported: frozenset[str], plan: ReplayPlan, found: Asked) -> None:
    known = history.at(moment.at)
    if drafts := {one.record_ref for one in moment.orders}:
        known = [one for one in known if one.record_ref not in drafts]
    base = _base(history.patient_id, moment.hook, moment.at, department_of(moment.encounter), plan)
    if plan.skips and not moment.orders and _has_no_medication(known, exported):
        found.moments.append(base | _NO_CARDS | (_NO_OTHER_CARDS if plan.other_policy else {}))
        return
    service = service_for_hook(moment.hook)
    records = PastRecords(known, history.medications, exported)
    around = Circumstances(
        plan.policy, knowledge_of(plan.policy.tables, plan.releases), records, parse_cache=found.parse_cache
    )
    try:
        given = answer(moment.request(history.patient_id), service, moment.at, numbered_ids(), around)
    except CdsServiceError as error:
        _count(found.refused, error.message)
        return
    if given.considered is None or (moment.orders and not concerns_replay(given.considered)):
        return
    first = len(found.findings)
    _write(given, base, plan, found)
    for row in found.findings[first:]:
        if row["rule"] == _OVERDUE and row["outcome"] == "fired":
            row["days_until_done"] = _days_to_next_count(history, moment.at)


def _has_no_medication(known: Sequence[RawResource], exported: frozenset[str]) -> bool:
    """Whether every rule about an opened record is silent: each begins with a drug that is taken.

    A test ensures it.
    """
    return "MedicationRequest" in exported and not any(one.type in MEDICATION_RECORDS for one in known)


def _count(counts: dict[str, int], what: str) -> None:
    counts[what] = counts.get(what, 0) + 1


def _ask_recorded(row: Selected, plan: ReplayPlan, found: Asked) -> None:
    """A recorded request, answered as `evaluate` would."""
    content = msgspec.json.decode(row.raw)
    body = msgspec.json.encode(content["request"])
    when = recorded_at(content, plan)
    if when is None:
        _count(found.refused, "a recorded request does not say when it was made")
        return
    try:
        given = answer_recorded(body, when, plan.policy, plan.releases)
    except CdsServiceError as error:
        _count(found.refused, error.message)
        return
    if given.considered is not None:
        hook = hook_of(body)
        _write(given, _base(row.patient, hook, when, "", plan, row.id), plan, found)


def answer_recorded(body: bytes, when: datetime, policy: Policy, releases: Path | None = None) -> Answer:
    """The answer to a recorded body; the policy may name one of the `releases`.

    Raises CdsServiceError for a request that the service would refuse.
    """
    service: CdsService = service_for_hook(hook_of(body))
    request = hook_request_from(body, service.hook)
    around = Circumstances(policy, knowledge_of(policy.tables, releases))
    return answer(request, service, when, numbered_ids(), around)


def recorded_at(content: dict[str, Any], plan: ReplayPlan) -> datetime | None:
    """When a recorded request was made, in its own zone or the site's; None when nothing says it."""
    if not isinstance(content.get("as_of"), str):
        return None
    zone = ZoneInfo(content["timezone"]) if content.get("timezone") else plan.as_of.tzinfo
    try:
        when = datetime.fromisoformat(content["as_of"])
    except ValueError:
        return None
    return when.astimezone(zone) if when.tzinfo else when.replace(tzinfo=zone)


def _base(patient: str, hook: str, at: datetime, department: str, plan: ReplayPlan, file: str = "") -> Row:
    return {
        "patient": _hashed(patient, plan),
        "moment": _hashed(f"{patient} {hook} {at.isoformat()} {file}", plan),
        "hook": hook,
        "asked_at": at.astimezone(UTC),
        "month": f"{at:%Y-%m}",
        "department": department,
    }


def _hashed(text: str, plan: ReplayPlan) -> str:
    return hmac.digest(plan.hash_key, text.encode(), "sha256").hex()[:24]


def _write(given: Answer, base: Row, plan: ReplayPlan, found: Asked) -> None:
    considered = given.considered
    assert considered is not None  # noqa: S101 -- the callers look
    moment = base | card_counts(given)
    moment["drugs"] = sorted({order.drug.value for order in considered.chart.draft_orders})
    found.findings += finding_rows(given, considered, base | {"policy": "this"})
    if plan.other_policy is not None:
        other = _under(plan.other_policy, plan.releases, considered)
        moment |= card_counts(other, "other_")
        found.findings += _rows_of(other, base | {"policy": "other"})
    found.moments.append(moment)


def _under(policy: Policy, releases: Path | None, considered: Considered) -> Answer:
    """The answer to the same chart under another policy, with the tables that it names."""
    knowledge = knowledge_of(policy.tables, releases)
    advice = advise(considered.chart, considered.rules, policy, knowledge)
    again = replace(considered, policy=policy, knowledge=knowledge, advice=advice)
    return replied(again, Manner(), numbered_ids())


def _rows_of(given: Answer, base: Row) -> Iterator[Row]:
    assert given.considered is not None  # noqa: S101 -- `replied` sets it
    return finding_rows(given, given.considered, base)


def _days_to_next_count(history: History, after: datetime) -> int | None:
    """Days to the next blood count that was taken, whenever it was reported; None when none came."""
    days = ((day - after.date()).days for day in history.blood_counts_on)
    return min((one for one in days if one > 0), default=None)
