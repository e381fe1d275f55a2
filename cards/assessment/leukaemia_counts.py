"""Which blood counts need a call while leukaemia is being treated, and which does its protocol aim for?"""

from dataclasses import dataclass

from cards.assessment.results import analyte_name, is_surely_below, newest_within, unit_words
from cards.finding import Fact
from cards.knowledge.leukaemia_limits import LeukaemiaLimit, LeukaemiaLimitKind, LeukaemiaLimits
from cards.model.chart_of_day import ChartOfDay
from cards.model.labs import Analyte, LabResult
from cards.model.policy import Policy
from cards.model.protocol import Protocol
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
        whose = f"target of {self.limit.study} from" if self.limit.study else "limit in leukaemia"
        return Fact(
            f"{name} {unit_words(self.result)}{preliminary}, {whose} {limit}",
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


def protocol_counts(
    chart: ChartOfDay, protocol: Protocol, policy: Policy, leukaemia_limits: LeukaemiaLimits
) -> ProtocolCounts:
    """Neutrophils and platelets of the last days; white cells where the sample had no neutrophils.

    What lies below the counts that the site's protocol aims for, and asks for nothing else, is its band.
    """
    anc = newest_within(chart, Analyte.ANC, policy.recent_count_days)
    platelets = newest_within(chart, Analyte.PLATELETS, policy.recent_count_days)
    wbc = newest_within(chart, Analyte.WBC, policy.recent_count_days)
    alone = None if wbc is not None and _has_neutrophils(wbc, chart) else wbc
    row = leukaemia_limits.leukaemia_limit
    critical = _below(
        (alone, row(LeukaemiaLimitKind.CRITICAL_WBC)),
        (anc, row(LeukaemiaLimitKind.CRITICAL_ANC)),
        (platelets, row(LeukaemiaLimitKind.CRITICAL_PLATELETS)),
    )
    warning = _below((alone, row(LeukaemiaLimitKind.WARNING_WBC)))
    band = _below(
        (wbc, leukaemia_limits.band_limit(LeukaemiaLimitKind.BAND_WBC, protocol)),
        (anc, leukaemia_limits.band_limit(LeukaemiaLimitKind.BAND_ANC, protocol)),
        (platelets, leukaemia_limits.band_limit(LeukaemiaLimitKind.BAND_PLATELETS, protocol)),
    )
    warned = _without(warning, critical)
    return ProtocolCounts(critical, warned, _without(band, (*critical, *warned)))


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


def _below(*pairs: tuple[LabResult | None, LeukaemiaLimit | None]) -> tuple[ProtocolCount, ...]:
    return tuple(
        ProtocolCount(row, result)
        for result, row in pairs
        if result is not None and row is not None and is_surely_below(result, row.value, DECIMALS)
    )


def _without(
    counts: tuple[ProtocolCount, ...], graver: tuple[ProtocolCount, ...]
) -> tuple[ProtocolCount, ...]:
    analytes = {count.result.analyte for count in graver}
    return tuple(count for count in counts if count.result.analyte not in analytes)


def protocol_counts_in_words(counts: tuple[ProtocolCount, ...]) -> str:
    """The counts for a summary: "ANC 0.3 and platelets 40 x 10^9/L"."""
    return f"{listed(count.words for count in counts)} {unit_words(counts[0].result)}"
