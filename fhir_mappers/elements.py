"""The elements of one request's resources: each distinct one is decoded once."""

from collections.abc import Collection
from typing import Any

import msgspec

from fhir_mappers.fhir_json import Json
from fhir_mappers.repeated import repeated
from fhir_mappers.resources import RawResource, json_of

_PARTS = msgspec.json.Decoder(dict[str, msgspec.Raw])


class Elements:
    """The elements of one request's resources."""

    def __init__(self) -> None:
        self._seen: dict[bytes, Any] = {}

    def decoded(self, resource: RawResource, names: Collection[str] | None = None) -> Json:
        """The resource as JSON that is not to be changed: the named elements, or all; {} for no object."""
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
