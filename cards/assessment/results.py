"""Which result counts today, and is it surely beyond a limit?"""

from dataclasses import dataclass

from cards.finding import Fact
from cards.model.chart_of_day import ChartOfDay
from cards.model.dates import ClinicalDate
from cards.model.labs import Analyte, LabResult, LabSeries
from cards.model.policy import Policy
from cards.model.tests_ordered import OrderableTest, TestOrder
from cards.wording import listed, number, rounded

_UNITS = {
    "10*9/L": "x 10^9/L",
    "pmol/(8.10*8.{RBCs})": "pmol/8x10^8 RBC",
    "mL/min/{1.73_m2}": "mL/min/1.73 m2",
}

_MOST_NAMED = 3


def analyte_name(analyte: Analyte) -> str:
    """The analyte as a card names it.

    >>> analyte_name(Analyte.ALC)
    'lymphocytes'
    """
    return analyte.card_name


def value_words(result: LabResult, decimals: int = 1) -> str:
    """The result with its name but no unit: "WBC <2", "VZV IgG negative"."""
    if result.value is None:
        value = result.finding.value if result.finding else "reported"
    else:
        value = f"{result.comparator or ''}{number(result.value, decimals)}"
    return f"{analyte_name(result.analyte)} {value}"


def printed_unit(ucum: str) -> str:
    """A unit as a card prints it.

    >>> printed_unit("10*9/L")
    'x 10^9/L'
    """
    return _UNITS.get(ucum, ucum)


def unit_words(result: LabResult) -> str:
    """The unit of a result as a card prints it."""
    return printed_unit(result.unit)


def result_fact(result: LabResult, note: str = "", decimals: int = 1) -> Fact:
    """The result with unit, date and record, and a note beside it."""
    parts = [f"{value_words(result, decimals)} {unit_words(result)}".rstrip()]
    parts += ["preliminary"] if result.is_preliminary else []
    parts += [] if result.taken_on else ["no date recorded"]
    parts += [note] if note else []
    return Fact(_capital(", ".join(parts)), result.taken_on, result.record_ref)


def _capital(text: str) -> str:
    return text if text.startswith("eGFR") else text[:1].upper() + text[1:]


def newest_within(chart: ChartOfDay, analyte: Analyte, days: int) -> LabResult | None:
    """The newest result of the last `days`; an undated one never counts."""
    return chart.series(analyte).within(days, chart.today).latest


def lowest_undated(chart: ChartOfDay, analyte: Analyte, days: int) -> LabResult | None:
    """The lowest number that may be from the last `days`, though its date is missing or lies ahead."""
    found = [(one.at_most, one) for one in undated(chart, analyte, days) if one.at_most is not None]
    return min(found, key=lambda pair: pair[0], default=(None, None))[1]


def highest_undated(chart: ChartOfDay, analyte: Analyte, days: int) -> LabResult | None:
    """The highest such number."""
    found = [(one.at_least, one) for one in undated(chart, analyte, days) if one.at_least is not None]
    return max(found, key=lambda pair: pair[0], default=(None, None))[1]


def undated_facts(chart: ChartOfDay, days: int, *analytes: Analyte, note: str = "") -> tuple[Fact, ...]:
    """Every result of the analytes that may be from the last `days`, though its date is missing or lies ahead."""
    return tuple(undated_fact(one, note) for analyte in analytes for one in undated(chart, analyte, days))


def undated_words(chart: ChartOfDay, days: int, *analytes: Analyte) -> str:
    """The same results for a sentence that says what is missing: "; WBC 0.4 x 10^9/L without a usable date ..."."""
    found = [one for analyte in analytes for one in undated(chart, analyte, days)]
    if not found:
        return ""
    words = [f"{value_words(one)} {unit_words(one)}".rstrip() for one in found[:_MOST_NAMED]]
    words += [f"{len(found) - _MOST_NAMED} more"] if len(found) > _MOST_NAMED else []
    return f"; {listed(words)} without a usable date {'is' if len(found) == 1 else 'are'} not counted"


def undated_fact(result: LabResult, note: str = "", decimals: int = 1) -> Fact:
    """A result without a usable date, with the recorded day where that lies ahead."""
    ahead = ["dated ahead"] if result.taken_on else []
    return result_fact(result, ", ".join([*ahead, *([note] if note else [])]), decimals)


def undated(chart: ChartOfDay, analyte: Analyte, days: int) -> LabSeries:
    """The results that may be from the last `days`, though their date is missing or lies ahead."""
    return chart.series(analyte).without_usable_date(days, chart.today)


def is_answered(chart: ChartOfDay, analyte: Analyte, days: int) -> bool:
    """Whether a final result is surely from the last `days`: an undated result then asks for less."""
    return any(
        not one.is_preliminary and one.taken_on is not None and one.taken_on.surely_within(days, chart.today)
        for one in chart.series(analyte)
    )


@dataclass(frozen=True, slots=True)
class Dated:
    """A result with the day it was taken."""

    result: LabResult
    day: ClinicalDate


def newest_dated(chart: ChartOfDay, *analytes: Analyte) -> Dated | None:
    """The newest dated result of any of the analytes, leaving out future dates; a month or year is its first day."""
    dated = [
        Dated(result, result.taken_on)
        for analyte in analytes
        for result in chart.series(analyte)
        if result.taken_on is not None and result.taken_on.first <= chart.today
    ]
    return max(dated, key=lambda one: (one.day.first, one.day.last), default=None)


def is_surely_below(result: LabResult | None, limit: float, decimals: int = 1) -> bool:
    """Whether every value the result may mean is below the limit, as printed."""
    highest = result.at_most if result else None
    if result is None or highest is None:
        return False
    return highest <= limit if result.comparator == "<" else rounded(highest, decimals) < limit


def is_surely_above(result: LabResult | None, limit: float) -> bool:
    """Whether every value the result may mean is above the limit, as printed."""
    lowest = result.at_least if result else None
    if result is None or lowest is None:
        return False
    return lowest >= limit if result.comparator == ">" else rounded(lowest, 1) > limit


def is_on_order(chart: ChartOfDay, policy: Policy, *tests: OrderableTest) -> bool:
    """Whether one of the tests is in the draft, or was requested so recently that it may still be done."""
    return any(
        order.tests & set(tests) and is_current_order(order, chart, policy) for order in chart.test_orders
    )


def is_current_order(order: TestOrder, chart: ChartOfDay, policy: Policy) -> bool:
    """Whether an order is in the draft, undated, or so recent that it may still be done."""
    return (
        order.is_draft
        or order.ordered_on is None
        or order.ordered_on.possibly_within(policy.test_order_days, chart.today)
    )
