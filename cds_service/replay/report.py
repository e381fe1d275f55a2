"""The report: one HTML file with everything in it, made from the figures of a replay."""

from collections.abc import Iterable, Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from cds_service.hooks.hooks import ORDER_HOOKS, VIEW_HOOKS
from cds_service.replay.figures import INDICATORS, StackedBar, bars, columns, grid
from cds_service.replay.summary import Figures

_WIDE = 520
_MOST_RULES = 24
_MOST_IN_GRID = 14
_MOST_DEPARTMENTS = 12


def report_html(figures: Figures, title: str = "Replay") -> str:
    """The report as one self-contained page: no script, nothing loaded, every text escaped."""
    environment = Environment(
        loader=PackageLoader("cds_service.replay"), autoescape=select_autoescape(), undefined=StrictUndefined
    )
    environment.filters["count"] = lambda number: "–" if number is None else f"{number:,}"
    return environment.get_template("report.html").render(
        title=title,
        figures=figures,
        orders=_totals(figures, ORDER_HOOKS),
        views=_totals(figures, VIEW_HOOKS),
        pictures=_pictures(figures),
    )


def _totals(figures: Figures, hooks: Iterable[str]) -> Figures:
    found = [one for one in figures["moments"] if one["hook"] in hooks]
    names = ("moments", "with_cards", *INDICATORS)
    total = {name: sum(one[name] for one in found) for name in names}
    total["cards"] = sum(total[name] for name in INDICATORS)
    total["per_100"] = round(100 * total["cards"] / total["moments"], 1) if total["moments"] else None
    return total


def _pictures(figures: Figures) -> Mapping[str, Markup]:
    return {
        "orders_by_rule": _by_rule(figures, ORDER_HOOKS, "orders"),
        "views_by_rule": _by_rule(figures, VIEW_HOOKS, "opened records"),
        "months": columns(_by_month(figures), "Cards shown in each month, by indicator"),
        "departments": bars(_by_department(figures), "Cards per 100 orders, by department"),
        "overlap": _overlap(figures),
        "missing": bars(_missing(figures), "Moments at which a rule could not be checked", _WIDE),
        "overdue": columns(_overdue(figures), "Overdue blood counts: weeks until the next count"),
    }


def _by_rule(figures: Figures, hooks: Iterable[str], what: str) -> Markup:
    moments = sum(one["moments"] for one in figures["moments"] if one["hook"] in hooks)
    rates: dict[str, dict[str, float]] = {}
    for one in figures["rules"]:
        if one["hook"] in hooks and one["shown"]:
            parts = rates.setdefault(one["rule"], dict.fromkeys(INDICATORS, 0.0))
            parts[one["indicator"]] += 100 * one["shown"] / moments
    rows = sorted((StackedBar(rule, parts) for rule, parts in rates.items()), key=lambda row: -row.total)
    return bars(rows[:_MOST_RULES], f"Findings shown per 100 {what}, by rule")


def _by_month(figures: Figures) -> list[StackedBar]:
    months: dict[str, dict[str, float]] = {}
    for one in figures["months"]:
        parts = months.setdefault(one["month"], dict.fromkeys(INDICATORS, 0.0))
        for name in INDICATORS:
            parts[name] += one[name]
    return [StackedBar(month, parts) for month, parts in sorted(months.items())]


def _by_department(figures: Figures) -> list[StackedBar]:
    rows = [
        StackedBar(
            f"{one['department'] or 'not known'} ({one['moments']:,})",
            {name: 100 * one[name] / one["moments"] for name in INDICATORS},
        )
        for one in figures["departments"][:_MOST_DEPARTMENTS]
    ]
    return sorted(rows, key=lambda row: -row.total)


def _overlap(figures: Figures) -> Markup:
    pairs = {(one["rule"], one["other"]): int(one["moments"]) for one in figures["overlap"]}
    weight: dict[str, int] = {}
    for (rule, other), count in pairs.items():
        weight[rule] = weight.get(rule, 0) + count
        weight[other] = weight.get(other, 0) + count
    names = sorted(weight, key=lambda name: (-weight[name], name))[:_MOST_IN_GRID]
    return grid(names, pairs, "Rules that spoke at the same moment")


def _missing(figures: Figures) -> list[StackedBar]:
    silenced: dict[str, float] = {}
    for one in figures["missing"]:
        silenced[f"{one['rule']} – {one['missing']}"] = one["moments"]
    ordered = sorted(silenced.items(), key=lambda item: (-item[1], item[0]))
    return [StackedBar(name, {"missing": count}) for name, count in ordered[:_MOST_RULES]]


def _overdue(figures: Figures) -> list[StackedBar]:
    weeks: dict[int, Any] = {one["weeks"]: one["times"] for one in figures["overdue_days"]}
    last = min(max(weeks, default=-1), 52)
    later = sum(times for week, times in weeks.items() if week > last)
    found = [StackedBar(str(week), {"overdue": weeks.get(week, 0)}) for week in range(last + 1)]
    return [*found, StackedBar("later", {"overdue": later})] if later else found
