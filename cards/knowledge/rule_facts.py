"""How urgent each rule can be, and what it rests on: for the catalogue that people read, and for site policies."""

from collections.abc import Mapping
from dataclasses import dataclass

from cards.card import Indicator
from cards.knowledge.sources import Source
from cards.knowledge.tables import Tables


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """One rule as a site needs to know it before it switches it."""

    rule_id: str
    highest: Indicator
    lowest: Indicator
    may_be_critical: bool  # a site may raise it to critical, though it is not by itself
    sources: tuple[Source, ...]

    @property
    def can_be_critical(self) -> bool:
        """Whether silencing it needs an acknowledged risk."""
        return self.highest is Indicator.CRITICAL


def rule_facts(tables: Tables) -> Mapping[str, RuleFacts]:
    """The facts of every rule by its id. Raises UnknownSourceError for a source that sources.toml lacks."""
    return {
        row.text("rule"): RuleFacts(
            row.text("rule"),
            row.member("highest", Indicator),
            row.member("lowest", Indicator),
            row.flag("may_be_critical"),
            tuple(tables.sources.cite(key).source for key in row.text("sources").split()),
        )
        for row in tables.rows("rules")
    }
