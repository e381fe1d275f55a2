"""Which lines name a dose that the rest of the answer does not allow?"""

from dataclasses import replace

from cards.finding import Bound, DoseConstraint, DoseLine, Finding

_NO_RAISING = frozenset({Bound.STOP, Bound.XANTHINE_OXIDASE})


def within(finding: Finding, constraints: tuple[DoseConstraint, ...]) -> Finding:
    """The finding without the doses above what another finding of the answer allows."""
    unfit = {line.text: line.otherwise for line in finding.dose_lines if not _is_allowed(line, constraints)}
    if not unfit:
        return finding
    do = tuple(said for line in finding.do if (said := unfit.get(line, line)))
    return replace(finding, do=do)


def _is_allowed(line: DoseLine, constraints: tuple[DoseConstraint, ...]) -> bool:
    limits = [c for c in constraints if c.order_ref == line.order_ref and _is_about(c, line)]
    if line.is_increase:
        return not any(c.bound in _NO_RAISING or c.high_mg_per_day is None for c in limits)
    return all(_allows(limit, line) for limit in limits)


def _is_about(limit: DoseConstraint, line: DoseLine) -> bool:
    """Whether a constraint limits what the line names: a usual start is not a limit, a day to wait for not a dose."""
    if limit.bound is Bound.START:
        return limit.is_binding and line.is_start
    return limit.bound is not Bound.WAIT


def _allows(limit: DoseConstraint, line: DoseLine) -> bool:
    """Whether a limit leaves room for the dose; one without a number leaves none."""
    high = limit.high_mg_per_day
    return high is not None and line.mg_per_day is not None and round(line.mg_per_day) <= round(high)
