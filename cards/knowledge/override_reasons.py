"""Why a clinician may decide otherwise: a few coded reasons for each kind of card."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from cards.card import OverrideReason
from cards.knowledge.tables import Tables


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class OverrideReasons:
    """The reasons of every set, in the order to show them.

    The code system is that of CDS Hooks 3.0's "Override reasons"; the displays are ours.
    """

    sets: Mapping[str, tuple[OverrideReason, ...]]

    @classmethod
    def read(cls, tables: Tables) -> Self:
        """The rows of override_reasons.csv."""
        sets: dict[str, tuple[OverrideReason, ...]] = {}
        for row in tables.rows("override_reasons"):
            reason = OverrideReason(row.text("code"), row.citation().source.url, row.text("display"))
            sets[row.text("set")] = (*sets.get(row.text("set"), ()), reason)
        return cls(sets)

    def override_reasons(self, name: str) -> tuple[OverrideReason, ...]:
        """The reasons of one set, in the order to show them. Raises KeyError for an unknown set."""
        return self.sets[name]
