"""The content of a file: a hook request, a Bundle, one resource, or one JSON value per line."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

import msgspec

from cards.model.facts import FactKind, Known
from cds_service.chart_sources.evidence import is_partial
from cds_service.chart_sources.prefetch import prefetched
from cds_service.hooks.request import HookRequest, hook_request_from
from cds_service.hooks.services import CdsService, service_for_hook
from fhir_mappers.bundle.held_orders import with_held_orders
from fhir_mappers.bundle.references import type_and_id
from fhir_mappers.bundle.resources import Contents, RawResource, contents_of
from fhir_mappers.json.fhir_json import text_of
from fhir_mappers.mappers import DRAFT_MAPPERS

_UUID = "urn:uuid:"
_PATIENT = "Patient"


class UnreadableFileError(ValueError):
    """The file is not JSON, or contains no FHIR; the message says which and where."""


@dataclass(frozen=True, slots=True)
class InspectionSource:
    """The resources of one file. `request` and `service` are there when it is a hook request."""

    kind: str  # "hook request", "Bundle", "Observation" ... or "lines"
    drafts: tuple[RawResource, ...] = ()
    records: tuple[RawResource, ...] = ()
    notes: tuple[str, ...] = ()  # notes on the file as a whole: bad lines, a further page
    request: HookRequest | None = None
    service: CdsService | None = None
    known: Mapping[FactKind, Known] = field(default_factory=dict)
    answered: frozenset[FactKind] = frozenset()  # kinds of facts that a hook request's prefetch covers

    @property
    def resources(self) -> tuple[RawResource, ...]:
        """Everything, the draft orders first."""
        return (*self.drafts, *self.records)

    @property
    def patient_ids(self) -> tuple[str, ...]:
        """The patients it is about, in the order of the file; one "" when no patient is named."""
        if self.request is not None:
            return (self.request.patient_id,)
        return _patients_in(self.resources) or ("",)


def source_in(body: bytes, zone: tzinfo) -> InspectionSource:
    """The content of a file.

    Raises UnreadableFileError for what is not JSON or not FHIR, and CdsServiceError for a hook
    request that the service would refuse. `zone` is the site's.
    """
    text = body.removeprefix(b"\xef\xbb\xbf")
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        return _of_lines(text, error)
    if isinstance(value, dict) and "hook" in value and "context" in value:
        return _of_request(text, text_of(value["hook"]), zone)
    return _of_values(value)


def _of_request(body: bytes, hook: str, zone: tzinfo) -> InspectionSource:
    service = service_for_hook(hook)
    request = hook_request_from(body, hook)
    sent = prefetched(service.prefetch_keys, request.prefetch, zone)
    asked = {key.name for key in service.prefetch_keys}
    others = [name for name in request.prefetch if name not in asked]
    return InspectionSource(
        kind="hook request",
        drafts=with_held_orders(contents_of(request.draft_orders).resources)
        if request.draft_orders is not None
        else (),
        records=sent.records,
        notes=tuple(f"prefetch key {name!r} is not one this service asks for" for name in others),
        request=request,
        service=service,
        known=sent.known,
        answered=sent.answered,
    )


def _of_values(value: Any) -> InspectionSource:  # noqa: ANN401 -- any JSON
    """One FHIR value, or a list of them, nested as they come; a hook's context counts as its draft orders."""
    found = list(_fhir_values(value))
    kinds = [text_of(one.get("resourceType")) or "hook context" for one in found]
    if not found:
        raise UnreadableFileError(
            "it is JSON, but not FHIR: expected a resource, a Bundle or a CDS Hooks request"
        )
    return _together(kinds[0] if len(set(kinds)) == 1 else "list", map(_contents, found))


def _of_lines(body: bytes, whole: Exception) -> InspectionSource:
    """One JSON value per line, as in bulk exports; a bad line is reported and does not affect the others."""
    read: list[Contents] = []
    notes: list[str] = []
    for number, line in enumerate(body.splitlines(), start=1):
        try:
            read += (
                [_contents(value) for value in _fhir_values(msgspec.json.decode(line))]
                if line.strip()
                else []
            )
        except (msgspec.DecodeError, RecursionError) as error:
            notes.append(f"line {number} is not JSON: {error}")
    if not read:
        raise UnreadableFileError(f"it is not JSON: {whole}") from None
    return _together("lines", read, notes)


def _fhir_values(value: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 -- any JSON
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, list):
            yield from _fhir_values(item)
        elif isinstance(item, dict) and (text_of(item.get("resourceType")) or "draftOrders" in item):
            yield item


def _contents(value: dict[str, Any]) -> Contents:
    resource = value if text_of(value.get("resourceType")) else value["draftOrders"]
    return contents_of(msgspec.json.encode(resource))


def _together(kind: str, parts: Iterable[Contents], notes: Iterable[str] = ()) -> InspectionSource:
    read = list(parts)
    resources = [resource for part in read for resource in part.resources]
    told = list(notes)
    if any(part.next_link for part in read):
        told.append("it is one page of a search; further pages are not in this file")
    failed = [outcome for part in read for outcome in part.outcomes if outcome.is_failure]
    if failed:
        told.append(f"{len(failed)} OperationOutcome issues of failure are in it: a search went wrong")
    partial = [one for part in read for one in part.outcomes if not one.is_failure and is_partial(one)]
    if partial:
        told.append(f"{len(partial)} OperationOutcome issues say that something may be missing")
    return InspectionSource(
        kind=kind,
        drafts=tuple(resource for resource in resources if _is_draft(resource)),
        records=tuple(resource for resource in resources if not _is_draft(resource)),
        notes=tuple(told),
    )


def _is_draft(resource: RawResource) -> bool:
    return resource.status == "draft" and resource.type in DRAFT_MAPPERS


def _patients_in(resources: Iterable[RawResource]) -> tuple[str, ...]:
    """The ids of all patients in the file and of all subjects, each once."""
    everything = list(resources)
    patients = [one for one in everything if one.type == _PATIENT]
    of_url = {one.full_url: _own_id(one) for one in patients if one.full_url}
    named = [_own_id(one) for one in patients]
    named += [of_url.get(one, _id_in(one)) for one in (each.subject_reference for each in everything)]
    return tuple(dict.fromkeys(one for one in named if one))


def _own_id(patient: RawResource) -> str:
    return patient.id or patient.full_url.removeprefix(_UUID)


def _id_in(reference: str) -> str:
    if reference.startswith(_UUID):
        return reference.removeprefix(_UUID)
    named = type_and_id(reference)
    return named[1] if named and named[0] == _PATIENT else ""
