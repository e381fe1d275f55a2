"""On a card for a child the weight and its date always stand."""

from dataclasses import replace

from cards.assessment.case import Case
from cards.assessment.dose_words import weight_facts
from cards.finding import DecisionKind, Finding


def with_childs_weight(finding: Finding, case: Case) -> Finding:
    """The finding, with the weight of a child where it has one; what could not be checked is about records."""
    if not case.is_child or case.weight is None or finding.decision.kind is DecisionKind.UNCHECKED:
        return finding
    return replace(finding, why=tuple(dict.fromkeys((*finding.why, *weight_facts(case.weight)))))
