"""Resources as they came: raw bytes, and a peek at type, codes, status, date and subject."""

import hashlib
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

_MAX_NESTED_BUNDLES = 3


class PeekedCoding(msgspec.Struct, frozen=True, gc=False):
    """A coding as it came."""

    system: str | None = None
    code: str | None = None
    display: str | None = None


class PeekedReference(msgspec.Struct, frozen=True, gc=False):
    """A reference as it came."""

    reference: str | None = None
    display: str | None = None


class PeekedConcept(msgspec.Struct, frozen=True, gc=False):
    """A CodeableConcept, or R5's CodeableReference, as it came."""

    coding: list[PeekedCoding] | None = None
    text: str | None = None
    concept: "PeekedConcept | None" = None
    reference: PeekedReference | None = None


class PeekedPart(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """The coded part of a component or an ingredient."""

    code: PeekedConcept | None = None
    item_codeable_concept: PeekedConcept | None = None


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
    status: str | None = None
    code: PeekedConcept | None = None
    vaccine_code: PeekedConcept | None = None
    medication_codeable_concept: PeekedConcept | None = None
    medication_reference: PeekedReference | None = None
    medication: PeekedConcept | None = None  # R5
    subject: PeekedReference | None = None
    patient: PeekedReference | None = None
    focus: list[PeekedReference] | None = None
    component: list[PeekedPart] | None = None
    ingredient: list[PeekedPart] | None = None
    recommendation: list[PeekedRecommendation] | None = None
    derived_from: list[PeekedReference] | None = None
    contained: list[msgspec.Raw] | None = None
    extension: msgspec.Raw = msgspec.Raw(b"")
    value_quantity: msgspec.Raw = msgspec.Raw(b"")
    effective_date_time: str | None = None
    effective_instant: str | None = None
    issued: str | None = None
    authored_on: str | None = None
    recorded_date: str | None = None
    occurrence_date_time: str | None = None
    performed_date_time: str | None = None
    when_handed_over: str | None = None


class RawResource(msgspec.Struct, frozen=True, gc=False):
    """One resource as it came. `raw` is its JSON; `base_ref` that of the resource that contains it."""

    raw: msgspec.Raw
    peek: Peek
    full_url: str = ""
    base_ref: str = ""  # "DiagnosticReport/1" for a contained resource

    @property
    def type(self) -> str:
        """The resource type, "" when the resource does not say."""
        return self.peek.resource_type

    @property
    def id(self) -> str:
        """The id within its type, "" when there is none."""
        return self.peek.id or ""

    @property
    def record_ref(self) -> str:
        """What to call this record: "Observation/17", else its full URL, else a digest of its bytes."""
        if self.base_ref:
            return f"{self.base_ref}#{self.id}"
        if self.id:
            return f"{self.type}/{self.id}"
        return self.full_url or f"{self.type}/~{hashlib.sha256(bytes(self.raw)).hexdigest()[:10]}"

    @property
    def status(self) -> str:
        """The status code, "" when there is none."""
        return (self.peek.status or "").strip().lower()

    @property
    def date_text(self) -> str:
        """The first date found, as it came: effective, issued, authored, recorded, occurred; "" if none."""
        peek = self.peek
        return (
            peek.effective_date_time
            or peek.effective_instant
            or peek.issued
            or peek.authored_on
            or peek.recorded_date
            or peek.occurrence_date_time
            or peek.performed_date_time
            or peek.when_handed_over
            or ""
        )

    @property
    def subject_reference(self) -> str:
        """The literal reference to the patient, "" when there is none."""
        peek = self.peek
        found = peek.subject or peek.patient
        return (found.reference or "") if found else ""

    @property
    def codings(self) -> list[PeekedCoding]:
        """The codings of the resource's own code, vaccine, medication, ingredients or components."""
        return [coding for concept in self.concepts for coding in concept.coding or ()]

    @property
    def concepts(self) -> list[PeekedConcept]:
        """The concepts that say what the resource is about."""
        peek = self.peek
        own = (peek.code, peek.vaccine_code, peek.medication_codeable_concept, peek.medication)
        found = [concept for concept in own if concept is not None]
        found += [concept.concept for concept in found if concept.concept is not None]
        if peek.ingredient or peek.component:
            parts = (*(peek.ingredient or ()), *(peek.component or ()))
            found += [concept for part in parts if (concept := part.item_codeable_concept or part.code)]
        for recommendation in peek.recommendation or ():
            found += recommendation.vaccine_code or ()
        return found

    def decoded(self) -> dict[str, Any]:
        """The whole resource as plain JSON, {} when it is not an object."""
        value = msgspec.json.decode(self.raw)
        return value if isinstance(value, dict) else {}


class Outcome(msgspec.Struct, frozen=True):
    """One issue of an OperationOutcome found where resources were expected."""

    severity: str  # "fatal", "error", "warning", "information", or "" when not stated
    code: str = ""

    @property
    def is_failure(self) -> bool:
        """Whether the search failed; Epic says "no results" by a warning."""
        return self.severity not in ("warning", "information")


class Contents(msgspec.Struct, frozen=True):
    """What one JSON value holds: a resource, or all resources of a Bundle, in order."""

    resources: tuple[RawResource, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    next_link: str | None = None  # a further page
    is_bundle: bool = False


class _Link(msgspec.Struct, frozen=True, gc=False):
    relation: str | None = None
    url: str | None = None


class _Entry(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    resource: msgspec.Raw = msgspec.Raw(b"null")
    full_url: str | None = None


class _Bundle(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    resource_type: str = ""
    entry: list[_Entry] | None = None
    link: list[_Link] | None = None


_PEEK = msgspec.json.Decoder(Peek)
_BUNDLE = msgspec.json.Decoder(_Bundle)
_EXACT = msgspec.json.Decoder(float_hook=Decimal)
_EXACT_OUT = msgspec.json.Encoder(decimal_format="number")


def resources_in(raw: bytes | msgspec.Raw) -> tuple[RawResource, ...]:
    """Every resource in one JSON value: itself, or the entries of a Bundle of any type."""
    return contents_of(raw).resources


def contents_of(raw: bytes | msgspec.Raw) -> Contents:
    """What one JSON value holds; null holds nothing.

    Tolerant: a wrong type anywhere loses neither the resource nor its neighbours. Raises
    msgspec.DecodeError only for bytes that are not JSON.
    """
    return _contents(_resource(msgspec.Raw(raw), ""), _MAX_NESTED_BUNDLES)


def _contents(resource: RawResource | None, depth: int) -> Contents:
    if resource is None:
        return Contents()
    if resource.type == "OperationOutcome":
        return Contents(outcomes=_outcomes(resource))
    if resource.type != "Bundle" or not depth:
        return Contents(resources=(resource,))
    bundle = _bundle(resource.raw)
    own: list[RawResource] = []
    outcomes: list[Outcome] = []
    for entry in bundle.entry or ():
        found = _resource(entry.resource, entry.full_url or "")
        if found is not None and found.type not in ("Bundle", "OperationOutcome"):
            own.append(found)
            continue
        inner = _contents(found, depth - 1)
        own.extend(inner.resources)
        outcomes.extend(inner.outcomes)
    next_link = next((link.url for link in bundle.link or () if link.relation == "next"), None)
    return Contents(tuple(own), tuple(outcomes), next_link, is_bundle=True)


def contained_in(holder: RawResource) -> tuple[RawResource, ...]:
    """The resources contained in another one, named for it: "DiagnosticReport/1#wbc"."""
    inner = (_resource(raw, "", holder.record_ref) for raw in holder.peek.contained or ())
    return tuple(resource for resource in inner if resource is not None)


def _resource(raw: msgspec.Raw, full_url: str, base_ref: str = "") -> RawResource | None:
    """The resource peeked, None where the JSON is no object."""
    try:
        peek = _PEEK.decode(raw)
    except msgspec.ValidationError:
        value = _EXACT.decode(raw)
        if not isinstance(value, dict):
            return None
        peek = _tolerant_peek(value)
    return RawResource(raw, peek, full_url, base_ref)


def _bundle(raw: msgspec.Raw) -> _Bundle:
    try:
        return _BUNDLE.decode(raw)
    except msgspec.ValidationError:
        value = _EXACT.decode(raw)
    entries = [
        _Entry(msgspec.Raw(_EXACT_OUT.encode(entry["resource"])), _text(entry.get("fullUrl")))
        for entry in _objects(value.get("entry"))
        if isinstance(entry.get("resource"), dict)
    ]
    links = [
        _Link(_text(link.get("relation")), _text(link.get("url"))) for link in _objects(value.get("link"))
    ]
    return _Bundle("Bundle", entries, links)


def _outcomes(resource: RawResource) -> tuple[Outcome, ...]:
    issues = _objects(resource.decoded().get("issue"))
    found = tuple(
        Outcome(_text(issue.get("severity")) or "", _text(issue.get("code")) or "") for issue in issues
    )
    return found or (Outcome(""),)


def _tolerant_peek(value: dict[str, Any]) -> Peek:
    """The same peek from a resource with a wrong type somewhere: that element is absent, the rest stays."""
    fields: dict[str, Any] = {}
    for field in msgspec.structs.fields(Peek):
        if field.encode_name in value:
            found = _READERS.get(field.name, _text)(value[field.encode_name])
            fields[field.name] = found if found is not None else field.default
    return Peek(**fields)


def _text(value: object) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)  # a code or id sent as a number
    return value if isinstance(value, str) else None


def _objects(value: object) -> list[dict[str, Any]]:
    listed = value if isinstance(value, list) else [value]
    return [item for item in listed if isinstance(item, dict)]


def _concept(value: object) -> PeekedConcept | None:
    for item in _objects(value):
        codings = [
            PeekedCoding(_text(coding.get("system")), _text(coding.get("code")), _text(coding.get("display")))
            for coding in _objects(item.get("coding"))
        ]
        inner = _concept(item.get("concept"))
        return PeekedConcept(codings, _text(item.get("text")), inner, _reference(item.get("reference")))
    return PeekedConcept(text=value) if isinstance(value, str) else None


def _reference(value: object) -> PeekedReference | None:
    for item in _objects(value):
        return PeekedReference(_text(item.get("reference")), _text(item.get("display")))
    return PeekedReference(value) if isinstance(value, str) else None


def _references(value: object) -> list[PeekedReference]:
    return [found for item in _objects(value) if (found := _reference(item))]


def _parts(value: object) -> list[PeekedPart]:
    return [
        PeekedPart(_concept(item.get("code")), _concept(item.get("itemCodeableConcept")))
        for item in _objects(value)
    ]


def _recommendations(value: object) -> list[PeekedRecommendation]:
    concepts = ([_concept(one) for one in _objects(item.get("vaccineCode"))] for item in _objects(value))
    return [PeekedRecommendation([one for one in found if one is not None]) for found in concepts]


def _raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(_EXACT_OUT.encode(value))


def _meta(value: object) -> PeekedMeta | None:
    for item in _objects(value):
        return PeekedMeta(_text(item.get("lastUpdated")), _text(item.get("versionId")))
    return None


_READERS: dict[str, Callable[[object], Any]] = {
    "meta": _meta,
    "code": _concept,
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
    "extension": _raw,
    "value_quantity": _raw,
    "contained": lambda value: [_raw(item) for item in _objects(value)],
}
