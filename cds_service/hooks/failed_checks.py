"""The card that reports a check that did not run: silence would read as "all clear"."""

from collections.abc import Iterable, Mapping

from cards.card import Card, CardSource, Indicator
from cards.rules.rule import Rule

_SOURCE = CardSource("Thiopurine CDS: a fault of this service", "")


def failed_checks_card(failed: Iterable[str], rules: tuple[Rule, ...]) -> Card | None:
    """One card that names every failed check; None when all ran. `failed` are ids of rules."""
    questions: Mapping[str, str] = {rule.id: rule.question for rule in rules}
    ids = tuple(dict.fromkeys(failed))
    if not ids:
        return None
    asked = "\n".join(f"- {questions.get(rule_id, rule_id)}" for rule_id in ids)
    return Card(
        topic="CheckDidNotRun",
        indicator=Indicator.WARNING,
        summary=f"{_counted(len(ids))} did not run: do not take silence as all clear",
        detail=f"Because of a fault in this service, these questions were not answered:\n\n{asked}\n\n"
        "The fault is logged. Please check them in the chart.",
        source=_SOURCE,
        rule_ids=ids,
    )


def _counted(count: int) -> str:
    return "A check" if count == 1 else f"{count} checks"
