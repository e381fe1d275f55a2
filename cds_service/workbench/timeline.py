"""The chart over time as shapes to draw: dose above counts, ALT and 6-TGN, with limits and gene results."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cards.assessment.case import Case
from cards.model.chart_of_day import ChartOfDay
from cards.model.labs import Analyte, LabResult
from cards.model.therapy import THIOPURINES, DrugRecord, OrderIntent, TherapyState
from cards.wording import number
from cds_service.workbench.timeline_limits import LimitLine, limits_of

WIDTH = 860
_LEFT, _RIGHT = 96, 150  # room for the labels, and for the words of the limits
_TOP = 30
_PANEL, _GAP = 74, 16
_LEAST_DAYS, _MOST_DAYS = 120, 3 * 366
_MARGIN_DAYS = 7
_HEADROOM = 1.15
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
class Mark:
    """A point with its words; `x` and `y` in the picture's units."""

    x: float
    y: float
    words: str
    on: str = ""


@dataclass(frozen=True, slots=True)
class DoseBar:
    """A dose from one day to another; a draft's is only outlined."""

    x: float
    y: float
    width: float
    height: float
    words: str
    is_draft: bool = False


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


@dataclass(frozen=True, slots=True)
class _TimeScale:
    first: date
    last: date

    def x(self, day: date) -> float:
        share = (day - self.first).days / max((self.last - self.first).days, 1)
        return round(_LEFT + min(max(share, 0.0), 1.0) * (WIDTH - _LEFT - _RIGHT), 1)


def timeline_of(case: Case) -> Timeline:
    """The chart's timeline up to today."""
    chart = case.chart
    records = [one for one in chart.records_of(*THIOPURINES) if one.started_on and one.regimen]
    results = [one for analyte in _ANALYTES for one in chart.series(analyte) if one.value is not None]
    dated = [one for one in results if one.taken_on and one.taken_on.is_whole_day]
    days = [*_days_of(records), *(one.taken_on.last for one in dated if one.taken_on)]
    scale = _scale(days, chart.today)
    panels = list(_panels(case, scale, records))
    return Timeline(
        panels=tuple(panels),
        ticks=tuple(_ticks(scale)),
        genes=tuple(_genes(chart, scale)),
        today_x=scale.x(chart.today),
        left=_LEFT,
        right=WIDTH - _RIGHT,
        height=_TOP + len(panels) * (_PANEL + _GAP) + 18,
        earlier=sum(day < scale.first for day in days),
        undated=len(results) - len(dated),
    )


def _days_of(records: Iterable[DrugRecord]) -> list[date]:
    return [one.started_on.first for one in records if one.started_on]


def _scale(days: Sequence[date], today: date) -> _TimeScale:
    earliest = min(days, default=today)
    first = min(earliest - timedelta(_MARGIN_DAYS), today - timedelta(_LEAST_DAYS))
    return _TimeScale(max(first, today - timedelta(_MOST_DAYS)), today + timedelta(_MARGIN_DAYS))


def _panels(case: Case, scale: _TimeScale, records: Sequence[DrugRecord]) -> Iterator[Panel]:
    doses = _dose_panel(case.chart, scale, records, _TOP)
    top = float(_TOP)
    if doses is not None:
        yield doses
        top += _PANEL + _GAP
    for analyte, label in _ANALYTES.items():
        panel = _lab_panel(case, scale, analyte, label, top)
        if panel is not None:
            yield panel
            top += _PANEL + _GAP


def _dose_panel(
    chart: ChartOfDay, scale: _TimeScale, records: Sequence[DrugRecord], top: float
) -> Panel | None:
    drafts = [
        (f"{one.drug} {number(one.regimen.mg_per_day, 1)} mg/day ordered", one.regimen.mg_per_day)
        for one in chart.draft_orders
        if one.drug in THIOPURINES and one.regimen and one.intent is OrderIntent.TAKE
    ]
    taken = [one.regimen.mg_per_day for one in records if one.regimen]
    highest = max([*taken, *(mg for _, mg in drafts)], default=0.0)
    if not highest:
        return None

    def bar(first: date, last: date, mg: float, words: str, *, is_draft: bool) -> DoseBar:
        height = round(_PANEL * mg / (highest * _HEADROOM), 1)
        x = scale.x(first)
        width = max(scale.x(last) - x, 3.0)
        return DoseBar(x, round(top + _PANEL - height, 1), round(width, 1), height, words, is_draft)

    bars = [
        bar(first, last, one.regimen.mg_per_day, _dose_words(one), is_draft=False)
        for one, first, last in _spans(records, chart.today)
        if one.regimen and last >= scale.first
    ]
    bars += [bar(chart.today, scale.last, mg, words, is_draft=True) for words, mg in drafts]
    return Panel("Dose", "mg/day", top, _PANEL, number(highest * _HEADROOM, 0), bars=tuple(bars))


def _spans(records: Sequence[DrugRecord], today: date) -> Iterator[tuple[DrugRecord, date, date]]:
    """Each record with the days it is drawn for: to its end, the next of its drug, or today."""
    ordered = sorted(records, key=lambda one: one.started_on.first if one.started_on else today)
    for place, one in enumerate(ordered):
        if one.started_on is None or one.started_on.first > today:
            continue
        first = one.started_on.first
        next_first = next(
            (
                later.started_on.first
                for later in ordered[place + 1 :]
                if later.drug is one.drug and later.started_on
            ),
            today,
        )
        told = one.ended_on or (one.supplied_until if one.state is not TherapyState.ACTIVE else None)
        own_end = told.last if told else (first if one.state is TherapyState.PAST else today)
        yield one, first, max(first, min(own_end, next_first, today))


def _dose_words(one: DrugRecord) -> str:
    dose = number(one.regimen.mg_per_day, 1) if one.regimen else "?"
    return f"{one.drug} {dose} mg/day from {one.started_on} ({one.state}, {one.record_ref})"


def _lab_panel(case: Case, scale: _TimeScale, analyte: Analyte, label: str, top: float) -> Panel | None:
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
    limits = limits_of(analyte, case)
    values = [one.value for one in results if one.value is not None]
    ceiling = max([*values, *(limit.value for limit in limits)]) * _HEADROOM or 1.0

    def y(value: float) -> float:
        return round(top + _PANEL * (1 - value / ceiling), 1)

    return Panel(
        label,
        _UNITS.get(analyte, results[-1].unit),
        top,
        _PANEL,
        number(ceiling, 0 if ceiling > 10 else 1),  # noqa: PLR2004 -- an axis label of two or three digits
        marks=tuple(
            Mark(scale.x(one.taken_on.last), y(one.value), _value(one), str(one.taken_on))
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


def _genes(chart: ChartOfDay, scale: _TimeScale) -> Iterator[Mark]:
    for one in chart.gene_results:
        if one.reported_on is None or one.reported_on.last < scale.first:
            continue
        told = one.diplotype or one.phenotype or one.method
        yield Mark(scale.x(one.reported_on.last), 14, f"{one.gene} {told}", str(one.reported_on))


def _ticks(scale: _TimeScale) -> Iterator[Mark]:
    span = (scale.last - scale.first).days
    months = next((step for days, step in _TICKS if span <= days), 6)
    day = scale.first.replace(day=1)
    while day <= scale.last:
        if day >= scale.first and (day.month - 1) % months == 0:
            yield Mark(scale.x(day), 0, f"{day:%b %Y}" if months > 1 or day.month == 1 else f"{day:%b}")
        day = (day + timedelta(32)).replace(day=1)
