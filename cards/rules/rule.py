"""Rule: one clinical question, and the function that answers it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from cards.case import Case
from cards.finding import Outcome
from cards.model.facts import FactKind


@dataclass(frozen=True, slots=True)
class Rule:
    """One clinical question.

    `needs` are the kinds of facts it reads; `implements` the row ids of the clinical reference.
    """

    id: str
    question: str
    check: Callable[[Case], Outcome]
    needs: frozenset[FactKind]
    implements: tuple[str, ...]
    can_be_critical: bool = False

    @property
    def topic(self) -> str:
        """The rule's stable alphanumeric code, for `source.topic`.

        >>> Rule("live-vaccine", "?", print, frozenset(), ()).topic
        'LiveVaccine'
        """
        return _topic_of(self.id)


@cache
def _topic_of(rule_id: str) -> str:
    return "".join(part.capitalize() for part in rule_id.split("-"))
