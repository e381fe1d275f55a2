"""Which 6-TGN and 6-MMP were measured together at the present dose, and where do they lie?"""

from dataclasses import dataclass

from cards.assessment.courses import Course
from cards.assessment.results import is_surely_above, is_surely_below, newest_within
from cards.knowledge.metabolites import Band, MetaboliteLimit, Metabolites, TgnRange
from cards.model.chart_of_day import ChartOfDay
from cards.model.dates import ClinicalDate
from cards.model.labs import Analyte, LabFinding, LabResult
from cards.model.policy import Policy
from cards.wording import rounded

_OTHER_ASSAYS = ("dervieux", "dtt", "dithiothreitol")


@dataclass(frozen=True, slots=True)
class Levels:
    """A 6-TGN, and the 6-MMP of the same day where there is one."""

    tgn: LabResult
    mmp: LabResult | None
    taken_on: ClinicalDate
    days_at_dose: int | None  # at least; None when the start of the dose is unknown

    @property
    def ratio(self) -> float | None:
        """6-MMP to 6-TGN, where both are plain numbers."""
        if self.mmp is None or self.mmp.value is None or not self.tgn.value:
            return None
        if self.mmp.comparator or self.tgn.comparator:
            return None
        return rounded(self.mmp.value / self.tgn.value, 1)

    def is_steady(self, metabolites: Metabolites) -> bool:
        """Whether the dose was surely taken for long enough; assumed where its start is unknown."""
        least = metabolites.metabolite_limit(MetaboliteLimit.STEADY_STATE_DAYS)
        return self.days_at_dose is None or self.days_at_dose >= least

    def is_of_other_assay(self, metabolites: Metabolites) -> bool:
        """Whether the method, or the laboratory's range, differs from the guidelines'."""
        method, upper = self.tgn.method.casefold(), self.tgn.reference_high
        least = metabolites.metabolite_limit(MetaboliteLimit.LEAST_UPPER)
        greatest = metabolites.metabolite_limit(MetaboliteLimit.GREATEST_UPPER)
        has_other_range = upper is not None and not least <= upper <= greatest
        return has_other_range or any(name in method for name in _OTHER_ASSAYS)

    def tgn_band(self, limits: TgnRange) -> Band:
        """Where the 6-TGN lies in a group's range; undetectable only beside an undetectable 6-MMP."""
        if _is_undetectable(self.tgn):
            return Band.UNDETECTABLE if self.mmp and _is_undetectable(self.mmp) else Band.LOW
        if is_surely_below(self.tgn, limits.low):
            return Band.LOW
        if limits.very_high is not None and is_surely_above(self.tgn, limits.very_high):
            return Band.VERY_HIGH
        return Band.HIGH if is_surely_above(self.tgn, limits.high) else Band.IN_RANGE

    def mmp_band(self, tgn: Band, metabolites: Metabolites) -> Band:
        """Where the 6-MMP lies; high also by its ratio to a low 6-TGN."""
        if self.mmp is None:
            return Band.UNKNOWN
        if _is_undetectable(self.mmp):
            return Band.UNDETECTABLE if tgn is Band.UNDETECTABLE else Band.LOW
        is_high = is_surely_above(self.mmp, metabolites.metabolite_limit(MetaboliteLimit.HIGH_MMP))
        ratio, high_ratio = self.ratio, metabolites.metabolite_limit(MetaboliteLimit.HIGH_RATIO)
        by_ratio = tgn is Band.LOW and ratio is not None and ratio > high_ratio
        return Band.HIGH if is_high or by_ratio else Band.LOW


def _is_undetectable(result: LabResult) -> bool:
    if result.value is None:
        return result.finding is LabFinding.NEGATIVE
    return result.value == 0 or result.comparator in ("<", "<=")


def levels_at_dose(course: Course, chart: ChartOfDay, policy: Policy) -> Levels | None:
    """The newest recent 6-TGN, unless it was taken before the present dose; None if there is none."""
    tgn = newest_within(chart, Analyte.TGN, policy.metabolite_days)
    if tgn is None or tgn.taken_on is None or (tgn.value is None and tgn.finding is not LabFinding.NEGATIVE):
        return None
    since = course.dose_since or course.started_on
    if since is not None and tgn.taken_on.last < since.first:
        return None
    same_day = [
        result
        for result in chart.series(Analyte.MMP)
        if result.taken_on is not None
        and (result.taken_on.first, result.taken_on.last) == (tgn.taken_on.first, tgn.taken_on.last)
    ]
    days = (tgn.taken_on.first - since.last).days if since is not None else None
    return Levels(tgn, same_day[-1] if same_day else None, tgn.taken_on, days)
