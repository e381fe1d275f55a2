"""Resources as received: raw bytes, and a peek at type, codes, status, date and subject."""

import hashlib
import math
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from fhir_mappers.bundle.bundles import Bundle, Entry, bundle_in, not_matches
from fhir_mappers.bundle.outcomes import Outcome, outcomes_in
from fhir_mappers.bundle.peeks import Peek, PeekedCoding, PeekedConcept, peek_at
from fhir_mappers.json.exact_json import exact_json

_MAX_NESTED_BUNDLES = 3
_OBSERVATION = "Observation"
_OUTCOME = "OperationOutcome"
_OF_RESOURCES = ("Bundle", _OUTCOME)

PassesOver = Callable[[msgspec.Raw], str | None]
"""The date of a resource that nobody asks for, None for any other."""


class RawResource(msgspec.Struct, frozen=True, gc=False):
    """A resource as received. `raw` is its JSON; `base_ref` the reference of the resource that contains it."""

    raw: msgspec.Raw
    peek: Peek
    full_url: str = ""
    base_ref: str = ""  # "DiagnosticReport/1" for a contained resource

    @property
    def type(self) -> str:
        """The resource type, "" when the resource does not state it."""
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
            return f"{self.type or 'Record'}/{self.id}"
        return self.full_url or f"{self.type or 'Record'}/~{hashlib.sha256(bytes(self.raw)).hexdigest()[:10]}"

    @property
    def status(self) -> str:
        """The status code, "" when there is none."""
        return (self.peek.status or "").strip().lower()

    @property
    def date_text(self) -> str:
        """The first date present, as received: effective, issued, authored, recorded, occurred; "" if none."""
        return self.peek.date_text

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
            found += [concept for part in parts if (concept := part.concept)]
        for recommendation in peek.recommendation or ():
            found += recommendation.vaccine_code or ()
        return found

    def decoded(self) -> dict[str, Any]:
        """The whole resource as plain JSON, {} when it is not an object."""
        value = json_of(self.raw)
        return value if isinstance(value, dict) else {}


