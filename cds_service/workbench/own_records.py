"""What the page may show of a request or file: the patient's own records; of others' how many, and of which type."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from cds_service.hooks.request import HookRequest
from fhir_mappers.bundle.resources import RawResource, contents_of
from fhir_mappers.bundle.subjects import Subjects
from fhir_mappers.not_used.left_out import not_used_for_subject

_DRAFTS = "draftOrders"


@dataclass(frozen=True, slots=True)
class Own:
    """The patient's own drafts and records, and a note where another patient's were left out."""

    drafts: tuple[RawResource, ...]
    records: tuple[RawResource, ...]
    note: str = ""


def own_of(patient_id: str, drafts: Iterable[RawResource], records: Iterable[RawResource]) -> Own:
    """What of these is about the patient; with no patient named, all of it."""
    written, stored = tuple(drafts), tuple(records)
    subjects = Subjects(patient_id, [*stored, *written])
    ours = Own(
        tuple(one for one in written if subjects.is_our_draft(one)),
        tuple(one for one in stored if subjects.is_ours(one)),
    )
    kept = _ids_of(ours)
    others = Counter(one.type or "record" for one in (*written, *stored) if id(one) not in kept)
    return Own(ours.drafts, ours.records, not_used_for_subject(others, "another patient") if others else "")


def request_shown(sent: dict[str, Any], request: HookRequest) -> dict[str, Any]:
    """The request as it came, but for another patient's records and the access token.

    A value that holds any of them is shown as the Bundle, or the resource, that is left.
    """
    drafts = _resources(request.draft_orders) if request.draft_orders is not None else ()
    by_key = {name: _resources(value) for name, value in request.prefetch.items()}
    stored = tuple(one for found in by_key.values() for one in found)
    own = own_of(request.patient_id, drafts, stored)
    shown = sent | ({"fhirAuthorization": "(not shown)"} if "fhirAuthorization" in sent else {})
    if not own.note:
        return shown
    kept = _ids_of(own)
    prefetch = dict(sent.get("prefetch") or {})
    prefetch |= {
        name: _left(prefetch[name], found, kept) for name, found in by_key.items() if name in prefetch
    }
    context = dict(sent["context"])
    if drafts:
        context[_DRAFTS] = _left(context[_DRAFTS], drafts, kept)
    return shown | {"context": context, "prefetch": prefetch, "notShown": own.note}


def _ids_of(own: Own) -> set[int]:
    return {id(one) for one in (*own.drafts, *own.records)}


def _resources(value: Any) -> tuple[RawResource, ...]:  # noqa: ANN401 -- as a request holds it
    try:
        return contents_of(value).resources
    except (msgspec.DecodeError, RecursionError):
        return ()


def _left(value: Any, found: tuple[RawResource, ...], kept: set[int]) -> Any:  # noqa: ANN401 -- any JSON
    """A value without the resources that are not kept; unchanged where all are."""
    if all(id(one) in kept for one in found):
        return value
    entries = [{"resource": msgspec.json.decode(one.raw)} for one in found if id(one) in kept]
    if value.get("resourceType") != "Bundle":
        return None
    return {name: part for name, part in value.items() if name not in ("entry", "total")} | {"entry": entries}
