"""The prefetch of a request, split into records in the same pass over the bytes that finds it."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from cds_service.hooks.prefetch_keys import PrefetchKey, all_keys
from fhir_mappers.bundle.bundles import Bundle

SentPrefetch = Mapping[str, msgspec.Raw | Bundle]
"""What came for each key; a key that was not sent is absent."""

_NULL = msgspec.Raw(b"null")


def _field(key: PrefetchKey) -> tuple[str, Any, Any]:
    if key.count is None:
        return (key.name, msgspec.Raw | UnsetType, UNSET)
    return (key.name, Bundle | None | UnsetType, UNSET)


USUAL_PREFETCH: type[msgspec.Struct] = msgspec.defstruct(
    "UsualPrefetch", [_field(key) for key in all_keys()], forbid_unknown_fields=True, gc=False
)
"""The prefetch that nearly every client sends: keys of ours, and a Bundle or null for each search."""


def split(usual: msgspec.Struct) -> SentPrefetch | None:
    """What came for each key; None when something else stands where a Bundle is due."""
    came = {name: value for name in usual.__struct_fields__ if (value := getattr(usual, name)) is not UNSET}
    if any(isinstance(value, Bundle) and not value.is_one for value in came.values()):
        return None
    return {name: _NULL if value is None else value for name, value in came.items()}
