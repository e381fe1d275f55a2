"""Whether a medication request is an entry of the home list: reported, and not planned by a prescriber."""

from fhir_mappers.bundle.references import type_and_id
from fhir_mappers.context import MapContext
from fhir_mappers.json.fhir_json import Json, object_of, objects_of, reference, text_of

_NO_PRESCRIBERS = ("Patient", "RelatedPerson")


def is_on_home_list(resource: Json, context: MapContext) -> bool:
    """Whether a request with intent "plan" was reported: US Core, "Medication List", CONF-0254.

    Reads R4's reported[x], R5's `reported` and `informationSource`, and the requester in the shapes of STU3
    and R4: a patient or a relative reports, and prescribes nothing.
    """
    if _intent(resource) != "plan":
        return False
    return _is_reported(resource) or _is_requested_by_patient(resource, context)


def is_proposed(resource: Json, context: MapContext) -> bool:
    """Whether a request only proposes or plans the drug, and does not report that it is taken."""
    return _intent(resource) in ("proposal", "plan", "option") and not is_on_home_list(resource, context)


def _intent(resource: Json) -> str:
    return text_of(resource.get("intent")).casefold()


def _is_reported(resource: Json) -> bool:
    if any(_is_true(resource.get(name)) for name in ("reported", "reportedBoolean")):
        return True
    if any(object_of(source) for source in (resource.get("reportedReference"), resource.get("reported"))):
        return True
    return resource.get("reported") is not False and bool(objects_of(resource.get("informationSource")))


def _is_true(value: object) -> bool:
    return value is True or text_of(value).casefold() == "true"


def _is_requested_by_patient(resource: Json, context: MapContext) -> bool:
    requester = object_of(resource.get("requester"))
    named = object_of(requester.get("agent")) or requester  # STU3's `agent`
    literal = reference(named)
    known = type_and_id(literal)
    kind = text_of(named.get("type")) or (known[0] if known else "")
    if not kind and literal:
        kind = text_of((context.find(literal, resource) or {}).get("resourceType"))
    return kind in _NO_PRESCRIBERS
