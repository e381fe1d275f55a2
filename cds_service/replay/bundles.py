"""The rows of one JSON file: a patient's Bundle, one resource, or a recorded hook request."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import msgspec

from cds_service.replay.selected import REQUEST, Selected
from fhir_mappers.bundle.references import type_and_id
from fhir_mappers.bundle.resources import RawResource, contents_of

_URN = "urn:uuid:"


def rows_in(body: bytes, path: str, settings_beside: Callable[[str], bytes]) -> list[Selected]:
    """What a file holds; a row without a patient has "" for it.

    `settings_beside` gives the JSON that says when a bare request was made: `as_of`, `timezone`.
    Raises ValueError for a file that is JSON but neither FHIR nor a hook request, and
    msgspec.DecodeError for a file that is not JSON.
    """
    text = body.removeprefix(b"\xef\xbb\xbf")
    value = msgspec.json.decode(text)
    if isinstance(value, dict) and isinstance(value.get("request"), dict):
        return [_request(value["request"], value, path)]
    if isinstance(value, dict) and "hook" in value and "context" in value:
        return [_request(value, _settings(settings_beside(path)), path)]
    is_fhir = isinstance(value, dict) and isinstance(value.get("resourceType"), str)
    if not is_fhir:
        raise ValueError("JSON, but neither a FHIR resource nor a hook request")
    return list(_resources(contents_of(text).resources))


def _settings(text: bytes) -> dict[str, Any]:
    value = msgspec.json.decode(text)
    return value if isinstance(value, dict) else {}


def _request(request: dict[str, Any], around: dict[str, Any], path: str) -> Selected:
    context = request.get("context")
    patient = context.get("patientId") if isinstance(context, dict) else None
    kept = {"request": request, "as_of": around.get("as_of"), "timezone": around.get("timezone")}
    encoded = msgspec.json.encode(kept)
    return Selected(str(patient or path).removeprefix("Patient/"), REQUEST, path, "", encoded)


def _resources(resources: tuple[RawResource, ...]) -> Iterator[Selected]:
    patients = [one for one in resources if one.type == "Patient"]
    of_url = {one.full_url: _own_id(one) for one in patients if one.full_url}
    only = _own_id(patients[0]) if len(patients) == 1 else ""
    for one in resources:
        patient = of_url.get(one.subject_reference) or patient_of(one) or only
        yield Selected(patient, one.type, one.id, one.full_url, bytes(one.raw))


def patient_of(resource: RawResource) -> str:
    """The id of the patient that a resource is about, "" when it names none by id."""
    if resource.type == "Patient":
        return _own_id(resource)
    return _patient_named(resource.subject_reference)


@lru_cache(maxsize=1024)  # an export names each many times, mostly in a row
def _patient_named(reference: str) -> str:
    named = type_and_id(reference)
    if named is not None:
        return named[1] if named[0] == "Patient" else ""
    return reference.removeprefix(_URN) if reference.startswith(_URN) else ""


def _own_id(patient: RawResource) -> str:
    return patient.id or patient.full_url.removeprefix(_URN)
