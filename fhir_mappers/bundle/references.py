"""RecordIndex: from a reference to the resource it names, among all those in the request."""

import re
from collections.abc import Iterable, Sequence
from functools import cached_property

from fhir_mappers.bundle.bundles import Entry
from fhir_mappers.bundle.resources import RawResource, peeked
from fhir_mappers.json.fhir_json import Json, objects_of, text_of

_VERSION = re.compile(r"/_history/[^/]*$")
_LONGEST_END = 256  # a type, a slash and an id; any address may precede them
_TYPE_AND_ID = re.compile(r"([A-Z][A-Za-z]+)/([A-Za-z0-9.\-_]{1,128})$")


def plain(literal: str) -> str:
    """A reference without its version and fragment of another record."""
    return _VERSION.sub("", literal.strip())


def type_and_id(literal: str) -> tuple[str, str] | None:
    """The type and id that a relative or absolute reference ends in; None for a urn or a fragment.

    >>> type_and_id("https://fhir.example/r4/Patient/12/_history/3")
    ('Patient', '12')
    """
    match = _TYPE_AND_ID.search(plain(literal)[-_LONGEST_END:])
    return (match[1], match[2]) if match else None


class RecordIndex:
    """All resources of a request, looked up by full URL or by type and id.

    When two servers' records share a type and id, the one on the referring record's own server is meant; else
    the first in a fixed order, so that the order of entries changes nothing. Built on first use: most
    requests contain no reference that matters. `passed_over` are Observations that are looked at only when a
    reference may mean one of them.
    """

    def __init__(self, resources: Iterable[RawResource], passed_over: Sequence[Entry] = ()) -> None:
        self._resources = tuple(resources)
        self._passed_over = passed_over

    @cached_property
    def _kept(self) -> "_Places":
        return _Places(self._resources)

    @cached_property
    def _all(self) -> "_Places":
        return _Places((*self._resources, *peeked(self._passed_over))) if self._passed_over else self._kept

    def find(self, literal: str, full_url: str = "") -> RawResource | None:
        """The resource that a reference names, for a referring entry at `full_url`; never a contained one."""
        wanted = plain(literal)
        named = type_and_id(wanted)
        places = self._all if named is None or named[0] == "Observation" else self._kept
        if wanted in places.by_url:
            return places.by_url[wanted]
        if named is None:
            return None
        found = places.by_ref.get("/".join(named), [])
        if len(found) < 2:  # noqa: PLR2004 -- one, or none
            return found[0] if found else None
        base = full_url.rsplit("/", 2)[0]
        own = [one for one in found if base and one.full_url.startswith(f"{base}/")]
        return min(own or found, key=lambda one: (one.full_url, bytes(one.raw)))


class _Places:
    """The places of resources, by what refers to them."""

    def __init__(self, resources: Iterable[RawResource]) -> None:
        self.by_url: dict[str, RawResource] = {}
        self.by_ref: dict[str, list[RawResource]] = {}
        for resource in resources:
            if resource.base_ref:
                continue
            if resource.full_url:
                self.by_url.setdefault(resource.full_url, resource)
            if resource.peek.id:
                self.by_ref.setdefault(f"{resource.type}/{resource.peek.id}", []).append(resource)


def contained(literal: str, holder: Json) -> Json | None:
    """The resource that `#id` names inside its holder."""
    wanted = literal.removeprefix("#")
    for inner in objects_of(holder.get("contained")):
        if text_of(inner.get("id")).removeprefix("#") == wanted:
            return inner
    return None
