"""The limits that a timeline shows beside the values: the tables' own, each with its source."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType

from cards.assessment.case import Case
from cards.knowledge.leukaemia_limits import LeukaemiaLimitKind
from cards.knowledge.liver_limits import LimitForm
from cards.knowledge.metabolites import group_of
from cards.knowledge.monitoring import Tier
from cards.model.labs import Analyte
from cards.model.protocol import Group, Protocol

_CRITICAL = MappingProxyType(
    {
        Analyte.ANC: LeukaemiaLimitKind.CRITICAL_ANC,
        Analyte.PLATELETS: LeukaemiaLimitKind.CRITICAL_PLATELETS,
    }
)


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
    lines = (
        line
        for protocol in _protocols(case)
        for line in (
            _counts_in_leukaemia(analyte, case)
            if protocol.group is Group.LEUKAEMIA
            else _counts(analyte, protocol, case)
        )
    )
    return tuple(dict.fromkeys(lines))


def _protocols(case: Case) -> tuple[Protocol, ...]:
    """Whose limits apply; without a thiopurine those of immune-mediated disease."""
    own = tuple(case.protocol(exposure) for exposure in case.exposures)
    return own or (Protocol(Group.IMMUNE),)


def _counts(analyte: Analyte, protocol: Protocol, case: Case) -> Iterator[LimitLine]:
    for tier in Tier:
        for one in case.knowledge.monitoring.count_limits(tier, protocol):
            if one.analyte is analyte:
                yield LimitLine(tier.value, one.below, f"below {one.below:g}: {tier}", str(one.citation))


def _counts_in_leukaemia(analyte: Analyte, case: Case) -> Iterator[LimitLine]:
    if (kind := _CRITICAL.get(analyte)) is not None:
        row = case.knowledge.leukaemia_limits.leukaemia_limit(kind)
        words = f"below {row.value:g}: withhold by protocol"
        yield LimitLine(Tier.STOP.value, row.value, words, str(row.citation))


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
