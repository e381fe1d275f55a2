"""The part of a chart or an export that is passed over at a glance: numbers with unknown codes."""

import msgspec
from msgspec import UNSET, Raw, UnsetType

from fhir_mappers.bundle.peeks import PeekedReference
from fhir_mappers.bundle.references import type_and_id
from fhir_mappers.bundle.relevance import Relevance

_OBSERVATION = "Observation"


class _PlainNumber(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """Less than a peek: enough to show that an Observation is a number and no more. Parts need only be present."""

    resource_type: str = ""
    contained: Raw | UnsetType = UNSET
    extension: Raw | UnsetType = UNSET
    code: Raw = Raw(b"null")
    value_quantity: Raw | UnsetType = UNSET
    derived_from: Raw | UnsetType = UNSET
    component: Raw | UnsetType = UNSET


class _PeekedNumber(_PlainNumber, frozen=True, gc=False, rename="camel"):
    """The same with a subject and a date: enough to show that nobody reads it."""

    subject: PeekedReference | None = None
    focus: Raw | UnsetType = UNSET
    effective_date_time: str | None = None
    effective_instant: str | None = None
    issued: str | None = None


_NUMBER = msgspec.json.Decoder(_PlainNumber)
_DATED_NUMBER = msgspec.json.Decoder(_PeekedNumber)


class UnknownNumbers:
    """Recognises Observations that no mapper reads, so that only their bytes and date need be kept.

    Only sure cases: a dated number under an unknown code, recorded as this patient's and with no other part.
    Everything in doubt is kept, and selected later with all that is known. A kept report may still refer to
    an Observation that was passed over: a RecordIndex can be given them for that.
    """

    def __init__(self, patient_id: str, relevance: Relevance) -> None:
        self._named = ("Patient", patient_id)
        self._relevance = relevance
        self._is_ours: dict[str | None, bool] = {}  # a request repeats one reference a thousand times

    def date_of_passed_over(self, raw: Raw) -> str | None:
        """The date of a resource that nobody reads unless a gene report refers to it; None for any other."""
        try:
            seen = _DATED_NUMBER.decode(raw)
            subject = seen.subject
            if (
                not _is_plain(seen)
                or seen.focus is not UNSET
                or subject is None
                or not (self._is_ours.get(subject.reference) or self._is_surely_ours(subject))
                or self._relevance.knows(seen.code)
            ):
                return None
        except Exception:  # noqa: BLE001 -- such a resource is kept, and read with all that is known
            return None
        return seen.effective_date_time or seen.effective_instant or seen.issued

    def _is_surely_ours(self, subject: PeekedReference) -> bool:
        if subject.reference is None:
            return False
        known = self._is_ours.get(subject.reference)
        if known is None:
            known = self._is_ours[subject.reference] = type_and_id(subject.reference) == self._named
        return known


class UnknownNumberLines:
    """Recognises the lines of an export with nothing but a number under an unknown code, whosever it is.

    They are most of an export. None of them matters alone, none is derived from another or contains one.
    """

    def __init__(self, relevance: Relevance) -> None:
        self._relevance = relevance
        self._unknown: set[bytes] = set()  # codes as received

    def passes_over(self, line: bytes) -> bool:
        """Whether a line is surely such an Observation; a line that is not JSON is none."""
        try:
            seen = _NUMBER.decode(line)
        except (msgspec.DecodeError, RecursionError):
            return False
        return _is_plain(seen) and (bytes(seen.code) in self._unknown or self._is_unknown(seen.code))

    def _is_unknown(self, code: Raw) -> bool:
        if self._relevance.knows(code):
            return False
        self._unknown.add(bytes(code))
        return True


def _is_plain(seen: _PlainNumber) -> bool:
    return (
        seen.resource_type == _OBSERVATION
        and seen.value_quantity is not UNSET
        and seen.extension is UNSET
        and seen.component is UNSET
        and seen.derived_from is UNSET
        and seen.contained is UNSET
    )
