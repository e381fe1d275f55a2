"""The therapies of a timeline: stretches of dose with what is sure of them, drafts, and reactions."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from cards.assessment.case import Case
from cards.assessment.earlier_courses import DayPlace, began_on, place_of
from cards.assessment.lines import Stretch, Use
from cards.model.conditions import Problem
from cards.model.therapy import THIOPURINES, Drug, DrugOrder, OrderIntent
from cards.wording import number
from cds_service.workbench.timeline_shapes import HEADROOM, PANEL, DoseBar, Mark, TimeScale

_KINDS = {
    Use.TAKEN: "taken",
    Use.POSSIBLY_TAKEN: "possible",
    Use.HELD: "held",
    Use.TO_COME: "to-come",
}
_REACTIONS = {
    Problem.PANCREATITIS: "pancreatitis",
    Problem.DRUG_INDUCED_PANCREATITIS: "drug-induced pancreatitis",
    Problem.DRUG_INDUCED_LIVER_DISEASE: "drug-induced liver disease",
    Problem.ADVERSE_DRUG_EFFECT: "adverse effect of an immunosuppressive drug",
    Problem.VENO_OCCLUSIVE_DISEASE: "veno-occlusive disease",
    Problem.CYTOPENIA: "cytopenia",
}
_PLACES = {
    DayPlace.ON_DRUG: "while a thiopurine was taken",
    DayPlace.SOON_AFTER: "soon after a thiopurine was stopped",
    DayPlace.UNCLEAR: "cannot be placed on the therapy",
    DayPlace.ELSEWHERE: "not on a thiopurine",
}
_LEAST_WIDTH = 3.0
_UNKNOWN_HEIGHT = 8.0  # of a dose that could not be read


def line_days(case: Case) -> list[date]:
    """The recorded days of all stretches."""
    stretches = [stretch for drug in THIOPURINES for stretch in case.line(drug)]
    begins = [one.begins_on.first for one in stretches if one.begins_on]
    return [*begins, *(one.ends_on for one in stretches if one.ends_on and one.ends_on > date.min)]


def dose_bars(case: Case, scale: TimeScale, top: float) -> tuple[float, tuple[DoseBar, ...]]:
    """The highest dose in mg/day, and the bars of every thiopurine, drafts last; no bars without a therapy."""
    lines = [
        (drug, stretch, before)
        for drug in THIOPURINES
        for line in [case.line(drug)]
        for stretch, before in zip(line, (None, *line), strict=False)
    ]
    drafts = [
        (_draft_words(one), one.regimen.mg_per_day if one.regimen else 0.0)
        for one in case.chart.draft_orders
        if one.drug in THIOPURINES and one.intent is OrderIntent.TAKE
    ]
    doses = [_largest(stretch) for _, stretch, _ in lines]
    highest = max([*doses, *(mg for _, mg in drafts)], default=0.0)

    def bar(first: date, last: date, mg: float, words: str, kind: str, days: str) -> DoseBar:
        height = round(PANEL * mg / (highest * HEADROOM), 1) if mg else _UNKNOWN_HEIGHT
        x = scale.x(first)
        past_end = last + timedelta(days=1) if last < scale.today else last  # its last day is one of its days
        width = round(max(scale.x(past_end) - x, _LEAST_WIDTH), 1)
        return DoseBar(x, round(top + PANEL - height, 1), width, height, words, kind, days)

    bars = [
        bar(first, last, _largest(stretch), f"{drug} {stretch.use} {stretch.mg_words}{refs}", kind, days)
        for drug, stretch, before in lines
        for first, last, kind, days in _spans(stretch, before, scale)
        for refs in [f" ({', '.join(stretch.record_refs)})" if stretch.record_refs else ""]
    ]
    bars += [
        bar(case.chart.today, scale.last, mg, words, "draft", f"{case.chart.today}") for words, mg in drafts
    ]
    return highest, tuple(bars)


def _draft_words(order: DrugOrder) -> str:
    if order.regimen is None:
        return f"{order.drug} ordered, dose not readable"
    return f"{order.drug} {number(order.regimen.mg_per_day, 1)} mg/day ordered"


def _largest(stretch: Stretch) -> float:
    return max((dose.mg_per_day for dose in stretch.doses), default=0.0)


def _spans(
    stretch: Stretch, before: Stretch | None, scale: TimeScale
) -> Iterator[tuple[date, date, str, str]]:
    """First and last day drawn, kind and days in words; a last day that is not recorded is a bar of its own."""
    days = str(stretch).partition(": ")[0]
    unrecorded = scale.today if stretch.use is Use.TO_COME else scale.first
    first = stretch.begins_on.first if stretch.begins_on else unrecorded
    open_end = scale.last if stretch.use is Use.TO_COME else scale.today
    if stretch.use is Use.HELD:  # its first day is never recorded: after the last possible dose
        first = (before and (before.ends_by or before.ends_on)) or scale.today
    if stretch.ends_by is None:
        last = open_end if stretch.ends_on is None else stretch.ends_on
        if last >= scale.first:
            yield first, last, _KINDS[stretch.use], days
        return
    sure = max(stretch.ends_on or first, first)
    if sure >= scale.first:
        yield first, sure, _KINDS[stretch.use], days
    if stretch.ends_by > max(sure, scale.first):
        yield sure, stretch.ends_by, "ending", f"ended between {sure} and {stretch.ends_by}"


def reactions(case: Case, scale: TimeScale, top: float) -> tuple[Mark, ...]:
    """What happened that a thiopurine may have caused, and where on the line it lies."""
    return tuple(_reactions(case, scale, top))


def _reactions(case: Case, scale: TimeScale, top: float) -> Iterator[Mark]:
    for record in case.chart.conditions:
        names: Sequence[str] = [name for problem, name in _REACTIONS.items() if problem in record.problems]
        when = began_on(record)
        if not names or when is None or when.last < scale.first:
            continue
        blamed = [str(Drug(drug)) for drug in sorted(record.blames)]
        place = (
            f"named as caused by {', '.join(blamed)}"
            if blamed
            else _PLACES[place_of(when, case.chart, case.policy)]
        )
        yield Mark(scale.x(when.last), top + 4, f"{names[0]}: {place}", str(when))
