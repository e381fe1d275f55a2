"""Why a clinician may decide otherwise: a few coded reasons for each kind of card."""

from functools import cache

from cards.card import OverrideReason
from cards.knowledge.tables import read_table


@cache
def _sets() -> dict[str, tuple[OverrideReason, ...]]:
    sets: dict[str, tuple[OverrideReason, ...]] = {}
    for row in read_table("override_reasons"):
        reason = OverrideReason(row.text("code"), row.citation().source.url, row.text("display"))
        sets[row.text("set")] = (*sets.get(row.text("set"), ()), reason)
    return sets


def override_reasons(name: str) -> tuple[OverrideReason, ...]:
    """The reasons of one set, in the order to show them. Raises KeyError for an unknown set.

    The code system is that of CDS Hooks 3.0's "Override reasons"; the displays are ours.
    """
    return _sets()[name]
