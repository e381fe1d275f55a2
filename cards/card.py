"""Cards as the rules mean them, before any protocol writes them down."""

from dataclasses import dataclass
from enum import StrEnum

from cards.model.proposals import Proposal


class Indicator(StrEnum):
    """CDS Hooks' three levels, most urgent first."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"

    @property
    def urgency(self) -> int:
        """0 for critical, 1 for warning, 2 for info: the order in which cards are shown."""
        return list(Indicator).index(self)


@dataclass(frozen=True, slots=True)
class CardSource:
    """The leading publication behind a card."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class OverrideReason:
    """A coded reason a clinician may give for not following a card."""

    code: str
    system: str
    display: str


@dataclass(frozen=True, slots=True)
class Link:
    """A further reading, absolute."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the clinician can accept with one click; its proposals belong together."""

    label: str
    proposals: tuple[Proposal, ...]
    is_recommended: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """One decision for a clinician. `detail` is GitHub-flavoured Markdown without raw HTML."""

    topic: str  # stable, alphanumeric: sites filter by it
    indicator: Indicator
    summary: str  # plain text, under 140 characters
    detail: str
    source: CardSource
    rule_ids: tuple[str, ...]
    suggestions: tuple[Suggestion, ...] = ()
    selection_behavior: str | None = None  # set exactly when there are suggestions
    override_reasons: tuple[OverrideReason, ...] = ()
    links: tuple[Link, ...] = ()
