"""Rule: one clinical question, the function that answers it, and all that is declared about it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from cards.assessment.case import Case
from cards.card import Indicator
from cards.finding import Outcome
from cards.model.facts import FactKind

# CDS Hooks library, https://cds-hooks.hl7.org/hooks/
ORDER_SELECT = "order-select"
ORDER_SIGN = "order-sign"
PATIENT_VIEW = "patient-view"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One clinical question.

    `needs` are the kinds of facts it reads, `implements` the row ids of the clinical reference, `at` the hooks
    that ask it, `sources` the keys of what its cards may cite.
    """

    id: str
    question: str
    check: Callable[[Case], Outcome]
    needs: frozenset[FactKind] = frozenset()
    implements: tuple[str, ...] = ()
    at: tuple[str, ...] = ()
    highest: Indicator = Indicator.WARNING  # the urgency its cards can have without a site's choice
    lowest: Indicator = Indicator.INFO
    sources: tuple[str, ...] = ()
    may_be_critical: bool = False  # a site may raise it to critical, though it is not critical by default

    @property
    def topic(self) -> str:
        """The rule's stable alphanumeric code, for `source.topic`.

        >>> Rule(id="live-vaccine", question="?", check=print).topic
        'LiveVaccine'
        """
        return _topic_of(self.id)

    @property
    def can_be_critical(self) -> bool:
        """Whether silencing it needs an acknowledged risk."""
        return self.highest is Indicator.CRITICAL


def at_hook(hook: str, rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """The rules that a hook asks, in their order."""
    return tuple(rule for rule in rules if hook in rule.at)


@cache
def _topic_of(rule_id: str) -> str:
    return "".join(part.capitalize() for part in rule_id.split("-"))
