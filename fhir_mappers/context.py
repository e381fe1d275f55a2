"""MapContext: what a mapper of one resource may know besides the resource; never the day."""

from collections.abc import Callable
from datetime import tzinfo

import msgspec

from fhir_mappers.json.fhir_json import Json

Find = Callable[[str, Json], Json | None]
RefOf = Callable[[str], str]


class MapContext(msgspec.Struct, frozen=True):
    """The request around a resource, and the way to the resources it refers to.

    `find(reference, holder)` gives the resource that `holder` refers to, contained ones included; None when
    the request does not contain it. `ref_of(reference)` is the record_ref of the same resource, "" when the
    request does not hold it.
    """

    zone: tzinfo  # the site's: for times without one, and for the calendar day of an instant
    find: Find = lambda _reference, _holder: None
    ref_of: RefOf = lambda _reference: ""
    selections: frozenset[str] = frozenset()  # record_refs of order-select; empty: every draft
    is_draft: bool = False  # the resource is one of the request's draft orders
    record_ref: str = ""  # the name of the resource at hand, in every value and Unread

    @property
    def is_selected(self) -> bool:
        """Whether the clinician just chose the draft at hand."""
        return not self.selections or self.record_ref in self.selections
