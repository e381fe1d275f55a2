"""The limits that a timeline shows beside the values: the tables' own, each with its source."""

from dataclasses import dataclass

from cards.assessment.case import Case
from cards.knowledge.liver_limits import LimitForm
from cards.knowledge.metabolites import group_of
from cards.knowledge.monitoring import Tier
from cards.model.labs import Analyte


@dataclass(frozen=True, slots=True)
class LimitLine:
    """One line across a panel, in the analyte's unit."""

    kind: str  # "stop", "withhold" or "range"
    value: float
    words: str
    source: str


def limits_of(analyte: Analyte, case: Case) -> tuple[LimitLine, ...]:
    """The limits of an analyte for this patient; none where the tables need to know more."""
    if analyte is Analyte.ALT:
        return tuple(
            LimitLine("withhold", one.above, f"above {one.above:g}: withhold", str(one.citation))
            for one in case.knowledge.liver_limits
            if one.analyte is analyte and one.measure is LimitForm.VALUE
        )
    if analyte is Analyte.TGN:
        return _tgn_limits(case)
    return tuple(
        LimitLine(tier.value, one.below, f"below {one.below:g}: {tier}", str(one.citation))
        for tier in Tier
        for one in case.knowledge.monitoring.count_limits(tier)
        if one.analyte is analyte
    )


def _tgn_limits(case: Case) -> tuple[LimitLine, ...]:
    groups = {group_of(exposure.purpose.indications) for exposure in case.exposures}
    group = groups.pop() if len(groups) == 1 else None
    if group is None:
        return ()
    found = case.knowledge.metabolites.tgn_ranges[group]
    return (
        LimitLine("range", found.low, f"from {found.low:g}", str(found.citation)),
        LimitLine("range", found.high, f"to {found.high:g}", str(found.citation)),
    )
