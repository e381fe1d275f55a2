"""What rests on a record that was merged with the patient's says so, and makes no offer."""

from dataclasses import replace

from cards.finding import Fact, Finding

_SAID = "from the merged record"


def with_origin(finding: Finding, merged_refs: frozenset[str]) -> Finding:
    """The finding, its facts from merged records named as such, and without what it proposes."""
    if not merged_refs or not any(fact.record_ref in merged_refs for fact in finding.why):
        return finding
    why = tuple(_with_origin(fact) if fact.record_ref in merged_refs else fact for fact in finding.why)
    return replace(finding, why=why, proposals=())


def _with_origin(fact: Fact) -> Fact:
    return replace(fact, text=f"{fact.text}, {_SAID}")
