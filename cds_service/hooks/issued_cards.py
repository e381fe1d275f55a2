"""IssuedCard: a card as written for a client, sent or withheld."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class IssuedCard:
    """A written card; `withheld` says why it was not sent, or is None."""

    content: dict[str, Any] = field(repr=False)  # CDS Hooks JSON
    rules: tuple[str, ...]
    withheld: str | None = None  # "silent" or "repeated"
    same_as: str | None = None  # equal for the same card about the same unchanged orders

    @property
    def uuid(self) -> str:
        """Its id, as feedback names it."""
        return str(self.content["uuid"])

    @property
    def indicator(self) -> str:
        """How urgent it is."""
        return str(self.content["indicator"])
