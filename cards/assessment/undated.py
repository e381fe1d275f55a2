"""Which values beyond a limit have no usable date, so may or may not be today's?"""

from dataclasses import dataclass

from cards.assessment.baseline import baseline_of
from cards.assessment.cytopenia import is_on_drug, low_counts
from cards.assessment.exposures import Exposure
from cards.assessment.leukaemia_counts import DECIMALS
from cards.assessment.protocol import protocol_of
from cards.assessment.results import (
    highest_undated,
    is_answered,
    is_surely_above,
    is_surely_below,
    lowest_undated,
    undated_fact,
    unit_words,
    value_words,
)
from cards.finding import Fact
from cards.knowledge.knowledge import Knowledge
from cards.knowledge.leukaemia_limits import LeukaemiaLimitKind, LeukaemiaLimits
from cards.knowledge.liver_limits import LiverLimit, LiverSign
from cards.knowledge.metabolites import MetaboliteLimit, Metabolites
from cards.knowledge.metabolites import group_of as range_group_of
from cards.knowledge.monitoring import Tier
from cards.knowledge.sources import Citation, Sources
from cards.model.chart_of_day import ChartOfDay
from cards.model.conditions import Indication
from cards.model.labs import Analyte, LabResult
from cards.model.policy import Policy
from cards.model.protocol import Group
from cards.model.tests_ordered import OrderableTest
from cards.model.therapy import Drug
from cards.wording import number

RULE_ID = "undated-results"
_EGFR = "an eGFR without a date is shown, and decides no dose"


@dataclass(frozen=True, slots=True)
class UndatedValue:
    """A value beyond a limit, undated or dated in the future: at most a reason to ask."""

    result: LabResult
    limit: str  # "stop limit 3"
    citation: Citation
    test: OrderableTest  # the tests that would answer it
    asks: bool  # False: a line, because a dated final result answers it or the value alone decides nothing
    decimals: int = 1

    @property
    def words(self) -> str:
        """The value for a summary: "WBC 0.4 x 10^9/L, no date recorded"."""
        when = f"dated {self.result.taken_on}" if self.result.taken_on else "no date recorded"
        return f"{self.short_words}, {when}"

    @property
    def short_words(self) -> str:
        """The value with its unit."""
        return f"{value_words(self.result, self.decimals)} {unit_words(self.result)}".rstrip()

    @property
    def fact(self) -> Fact:
        """The value with the limit it is beyond."""
        return undated_fact(self.result, self.limit, self.decimals)


def undated_values(
    exposure: Exposure, chart: ChartOfDay, policy: Policy, knowledge: Knowledge
) -> tuple[UndatedValue, ...]:
    """The undated values that would call for a change if recent: counts, liver, kidneys, metabolites."""
    return (
        *_counts(exposure, chart, policy, knowledge),
        *_liver(exposure, chart, policy, knowledge.liver_limits),
        *_kidneys(chart, policy, knowledge.sources),
        *_metabolites(exposure, chart, policy, knowledge.metabolites),
    )


def _counts(
    exposure: Exposure, chart: ChartOfDay, policy: Policy, knowledge: Knowledge
) -> tuple[UndatedValue, ...]:
    """Counts below a limit, each by its strictest; unless at a stop limit, not as low before the drug."""
    protocol = protocol_of(exposure, chart, policy, knowledge)
    if protocol.group is Group.LEUKAEMIA:
        return _counts_in_leukaemia(chart, policy, knowledge.leukaemia_limits)
    found: dict[Analyte, UndatedValue] = {}
    for tier in (Tier.STOP, Tier.WITHHOLD):
        limits = knowledge.monitoring.count_limits(tier, protocol)
        for low in low_counts(exposure, limits, chart, policy, lowest_undated):
            if tier is Tier.WITHHOLD and is_on_drug(exposure) and low.was_as_low:
                continue
            value = UndatedValue(
                low.result,
                f"{tier.value} limit {number(low.limit.below, 1)}",
                low.limit.citation,
                OrderableTest.BLOOD_COUNT,
                not is_answered(chart, low.limit.analyte, policy.recent_count_days),
            )
            found.setdefault(low.limit.analyte, value)
    return tuple(found.values())


