"""Peek: the few elements of a resource that decide whether it matters; everything else stays undecoded."""

from collections.abc import Callable
from typing import Any

import msgspec

from fhir_mappers.json.exact_json import exact_bytes, exact_json


class PeekedCoding(msgspec.Struct, frozen=True, gc=False):
    """A coding as received."""

    system: str | None = None
    code: str | None = None
    display: str | None = None


class PeekedReference(msgspec.Struct, frozen=True, gc=False):
    """A reference as received."""

    reference: str | None = None
    display: str | None = None


class PeekedConcept(msgspec.Struct, frozen=True, gc=False):
    """A CodeableConcept, or R5's CodeableReference, as received."""

    coding: list[PeekedCoding] | None = None
    text: str | None = None
    concept: "PeekedConcept | None" = None
    reference: PeekedReference | None = None


class PeekedPart(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """The coded part of a component or an ingredient."""

    code: PeekedConcept | None = None
    item_codeable_concept: PeekedConcept | None = None
    item: PeekedConcept | None = None  # R5

    @property
    def concept(self) -> PeekedConcept | None:
        """What the part is about."""
        return self.item_codeable_concept or self.code or (self.item.concept if self.item else None)


class PeekedRecommendation(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """The coded part of an ImmunizationRecommendation."""

    vaccine_code: list[PeekedConcept] | None = None


class PeekedMeta(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """Which version of a record this is."""

    last_updated: str | None = None
    version_id: str | None = None


class Peek(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """The few elements that decide whether a resource matters; everything else stays undecoded."""

    resource_type: str = ""
    id: str | None = None
    meta: PeekedMeta | None = None
    contained: list[msgspec.Raw] | None = None
    extension: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    status: str | None = None
    code_as_sent: msgspec.Raw = msgspec.field(default=msgspec.Raw(b"null"), name="code")
    subject: PeekedReference | None = None
    focus: list[PeekedReference] | None = None
    effective_date_time: str | None = None
    effective_instant: str | None = None
    issued: str | None = None
    value_quantity: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    derived_from: list[PeekedReference] | None = None
    component: list[PeekedPart] | None = None
    vaccine_code: PeekedConcept | None = None
    medication_codeable_concept: PeekedConcept | None = None
    medication_reference: PeekedReference | None = None
    medication: PeekedConcept | None = None  # R5
    patient: PeekedReference | None = None
    ingredient: list[PeekedPart] | None = None
    recommendation: list[PeekedRecommendation] | None = None
    authored_on: str | None = None
    recorded_date: str | None = None
    occurrence_date_time: str | None = None
    performed_date_time: str | None = None
    when_handed_over: str | None = None

    @property
    def date_text(self) -> str:
        """The first date present, as received: effective, issued, authored, recorded, occurred; "" if none."""
        return (
            self.effective_date_time
            or self.effective_instant
            or self.issued
            or self.authored_on
            or self.recorded_date
            or self.occurrence_date_time
            or self.performed_date_time
            or self.when_handed_over
            or ""
        )

    @property
    def code(self) -> PeekedConcept | None:
        """The code, decoded each time: most resources of a chart share a few."""
        return concept_at(self.code_as_sent)


_CONCEPT = msgspec.json.Decoder(PeekedConcept | None)
_PEEK = msgspec.json.Decoder(Peek)


def peek_at(raw: msgspec.Raw) -> Peek | None:
    """The peek at one resource, None where the JSON is not an object."""
    try:
        return _PEEK.decode(raw)
    except msgspec.ValidationError:
        value = exact_json(raw)
        return _tolerant_peek(value) if isinstance(value, dict) else None


def concept_at(raw: msgspec.Raw) -> PeekedConcept | None:
    """A CodeableConcept as received, None where the JSON is not a CodeableConcept."""
    try:
        found: PeekedConcept | None = _CONCEPT.decode(raw)
    except msgspec.ValidationError:
        found = _concept(exact_json(raw))
    return found


def _tolerant_peek(value: dict[str, Any]) -> Peek:
    """The same peek at a resource with a wrong type somewhere: that element is absent, the rest stays."""
    fields: dict[str, Any] = {}
    for field in msgspec.structs.fields(Peek):
        if field.encode_name in value:
            found = _READERS.get(field.name, text_at)(value[field.encode_name])
            fields[field.name] = found if found is not None else field.default
    return Peek(**fields)


def text_at(value: object) -> str | None:
    """A string as it is; a number in its digits; None for everything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else None


def objects_at(value: object) -> list[dict[str, Any]]:
    """The objects of a list, or the single object sent where a list is due."""
    listed = value if isinstance(value, list) else [value]
    return [item for item in listed if isinstance(item, dict)]


def _concept(value: object) -> PeekedConcept | None:
    for item in objects_at(value):
        codings = [
            PeekedCoding(
                text_at(coding.get("system")), text_at(coding.get("code")), text_at(coding.get("display"))
            )
            for coding in objects_at(item.get("coding"))
        ]
        inner = _concept(item.get("concept"))
        return PeekedConcept(codings, text_at(item.get("text")), inner, _reference(item.get("reference")))
    return PeekedConcept(text=value) if isinstance(value, str) else None


def _reference(value: object) -> PeekedReference | None:
    for item in objects_at(value):
        return PeekedReference(text_at(item.get("reference")), text_at(item.get("display")))
    return PeekedReference(value) if isinstance(value, str) else None


def _references(value: object) -> list[PeekedReference]:
    return [found for item in objects_at(value) if (found := _reference(item))]


def _parts(value: object) -> list[PeekedPart]:
    return [
        PeekedPart(
            _concept(item.get("code")), _concept(item.get("itemCodeableConcept")), _concept(item.get("item"))
        )
        for item in objects_at(value)
    ]


def _recommendations(value: object) -> list[PeekedRecommendation]:
    concepts = ([_concept(one) for one in objects_at(item.get("vaccineCode"))] for item in objects_at(value))
    return [PeekedRecommendation([one for one in found if one is not None]) for found in concepts]


def _raw_part(value: object) -> msgspec.Raw:
    return msgspec.Raw(exact_bytes(value))


def _meta(value: object) -> PeekedMeta | None:
    for item in objects_at(value):
        return PeekedMeta(text_at(item.get("lastUpdated")), text_at(item.get("versionId")))
    return None


_READERS: dict[str, Callable[[object], Any]] = {
    "meta": _meta,
    "code_as_sent": _raw_part,
    "vaccine_code": _concept,
    "medication_codeable_concept": _concept,
    "medication": _concept,
    "medication_reference": _reference,
    "subject": _reference,
    "patient": _reference,
    "component": _parts,
    "ingredient": _parts,
    "recommendation": _recommendations,
    "derived_from": _references,
    "focus": _references,
    "extension": _raw_part,
    "value_quantity": _raw_part,
    "contained": lambda value: [_raw_part(item) for item in objects_at(value)],
}
