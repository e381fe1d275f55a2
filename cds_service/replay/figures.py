"""The pictures of the report, as SVG that needs nothing else: bars, columns and a grid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

INDICATORS = ("critical", "warning", "info")
_LABEL, _ROOM, _ROW, _BAR = 250, 640, 26, 16
_HEIGHT, _FOOT = 200, 34
_CELL, _HEADING = 26, 190
_LONGEST = 34
_MOST_COLUMN_LABELS = 14
_DARK_FROM = 0.55


@dataclass(frozen=True, slots=True)
class StackedBar:
    """One row or column: its name, and its parts by the class that colours them."""

    name: str
    parts: Mapping[str, float]
    note: str = ""  # what stands at its end; the total without one

    @property
    def total(self) -> float:
        """The length of the whole."""
        return sum(self.parts.values())


def bars(rows: Sequence[StackedBar], title: str, names: int = _LABEL) -> Markup:
    """Horizontal bars, in the order given, with so much room for their names."""
    top = max((row.total for row in rows), default=0.0) or 1.0
    height = len(rows) * _ROW + 8
    drawn = Markup().join(_row(row, number, top, names) for number, row in enumerate(rows))
    return _svg(_LABEL + _ROOM + 80, height, title, drawn)


def _row(row: StackedBar, number: int, top: float, names: int) -> Markup:
    y = number * _ROW + 4
    x, room = float(names), _LABEL + _ROOM - names
    drawn = Markup('<text class="name" x="{}" y="{}">{}</text>').format(
        names - 8, y + 13, _short(row.name, names // 7)
    )
    for kind, value in row.parts.items():
        width = room * value / top
        if value:
            drawn += _box(kind, (x, y), (max(width, 1.0), _BAR), f"{row.name}: {kind} {_figure(value)}")
        x += width
    return drawn + Markup('<text class="value" x="{:.1f}" y="{}">{}</text>').format(
        x + 6, y + 13, row.note or _figure(row.total)
    )


def columns(cols: Sequence[StackedBar], title: str) -> Markup:
    """Vertical columns side by side, the parts stacked, the most urgent below."""
    top = max((col.total for col in cols), default=0.0) or 1.0
    step = (_LABEL + _ROOM) / max(len(cols), 1)
    every = -(-len(cols) // _MOST_COLUMN_LABELS) or 1
    drawn = Markup().join(_level(part, top) for part in (0.0, 0.5, 1.0))
    for number, col in enumerate(cols):
        drawn += _column(col, 44 + number * step, min(step * 0.72, 60.0), top, has_label=number % every == 0)
    return _svg(_LABEL + _ROOM + 80, _HEIGHT + _FOOT, title, drawn)


def _level(part: float, top: float) -> Markup:
    y = _HEIGHT * (1 - part) + 10
    line = '<line class="grid" x1="44" x2="{}" y1="{y:.1f}" y2="{y:.1f}"/><text class="name" x="38" y="{}">{}</text>'
    return Markup(line).format(_LABEL + _ROOM + 44, y + 4, _figure(top * part), y=y)  # noqa: S704  # nosec B704  # ours


def _box(kind: str, place: tuple[float, float], size: tuple[float, float], says: str) -> Markup:
    return Markup(
        '<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{}</title></rect>'
    ).format(kind, *place, *size, says)


def _column(col: StackedBar, x: float, width: float, top: float, *, has_label: bool) -> Markup:
    y = _HEIGHT + 10.0
    drawn = Markup()
    for kind, value in col.parts.items():
        height = _HEIGHT * value / top
        y -= height
        if value:
            drawn += _box(kind, (x, y), (width, max(height, 0.5)), f"{col.name}: {kind} {_figure(value)}")
    if has_label:
        drawn += Markup('<text class="under" x="{:.1f}" y="{}">{}</text>').format(
            x + width / 2, _HEIGHT + 27, col.name
        )
    return drawn


def grid(names: Sequence[str], counts: Mapping[tuple[str, str], int], title: str) -> Markup:
    """How often two things came together: a square for each pair, darker for more."""
    top = max(counts.values(), default=1)
    drawn = Markup()
    for down, row in enumerate(names):
        y = _HEADING + down * _CELL
        drawn += Markup('<text class="name" x="{}" y="{}">{}</text>').format(_LABEL - 8, y + 17, _short(row))
        drawn += Markup('<text class="over" transform="translate({},{}) rotate(-50)">{}</text>').format(
            _LABEL + down * _CELL + 16, _HEADING - 8, _short(row)
        )
        for across, column in enumerate(names[:down]):
            count = counts.get((row, column), 0) or counts.get((column, row), 0)
            drawn += _square(_LABEL + across * _CELL, y, count, top, f"{row} with {column}")
    return _svg(_LABEL + _ROOM + 80, _HEADING + len(names) * _CELL + 6, title, drawn)


def _square(x: int, y: int, count: int, top: int, what: str) -> Markup:
    if not count:
        return Markup('<rect class="empty" x="{}" y="{}" width="24" height="24"/>').format(x, y)
    share = count / top
    return Markup(
        '<rect class="together" x="{}" y="{}" width="24" height="24" fill-opacity="{:.2f}"><title>{}</title></rect>'
        '<text class="cell{}" x="{}" y="{}">{}</text>'
    ).format(
        x, y, 0.12 + 0.88 * share, f"{what}: {count}", " light" if share > _DARK_FROM else "", x + 12, y + 16,
        _brief(count),
    )  # fmt: skip


def _svg(width: int, height: int, title: str, drawn: Markup) -> Markup:
    return Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        width, height, title, drawn
    )


def _short(name: str, longest: int = _LONGEST) -> str:
    return name if len(name) <= longest else f"{name[: longest - 1]}…"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.1f}"  # noqa: PLR2004 -- three digits


def _brief(count: int) -> str:
    return f"{count}" if count < 1000 else f"{count / 1000:.0f}k"  # noqa: PLR2004 -- what fits a square
