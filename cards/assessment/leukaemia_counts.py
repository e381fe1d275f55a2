"""Which blood counts need a call while leukaemia is being treated, and which does its protocol aim for?"""

from dataclasses import dataclass

from cards.assessment.results import analyte_name, is_surely_below, newest_within, unit_words
from cards.finding import Fact
from cards.knowledge.leukaemia_limits import LeukaemiaLimit, LeukaemiaLimitKind, LeukaemiaLimits
from cards.model.chart_of_day import ChartOfDay
from cards.model.labs import Analyte, LabResult
from cards.model.policy import Policy
from cards.wording import listed, number

DECIMALS = 2  # the limits are as close as 0.5 and 0.75


@dataclass(frozen=True, slots=True)
class ProtocolCount:
    """A recent count that is surely below a limit of the group."""

    limit: LeukaemiaLimit
    result: LabResult

    @property
    def words(self) -> str:
        """The count without its unit: "ANC 0.48"."""
        value = number(self.result.value or 0.0, DECIMALS)
        return f"{analyte_name(self.result.analyte)} {self.result.comparator or ''}{value}"

    def fact(self) -> Fact:
        """The count with its unit, date and limit."""
        name = self.words[:1].upper() + self.words[1:]
        preliminary = ", preliminary" if self.result.is_preliminary else ""
        limit = number(self.limit.value, DECIMALS)
        return Fact(
            f"{name} {unit_words(self.result)}{preliminary}, limit in leukaemia {limit}",
            self.result.taken_on,
            self.result.record_ref,
        )


@dataclass(frozen=True, slots=True)
class ProtocolCounts:
    """The low counts of one patient, by what they ask for."""

    critical: tuple[ProtocolCount, ...] = ()
    warning: tuple[ProtocolCount, ...] = ()  # white cells alone, without neutrophils
    band: tuple[ProtocolCount, ...] = ()  # where protocols set the dose themselves

    @property
    def all(self) -> tuple[ProtocolCount, ...]:
        """Every low count, gravest first."""
        return (*self.critical, *self.warning, *self.band)


def protocol_counts(chart: ChartOfDay, policy: Policy, leukaemia_limits: LeukaemiaLimits) -> ProtocolCounts:
    """Neutrophils and platelets of the last days; white cells where the sample had no neutrophils."""
    anc = newest_within(chart, Analyte.ANC, policy.recent_count_days)
    platelets = newest_within(chart, Analyte.PLATELETS, policy.recent_count_days)
    wbc = newest_within(chart, Analyte.WBC, policy.recent_count_days)
    if wbc is not None and _has_neutrophils(wbc, chart):
        wbc = None
    critical = _below(
        leukaemia_limits,
        (wbc, LeukaemiaLimitKind.CRITICAL_WBC),
        (anc, LeukaemiaLimitKind.CRITICAL_ANC),
        (platelets, LeukaemiaLimitKind.CRITICAL_PLATELETS),
    )
    graver = {count.result.analyte for count in critical}
    band = _below(
        leukaemia_limits, (anc, LeukaemiaLimitKind.BAND_ANC), (platelets, LeukaemiaLimitKind.BAND_PLATELETS)
    )
    warning = _below(leukaemia_limits, (wbc, LeukaemiaLimitKind.WARNING_WBC))
    return ProtocolCounts(critical, _without(warning, graver), _without(band, graver))


def _has_neutrophils(wbc: LabResult, chart: ChartOfDay) -> bool:
    """Whether a neutrophil count was reported for the same day."""
    day = wbc.taken_on
    return any(
        anc.value is not None
        and anc.taken_on is not None
        and day is not None
        and anc.taken_on.text == day.text
        for anc in chart.series(Analyte.ANC)
    )


def _below(
    leukaemia_limits: LeukaemiaLimits, *pairs: tuple[LabResult | None, LeukaemiaLimitKind]
) -> tuple[ProtocolCount, ...]:
    return tuple(
        ProtocolCount(row, result)
        for result, limit in pairs
        if result is not None
        and is_surely_below(result, (row := leukaemia_limits.leukaemia_limit(limit)).value, DECIMALS)
    )


def _without(counts: tuple[ProtocolCount, ...], graver: set[Analyte]) -> tuple[ProtocolCount, ...]:
    return tuple(count for count in counts if count.result.analyte not in graver)


def protocol_counts_in_words(counts: tuple[ProtocolCount, ...]) -> str:
    """The counts for a summary: "ANC 0.3 and platelets 40 x 10^9/L"."""
    return f"{listed(count.words for count in counts)} {unit_words(counts[0].result)}"