class Contents(msgspec.Struct, frozen=True):
    """What one JSON value holds: a resource, or all resources of a Bundle, in order.

    Observations that the reader passed over are still entries; the dates of all Observations are kept alongside.
    """

    resources: tuple[RawResource, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    next_link: str | None = None  # a further page
    is_bundle: bool = False
    passed_over: tuple[Entry, ...] = ()
    observation_dates: tuple[str, ...] = ()  # as received, "" for none
    total: int | None = None  # how many matches the server has, where it says so
    entry_count: int = 0  # of the Bundle, whatever became of them
    beside: tuple[str, ...] = ()  # the types of resources that came along with what the search found

    @property
    def count(self) -> int:
        """How many resources the value contains."""
        return len(self.resources) + len(self.passed_over)

    def matches(self, resource_type: str) -> int:
        """How many resources of a type the search found; what came along with them fills no page."""
        own = sum(one.peek.resource_type == resource_type for one in self.resources)
        passed_over = len(self.passed_over) if resource_type == _OBSERVATION else 0
        return own + passed_over - self.beside.count(resource_type)


def json_of(raw: bytes | msgspec.Raw) -> Any:  # noqa: ANN401 -- any JSON
    """The plain JSON in some bytes."""
    try:
        return msgspec.json.decode(raw)
    except msgspec.ValidationError:  # a number that is too large
        return _with_floats(exact_json(raw))


def resources_in(raw: bytes | msgspec.Raw) -> tuple[RawResource, ...]:
    """Every resource in one JSON value: itself, or the entries of a Bundle of any type."""
    return contents_of(raw).resources


def contents_of(sent: bytes | msgspec.Raw | Bundle, passes_over: PassesOver | None = None) -> Contents:
    """The content of one JSON value; null is empty. `passes_over` recognises Observations that nobody asks for.

    Tolerant: a wrong type anywhere loses neither the resource nor its neighbours. Raises
    msgspec.DecodeError only for bytes that are not JSON in UTF-8.
    """
    if isinstance(sent, bytes) and not sent.isascii():
        _refuse_broken_text(sent)
    if not isinstance(sent, Bundle):
        bundle = bundle_in(msgspec.Raw(sent))
        if bundle is None:
            return _contents(msgspec.Raw(sent), "", depth=0)
        sent = bundle
    # If a page has a next page, everything is kept: the pages are put together, in their order.
    return _contents_of_bundle(sent, _MAX_NESTED_BUNDLES, passes_over if sent.next_link is None else None)


def _refuse_broken_text(sent: bytes) -> None:
    """The decoder does not check what it skips, but skipped parts that are read later must be text, too."""
    try:
        sent.decode("utf-8")
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError(f"not UTF-8 at byte {error.start}") from None


def _contents(raw: msgspec.Raw, full_url: str, depth: int) -> Contents:
    bundle = bundle_in(raw) if depth else None
    if bundle is not None:
        return _contents_of_bundle(bundle, depth)
    resource = _resource(raw, full_url)
    if resource is None:
        return Contents()
    if resource.type == _OUTCOME:
        return Contents(outcomes=outcomes_in(resource.decoded()))
    dates = (resource.date_text,) if resource.type == _OBSERVATION else ()
    return Contents(resources=(resource,), observation_dates=dates)


def _contents_of_bundle(bundle: Bundle, depth: int, passes_over: PassesOver | None = None) -> Contents:
    own: list[RawResource] = []
    outcomes: list[Outcome] = []
    passed_over: list[Entry] = []
    dates: list[str] = []
    within: list[Contents] = []
    for entry in bundle.entry or ():
        if passes_over is not None and (date := passes_over(entry.resource)):
            passed_over.append(entry)
            dates.append(date)
            continue
        peek = peek_at(entry.resource) or Peek()  # an entry without a resource is a record that says nothing
        if peek.resource_type not in _OF_RESOURCES:
            own.append(RawResource(entry.resource, peek, entry.full_url or ""))
            if peek.resource_type == _OBSERVATION:
                dates.append(peek.date_text)
            continue
        inner = _contents(entry.resource, entry.full_url or "", depth - 1)
        own.extend(inner.resources)
        outcomes.extend(inner.outcomes)
        dates.extend(inner.observation_dates)
        within.append(inner)
    found = Contents(
        resources=tuple(own),
        outcomes=tuple(outcomes),
        next_link=bundle.next_link,
        is_bundle=True,
        passed_over=tuple(passed_over),
        observation_dates=tuple(dates),
        total=bundle.total,
        entry_count=len(bundle.entry or ()),
        beside=tuple(_types_beside(bundle)),
    )
    return _with_those_of(within, found) if within else found


def _with_those_of(within: Sequence[Contents], found: Contents) -> Contents:
    """The contents of a Bundle with what the Bundles in it say of themselves, as in the answer to a batch."""
    totals = [one.total for one in within if one.total is not None]
    return msgspec.structs.replace(
        found,
        next_link=found.next_link or next((one.next_link for one in within if one.next_link), None),
        total=sum(totals) if found.total is None and totals else found.total,
        entry_count=found.entry_count + sum(one.entry_count for one in within),
        beside=(*found.beside, *(name for one in within for name in one.beside)),
    )


def _types_beside(bundle: Bundle) -> Iterable[str]:
    peeks = (peek_at(entry.resource) for entry in not_matches(bundle))
    return (peek.resource_type for peek in peeks if peek)


def peeked(entries: Iterable[Entry]) -> tuple[RawResource, ...]:
    """Entries that were passed over, as resources."""
    return tuple(
        RawResource(one.resource, peek_at(one.resource) or Peek(), one.full_url or "") for one in entries
    )


def contained_in(holder: RawResource) -> tuple[RawResource, ...]:
    """The resources contained in another, named after it: "DiagnosticReport/1#wbc"."""
    inner = (_resource(raw, "", holder.record_ref) for raw in holder.peek.contained or ())
    return tuple(resource for resource in inner if resource is not None)


def _resource(raw: msgspec.Raw, full_url: str, base_ref: str = "") -> RawResource | None:
    """The peeked resource, None where the JSON is not an object."""
    peek = peek_at(raw)
    return RawResource(raw, peek, full_url, base_ref) if peek is not None else None


def _with_floats(value: Any) -> Any:  # noqa: ANN401 -- any JSON
    """Decimals as floats; a decimal beyond a float's range as its text, which no reader takes for a number."""
    if isinstance(value, dict):
        return {key: _with_floats(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_with_floats(part) for part in value]
    if isinstance(value, Decimal):
        number = float(value)
        return number if math.isfinite(number) else str(value)
    return value
