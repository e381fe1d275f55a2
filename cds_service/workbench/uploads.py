"""Turns a FHIR file into the prefetch an EHR would send: each search is answered from the file."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

import msgspec

from cds_service.hooks.prefetch_keys import PrefetchKey, all_keys
from cds_service.inspection.source import source_in
from cds_service.workbench.own_records import own_of
from fhir_mappers.bundle.resources import RawResource

_MEDICATION = "Medication"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as the page uses it: a patient, draft orders and the answers to the searches."""

    patient_id: str
    draft_orders: dict[str, Any]
    prefetch: dict[str, Any]
    left_out: int  # records that no search asks for
    notes: tuple[str, ...]


def upload_in(body: bytes, zone: tzinfo) -> Upload:
    """The parts of a file that a hook request needs.

    Raises UnreadableFileError for what is not FHIR. The searches compare codes, as a FHIR server does.
    """
    source = source_in(body, zone)
    own = own_of(source.patient_ids[0], source.drafts, source.records)
    found = {key.name: _matching(key, own.records) for key in all_keys()}
    asked = {id(one) for records in found.values() for one in records}
    return Upload(
        patient_id=source.patient_ids[0],
        draft_orders=_bundle("collection", [one for one in own.drafts if not one.base_ref]),
        prefetch={key.name: _answer(key, found[key.name], own.records) for key in all_keys()},
        left_out=sum(id(one) not in asked and one.type != _MEDICATION for one in own.records),
        notes=(*source.notes, *([own.note] if own.note else [])),
    )


def _matching(key: PrefetchKey, records: Iterable[RawResource]) -> list[RawResource]:
    wanted = [one for one in records if one.type == key.resource_type]
    name, _, values = key.query.partition("=")
    if name == "status":
        return [one for one in wanted if one.status in values.split(",")]
    if name == "code":
        tokens = set(values.split(","))
        return [one for one in wanted if any(f"{c.system}|{c.code}" in tokens for c in one.codings)]
    return wanted


def _answer(key: PrefetchKey, records: list[RawResource], everything: Iterable[RawResource]) -> Any:  # noqa: ANN401 -- JSON
    """The one resource for a read, a searchset otherwise; orders bring the Medications they refer to."""
    if key.count is None:
        return next(map(_json, records), None)
    if key.resource_type.startswith(_MEDICATION) and records:
        records = [*records, *(one for one in everything if one.type == _MEDICATION)]
    return _bundle("searchset", records)


def _bundle(kind: str, records: Iterable[RawResource]) -> dict[str, Any]:
    entries = list(_entries(records))
    return {"resourceType": "Bundle", "type": kind, **({"entry": entries} if entries else {})}


def _entries(records: Iterable[RawResource]) -> Iterator[dict[str, Any]]:
    for one in records:
        yield {**({"fullUrl": one.full_url} if one.full_url else {}), "resource": _json(one)}


def _json(one: RawResource) -> Any:  # noqa: ANN401 -- a resource
    return msgspec.json.decode(one.raw)