def _counts_in_leukaemia(
    chart: ChartOfDay, policy: Policy, leukaemia_limits: LeukaemiaLimits
) -> tuple[UndatedValue, ...]:
    """Counts at which protocols withhold; counts that protocols keep low on purpose are not a reason to ask."""
    limits = {
        Analyte.WBC: LeukaemiaLimitKind.CRITICAL_WBC,
        Analyte.ANC: LeukaemiaLimitKind.CRITICAL_ANC,
        Analyte.PLATELETS: LeukaemiaLimitKind.CRITICAL_PLATELETS,
    }
    days = policy.recent_count_days
    return tuple(
        UndatedValue(
            lowest,
            f"limit in leukaemia {number(row.value, DECIMALS)}",
            row.citation,
            OrderableTest.BLOOD_COUNT,
            not is_answered(chart, analyte, days),
            DECIMALS,
        )
        for analyte, limit in limits.items()
        if (lowest := lowest_undated(chart, analyte, days)) is not None
        and is_surely_below(lowest, (row := leukaemia_limits.leukaemia_limit(limit)).value, DECIMALS)
    )


def _liver(
    exposure: Exposure, chart: ChartOfDay, policy: Policy, liver_limits: tuple[LiverLimit, ...]
) -> tuple[UndatedValue, ...]:
    """Transaminases and bilirubin above a limit; before a start in autoimmune hepatitis they reflect the disease."""
    if not is_on_drug(exposure) and Indication.AUTOIMMUNE_HEPATITIS in exposure.purpose.indications:
        return ()
    found: dict[Analyte, UndatedValue] = {}
    for limit in liver_limits:
        highest = highest_undated(chart, limit.analyte, policy.recent_count_days)
        if limit.sign is LiverSign.CHOLESTASIS or highest is None:
            continue
        above = limit.for_result(highest)
        if (
            above is None
            or not is_surely_above(highest, above)
            or _was_as_high(limit, above, highest, chart, policy)
        ):
            continue
        value = UndatedValue(
            highest,
            f"limit {number(above, 1)}",
            limit.citation,
            OrderableTest.LIVER_TESTS,
            not is_answered(chart, limit.analyte, policy.recent_count_days),
        )
        found.setdefault(limit.analyte, value)
    return tuple(found.values())


def _was_as_high(
    limit: LiverLimit, above: float, highest: LabResult, chart: ChartOfDay, policy: Policy
) -> bool:
    before = baseline_of(chart, limit.analyte, policy)
    if before is None or before.at_least is None or not is_surely_above(before, above):
        return False
    return highest.at_most is not None and highest.at_most <= before.at_least


def _kidneys(chart: ChartOfDay, policy: Policy, sources: Sources) -> tuple[UndatedValue, ...]:
    """A severely low eGFR; a raised creatinine is a line, since alone it does not decide a dose."""
    days = policy.kidney_result_days
    egfr = lowest_undated(chart, Analyte.EGFR, days)
    if egfr is not None and is_surely_below(egfr, policy.severe_egfr):
        asks = not is_answered(chart, Analyte.EGFR, days)
        limit = f"limit {number(policy.severe_egfr)}"
        return (UndatedValue(egfr, limit, sources.cite("project", _EGFR), OrderableTest.CREATININE, asks),)
    creatinine = highest_undated(chart, Analyte.CREATININE, days)
    upper = creatinine.reference_high if creatinine is not None else None
    if creatinine is None or upper is None or not is_surely_above(creatinine, upper):
        return ()
    limit = "above the laboratory's range"
    return (
        UndatedValue(creatinine, limit, sources.cite("project", _EGFR), OrderableTest.CREATININE, asks=False),
    )


def _metabolites(
    exposure: Exposure, chart: ChartOfDay, policy: Policy, metabolites: Metabolites
) -> tuple[UndatedValue, ...]:
    """Levels on the toxic side: a line, since a level says nothing without the dose of its day."""
    if not is_on_drug(exposure):
        return ()
    group = range_group_of(exposure.purpose.indications)
    limits = {
        Analyte.MMP: (
            metabolites.metabolite_limit(MetaboliteLimit.HIGH_MMP),
            metabolites.limit_citation(MetaboliteLimit.HIGH_MMP),
        )
    }
    if group is not None and exposure.drug is not Drug.THIOGUANINE:  # with this drug, 6-TGN has no such range
        limits[Analyte.TGN] = (metabolites.tgn_ranges[group].high, metabolites.tgn_ranges[group].citation)
    return tuple(
        UndatedValue(highest, f"limit {number(above, 0)}", citation, OrderableTest.METABOLITES, asks=False)
        for analyte, (above, citation) in limits.items()
        if (highest := highest_undated(chart, analyte, policy.metabolite_days)) is not None
        and is_surely_above(highest, above)
    )


def asked_again(
    exposure: Exposure, chart: ChartOfDay, policy: Policy, knowledge: Knowledge
) -> tuple[UndatedValue, ...]:
    """The values whose card asks to repeat the test, so that its absence needs no second card.

    None where the site has silenced that card.
    """
    switch = policy.switch_of(RULE_ID)
    if switch is not None and switch.is_silent:
        return ()
    return tuple(value for value in undated_values(exposure, chart, policy, knowledge) if value.asks)
