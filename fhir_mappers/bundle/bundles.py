"""A Bundle split into its entries, and what it says of itself: its total, its next page, its included entries."""

import re
from collections.abc import Sequence

import msgspec

from fhir_mappers.bundle.peeks import objects_at, text_at
from fhir_mappers.json.exact_json import exact_bytes, exact_json

_BUNDLE_TYPE = "Bundle"
_NO_JSON = msgspec.Raw(b"null")
_INCLUDED = "include"
_NOT_MATCHES = (_INCLUDED, "outcome")  # FHIR R4 Bundle.entry.search.mode: they fill no page


class Entry(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """One entry of a Bundle, its resource as bytes."""

    resource: msgspec.Raw = _NO_JSON
    full_url: str | None = None


class SearchedEntry(Entry, frozen=True, gc=False, rename="camel"):
    """The same with how the search came to it: decoded only where it is asked how many matches came."""

    search: msgspec.Raw = _NO_JSON


class BundleLink(msgspec.Struct, frozen=True, gc=False):
    """A link of a Bundle."""

    relation: str | None = None
    url: str | None = None


class Bundle(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A Bundle split into its entries, with resources as bytes."""

    resource_type: str = ""
    entry: Sequence[Entry] | None = None
    link: list[BundleLink] | None = None
    total_as_sent: msgspec.Raw = msgspec.field(default=_NO_JSON, name="total")

    @property
    def is_one(self) -> bool:
        """Whether the JSON says that it is a Bundle."""
        return self.resource_type == _BUNDLE_TYPE

    @property
    def next_link(self) -> str | None:
        """The address of a further page."""
        if not self.link:
            return None
        return next((link.url for link in self.link if link.relation == "next"), None)

    @property
    def total(self) -> int | None:
        """How many matches the server has, None when it does not say."""
        if self.total_as_sent is _NO_JSON:
            return None
        digits = _TOTAL.fullmatch(bytes(self.total_as_sent))
        return int(digits[1]) if digits else None


class _SearchedBundle(Bundle, frozen=True, gc=False, rename="camel"):
    entry: Sequence[SearchedEntry] | None = None


class _Search(msgspec.Struct, frozen=True, gc=False):
    mode: str = ""


_BUNDLE = msgspec.json.Decoder(_SearchedBundle)
_SEARCH = msgspec.json.Decoder(_Search)
_TOTAL = re.compile(rb'"?(\d{1,12})"?')


def may_include(body: bytes) -> bool:
    """Whether an entry of a Bundle somewhere in some JSON may say that it came along."""
    return f'"{_INCLUDED}"'.encode() in body


def bundle_in(raw: msgspec.Raw) -> Bundle | None:
    """The Bundle, whatever else in it has a wrong type; None where the JSON is not a Bundle."""
    try:
        bundle = _BUNDLE.decode(raw)
    except msgspec.ValidationError:
        value = exact_json(raw)
    else:
        return bundle if bundle.is_one else None
    if not isinstance(value, dict) or value.get("resourceType") != _BUNDLE_TYPE:
        return None
    listed = value.get("entry")
    entries = [
        SearchedEntry(
            msgspec.Raw(exact_bytes(entry.get("resource"))),
            text_at(entry.get("fullUrl")),
            msgspec.Raw(exact_bytes(entry.get("search"))),
        )
        if isinstance(entry, dict)
        else SearchedEntry()
        for entry in (listed if isinstance(listed, list) else objects_at(listed))
    ]
    links = [
        BundleLink(text_at(link.get("relation")), text_at(link.get("url")))
        for link in objects_at(value.get("link"))
    ]
    return _SearchedBundle(_BUNDLE_TYPE, entries, links, msgspec.Raw(exact_bytes(value.get("total"))))


def not_matches(bundle: Bundle) -> list[SearchedEntry]:
    """The entries of which the server says that they came along with what the search found.

    None where it was read without these words. A page repeats one way of saying so: each is decoded once.
    """
    if not isinstance(bundle, _SearchedBundle):
        return []
    entries = bundle.entry or ()
    beside = {way for way in {bytes(entry.search) for entry in entries} if _mode(way) in _NOT_MATCHES}
    return [entry for entry in entries if bytes(entry.search) in beside] if beside else []


def _mode(search: bytes) -> str:
    try:
        return _SEARCH.decode(search).mode
    except msgspec.ValidationError:
        return ""
