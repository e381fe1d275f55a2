"""Draft orders that another draft holds: a RequestGroup, a List, a CarePlan and what else groups orders."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from fhir_mappers.bundle.resources import RawResource, contained_in
from fhir_mappers.json.exact_json import exact_bytes
from fhir_mappers.json.fhir_json import object_of, objects_of, reference, text_of

_MEDICATION_ORDERS = ("MedicationRequest", "MedicationOrder")
ORDERS = (*_MEDICATION_ORDERS, "ServiceRequest", "ProcedureRequest", "ImmunizationRecommendation")
_NOT_DONE = ("cancelled", "stopped", "completed", "entered-in-error")  # CarePlan.activity.detail.status
_DEEPEST = 20


def with_held_orders(drafts: Iterable[RawResource]) -> tuple[RawResource, ...]:
    """The drafts, each followed by the orders that stand inside it; orders that it only refers to are drafts already.

    An order inside another resource is for that one's patient, unless it names one itself.
    """
    found: list[RawResource] = []
    for draft in drafts:
        found += [draft, *held_by(draft)]
    return tuple(found)


def held_by(draft: RawResource) -> tuple[RawResource, ...]:
    """The orders inside a draft that is none itself: contained, or spelled out in an activity."""
    if draft.type in ORDERS:
        return ()
    inside = [one for one in contained_in(draft) if one.type in ORDERS]
    if draft.type == "CarePlan":
        inside += _activities(draft)
    return tuple(_of_its_patient(one, draft) for one in inside)


def named_by(draft: RawResource) -> tuple[str, ...]:
    """The references to medication orders that a draft lists, wherever they stand in it."""
    if draft.type in ORDERS:
        return ()
    return tuple(
        dict.fromkeys(one for one in _references(draft.decoded(), 0) if _is_to_medication_order(one))
    )


def _of_its_patient(inner: RawResource, draft: RawResource) -> RawResource:
    peek = inner.peek
    if peek.subject or peek.patient:
        return inner
    subject = draft.peek.subject or draft.peek.patient
    return msgspec.structs.replace(inner, peek=msgspec.structs.replace(peek, subject=subject))


def _activities(plan: RawResource) -> Iterator[RawResource]:
    """Medications that a CarePlan spells out in an activity, as orders without a dose."""
    for number, activity in enumerate(objects_of(plan.decoded().get("activity")), start=1):
        detail = object_of(activity.get("detail"))
        drug = {
            f"medication{kind}": detail[f"product{kind}"]
            for kind in ("CodeableConcept", "Reference")
            if detail.get(f"product{kind}")
        }
        if not drug or text_of(detail.get("status")) in _NOT_DONE or detail.get("doNotPerform") is True:
            continue
        order = {
            "resourceType": "MedicationRequest",
            "id": f"activity-{number}",
            "status": "draft",
            "intent": "order",
        }
        holder = RawResource(
            plan.raw, msgspec.structs.replace(plan.peek, contained=[msgspec.Raw(exact_bytes(order | drug))])
        )
        yield from contained_in(holder)


def _references(value: object, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    parts: Sequence[object] = (
        list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else ()
    )
    if isinstance(value, dict) and (literal := reference(value)):
        yield literal
    for part in parts:
        yield from _references(part, depth + 1)


def _is_to_medication_order(literal: str) -> bool:
    return any(f"{name}/" in literal for name in _MEDICATION_ORDERS)
