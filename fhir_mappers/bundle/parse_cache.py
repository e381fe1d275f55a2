"""A cache for what charts repeat: each distinct element is decoded once, each wording read once."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from fhir_mappers.bundle.kept_readings import KeptReadings
from fhir_mappers.bundle.relevance import Relevance
from fhir_mappers.bundle.resources import RawResource, json_of
from fhir_mappers.json.fhir_json import Json
from fhir_mappers.json.repeated import repeated

_PARTS = msgspec.json.Decoder(dict[str, msgspec.Raw])


class ElementCache:
    """The elements of some resources; each distinct element is decoded once."""

    def __init__(self) -> None:
        self._seen: dict[bytes, Any] = {}

    def decoded(self, resource: RawResource, names: Collection[str] | None = None) -> Json:
        """The resource as JSON that must not be changed: the named elements, or all; {} if it is not an object."""
        try:
            parts = _PARTS.decode(resource.raw)
        except msgspec.ValidationError:
            return {}
        return {
            name: self._element(bytes(part)) for name, part in parts.items() if names is None or name in names
        }

    def _element(self, raw: bytes) -> Any:  # noqa: ANN401 -- any JSON
        try:
            return self._seen[raw]
        except KeyError:
            found = self._seen[raw] = repeated(json_of(raw))
            return found


@dataclass(frozen=True, slots=True)
class ParseCache:
    """Earlier readings, from one request or from all charts of a caller that keeps the cache.

    It holds the content of patients' records, so it lasts only while they are worked on.
    """

    elements: ElementCache = field(default_factory=ElementCache)
    relevance: Relevance = field(default_factory=Relevance)
    readings: KeptReadings | None = None  # of one patient, who is asked about at several moments

    def of_another_patient(self) -> "ParseCache":
        """The same elements and words, and readings of a patient who is asked about from now on."""
        return replace(self, readings=KeptReadings())
