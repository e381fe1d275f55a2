"""What rests on a record that was merged with the patient's says so, and makes no offer."""

from dataclasses import replace

from cards.finding import Fact, Finding

_SAID = "from the merged record"


def with_origin(finding: Finding, merged_refs: frozenset[str]) -> Finding:
    """The finding, its facts from merged records named as such, and without what it proposes."""
    if not merged_refs:
        return finding
    why = tuple(_with_origin(fact) if _is_from(merged_refs, fact) else fact for fact in finding.why)
    return finding if why == finding.why else replace(finding, why=why, proposals=())


def _is_from(merged_refs: frozenset[str], fact: Fact) -> bool:
    """Whether a fact stands in one of these records, or in one that is contained there."""
    return fact.record_ref is not None and fact.record_ref.partition("#")[0] in merged_refs


def _with_origin(fact: Fact) -> Fact:
    return replace(fact, text=f"{fact.text}, {_SAID}")
