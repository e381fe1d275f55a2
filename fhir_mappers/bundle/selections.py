"""Which draft orders an order-select is about: its selections are references, however a client spells them."""

from collections.abc import Collection, Iterable, Sequence

from fhir_mappers.bundle.held_orders import named_by
from fhir_mappers.bundle.references import plain, type_and_id
from fhir_mappers.bundle.resources import RawResource

_URN = "urn:uuid:"


def selected_refs(selections: Collection[str], drafts: Sequence[RawResource]) -> frozenset[str]:
    """The record_refs of the drafts that are selected; empty means all of them.

    A selection names a draft by its bare id, "Type/id", an absolute URL, with or without a version, or the
    fullUrl of its entry. With a resource that groups orders, those in it and those that it lists are selected.
    Where no selection names a draft, every draft is at hand.
    """
    if not selections:
        return frozenset()
    wanted = {name for selection in selections for name in _names_in(selection)}
    chosen = [draft for draft in drafts if not wanted.isdisjoint(_names_of(draft))]
    wanted = {name for draft in chosen for literal in named_by(draft) for name in _names_in(literal)}
    held = {draft.record_ref for draft in chosen}
    listed = [draft for draft in drafts if draft.base_ref in held or not wanted.isdisjoint(_names_of(draft))]
    return frozenset(draft.record_ref for draft in (*chosen, *listed))


def _names_in(selection: str) -> Iterable[str]:
    """The possible meanings of a selection: the reference itself, and the type and id at its end."""
    literal = _bare(selection)
    if literal:
        yield literal
    if named := type_and_id(literal):
        yield "/".join(named)


def _names_of(draft: RawResource) -> Iterable[str]:
    """Every name that a client may call a draft by."""
    yield draft.record_ref
    if draft.id:
        yield _bare(draft.id)
        yield f"{draft.type}/{draft.id}"
    if draft.full_url:
        yield from _names_in(draft.full_url)


def _bare(literal: str) -> str:
    """A reference without spaces, version, leading "#" or trailing slash; a UUID without its scheme."""
    told = plain(literal.strip().rstrip("/")).lstrip("#")
    return told[len(_URN) :].lower() if told.lower().startswith(_URN) else told
