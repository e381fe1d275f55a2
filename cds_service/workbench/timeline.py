"""The chart over time as shapes to draw: dose above counts, ALT and 6-TGN, with limits and gene results."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cards.assessment.baseline import baseline_of
from cards.assessment.case import Case
from cards.model.chart_of_day import ChartOfDay
from cards.model.labs import Analyte, LabResult
from cards.wording import number
from cds_service.workbench.timeline_doses import dose_bars, line_days, reactions
from cds_service.workbench.timeline_limits import LimitLine, limits_of
from cds_service.workbench.timeline_shapes import (
    HEADROOM,
    LEFT,
    PANEL,
    RIGHT,
    WIDTH,
    DoseBar,
    Mark,
    TimeScale,
)

_TOP = 30
_GAP = 16
_LEAST_DAYS, _MOST_DAYS = 120, 3 * 366
_MARGIN_DAYS, _MOST_DAYS_AHEAD = 7, 120
_WORDS_HEIGHT = 11
_UNITS = {Analyte.TGN: "pmol/8x10⁸ RBC"}  # as the tables print it
_TICKS = ((200, 1), (800, 3))  # (a span up to this many days, a tick every this many months)
_ANALYTES = {
    Analyte.WBC: "WBC",
    Analyte.ANC: "ANC",
    Analyte.PLATELETS: "Platelets",
    Analyte.ALT: "ALT",
    Analyte.TGN: "6-TGN",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A limit across a panel, and where its words stand so that they do not cover others."""

    y: float
    limit: LimitLine
    words_y: float


@dataclass(frozen=True, slots=True)
class Panel:
    """One quantity over time."""

    label: str
    unit: str
    top: float
    height: float
    highest: str  # what the upper edge stands for
    marks: tuple[Mark, ...] = ()
    bars: tuple[DoseBar, ...] = ()
    lines: tuple[Line, ...] = ()
    reactions: tuple[Mark, ...] = ()

    @property
    def trace(self) -> str:
        """The points of the polyline."""
        return " ".join(f"{mark.x},{mark.y}" for mark in self.marks)

    @property
    def band(self) -> tuple[float, float] | None:
        """Upper edge and height of a range, where there is one."""
        edges = sorted(line.y for line in self.lines if line.limit.kind == "range")
        return (edges[0], edges[-1] - edges[0]) if edges else None


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything to draw. Without panels there is nothing to show."""

    panels: tuple[Panel, ...]
    ticks: tuple[Mark, ...]
    genes: tuple[Mark, ...]
    today_x: float
    left: float
    right: float
    height: float
    earlier: int  # results and records from before its first day
    undated: int  # results without a whole day


def timeline_of(case: Case) -> Timeline:
    """The chart's timeline: the therapies of the thiopurines as lines in time, and what was measured beside them."""
    chart = case.chart
    results = [one for analyte in _ANALYTES for one in chart.series(analyte) if one.value is not None]
    dated = [one for one in results if one.taken_on and one.taken_on.is_whole_day]
    of_lines = line_days(case)
    days = [*(one.taken_on.last for one in dated if one.taken_on), *of_lines]
    scale = _scale(days, chart.today)
    panels = list(_panels(case, scale))
    return Timeline(
        panels=tuple(panels),
        ticks=tuple(_ticks(scale)),
        genes=tuple(_genes(chart, scale)),
        today_x=scale.x(chart.today),
        left=LEFT,
        right=WIDTH - RIGHT,
        height=_TOP + len(panels) * (PANEL + _GAP) + 18,
        earlier=sum(day < scale.first for day in days),
        undated=len(results) - len(dated),
    )


def _scale(days: Sequence[date], today: date) -> TimeScale:
    """From the earliest day, at most three years ago, to what is to come, at most four months ahead."""
    earliest, latest = min(days, default=today), max(days, default=today)
    first = min(earliest - timedelta(_MARGIN_DAYS), today - timedelta(_LEAST_DAYS))
    ahead = min(latest + timedelta(_MARGIN_DAYS), today + timedelta(_MOST_DAYS_AHEAD))
    return TimeScale(
        max(first, today - timedelta(_MOST_DAYS)), max(ahead, today + timedelta(_MARGIN_DAYS)), today
    )


def _panels(case: Case, scale: TimeScale) -> Iterator[Panel]:
    top = float(_TOP)
    highest, bars = dose_bars(case, scale, top)
    if bars:
        yield Panel(
            "Dose",
            "mg/day",
            top,
            PANEL,
            number(highest * HEADROOM, 0),
            bars=bars,
            reactions=reactions(case, scale, top),
        )
        top += PANEL + _GAP
    for analyte, label in _ANALYTES.items():
        panel = _lab_panel(case, scale, analyte, label, top)
        if panel is not None:
            yield panel
            top += PANEL + _GAP


def _lab_panel(case: Case, scale: TimeScale, analyte: Analyte, label: str, top: float) -> Panel | None:
    results = [
        one
        for one in case.chart.series(analyte)
        if one.value is not None
        and one.taken_on
        and one.taken_on.is_whole_day
        and one.taken_on.last >= scale.first
    ]
    if not results:
        return None
    limits, before = limits_of(analyte, case), baseline_of(case.chart, analyte, case.policy)
    values = [one.value for one in results if one.value is not None]
    ceiling = max([*values, *(limit.value for limit in limits)]) * HEADROOM or 1.0

    def y(value: float) -> float:
        return round(top + PANEL * (1 - value / ceiling), 1)

    return Panel(
        label,
        _UNITS.get(analyte, results[-1].unit),
        top,
        PANEL,
        number(ceiling, 0 if ceiling > 10 else 1),  # noqa: PLR2004 -- an axis label of two or three digits
        marks=tuple(
            Mark(
                scale.x(one.taken_on.last),
                y(one.value),
                _value(one) + (", the value before the drug" if one == before else ""),
                str(one.taken_on),
                kind="baseline" if one == before else "",
            )
            for one in results
            if one.taken_on and one.value is not None
        ),
        lines=_lines([(y(limit.value), limit) for limit in limits]),
    )


def _lines(placed: Sequence[tuple[float, LimitLine]]) -> tuple[Line, ...]:
    lines: list[Line] = []
    for y, limit in sorted(placed, key=lambda one: one[0]):
        above = lines[-1].words_y + _WORDS_HEIGHT if lines else 0.0
        lines.append(Line(y, limit, round(max(y + 3, above), 1)))
    return tuple(lines)


def _value(result: LabResult) -> str:
    return f"{result.comparator or ''}{number(result.value or 0.0)} {result.unit}".strip()


def _genes(chart: ChartOfDay, scale: TimeScale) -> Iterator[Mark]:
    for one in chart.gene_results:
        if one.reported_on is None or one.reported_on.last < scale.first:
            continue
        told = one.diplotype or one.phenotype or one.method
        yield Mark(scale.x(one.reported_on.last), 14, f"{one.gene} {told}", str(one.reported_on))


def _ticks(scale: TimeScale) -> Iterator[Mark]:
    span = (scale.last - scale.first).days
    months = next((step for days, step in _TICKS if span <= days), 6)
    day = scale.first.replace(day=1)
    while day <= scale.last:
        if day >= scale.first and (day.month - 1) % months == 0:
            yield Mark(scale.x(day), 0, f"{day:%b %Y}" if months > 1 or day.month == 1 else f"{day:%b}")
        day = (day + timedelta(32)).replace(day=1)
