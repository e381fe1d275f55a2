"""Which step of a dosage is taken on one day, and how many milligrams are that?"""

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from cards.model.dates import later
from cards.model.dosage.amounts import DoseError, Measures
from cards.model.dosage.regimens import regimen_of
from cards.model.dosage.written import Window, WrittenDosage
from cards.model.therapy import DoseRegimen, DoseStep

Step = tuple[WrittenDosage, ...]
Span = tuple[date, date | None]  # from when and, exclusive, until when


@dataclass(frozen=True, slots=True)
class DoseProblem:
    """Why no regimen could be read, in one clause; a sig that was not understood is quoted."""

    why: str


def regimen_of_day(
    dosages: Step, measures: Measures, today: date, begins: date | None = None
) -> DoseRegimen | DoseProblem:
    """The regimen that an order's dosage instructions describe today.

    `begins` is the start of a plan's first step, where its timing does not state one.
    """
    if not dosages:
        return DoseProblem("no dose given")
    try:
        return _regimen(dosages, measures, today, begins or today)
    except DoseError as error:
        return DoseProblem(str(error))


def _regimen(dosages: Step, measures: Measures, today: date, begins: date) -> DoseRegimen:
    steps = _steps(dosages)
    if len(steps) == 1:
        return regimen_of(steps[0], measures)
    current, plan, following = _current_step(steps, measures, today, begins)
    return replace(regimen_of(current, measures), plan=plan, steps=_later_steps(following, measures))


def _steps(dosages: Step) -> list[Step]:
    """Instructions grouped into steps that follow each other; those of a step apply together."""
    if len(dosages) == 1:
        return [dosages]
    numbers = [one.sequence for one in dosages]
    if len(set(numbers)) == 1:
        windows = [one.window for one in dosages]
        if all(window.is_bounded for window in windows) and len(set(windows)) > 1:
            return [(one,) for one in dosages]
        return [dosages]
    if None in numbers:
        raise DoseError("several dosage instructions, some without their place in the sequence")
    order = sorted({number for number in numbers if number is not None})
    return [tuple(one for one in dosages if one.sequence == place) for place in order]


def _current_step(
    steps: list[Step], measures: Measures, today: date, begins: date
) -> tuple[Step, str, list[tuple[date, Step]]]:
    """Today's step, the whole plan in words, and the steps that follow."""
    spans = _spans(steps, begins)
    plan = "; then ".join(_words(step, measures, span) for step, span in zip(steps, spans, strict=True))
    for i, (step, (_, end)) in enumerate(zip(steps, spans, strict=True)):
        if end is None or today < end:
            starts = [start for start, _ in spans[i + 1 :]]
            return step, plan, list(zip(starts, steps[i + 1 :], strict=True))
    raise DoseError(f"every step of the plan has ended: {plan}")


def _later_steps(following: list[tuple[date, Step]], measures: Measures) -> tuple[DoseStep, ...]:
    """The future steps with a readable dose; the others appear only in the plan's words."""
    steps = []
    for begins, step in following:
        try:
            dose = regimen_of(step, measures)
        except DoseError:
            continue
        steps.append(
            DoseStep(begins, dose.mg_per_day, dose.largest_mg_of_a_day or dose.mg_per_day, dose.reading)
        )
    return tuple(steps)


def _spans(steps: list[Step], begins: date) -> list[Span]:
    """When each step is taken.

    Raises DoseError when a step does not say how long and the next one does not say from when.
    """
    windows = [step[0].window for step in steps]
    spans: list[Span] = []
    start = windows[0].start or begins
    for i, window in enumerate(windows):
        start = window.start or start
        end = _end(start, window)
        following = windows[i + 1].start if i + 1 < len(windows) else None
        if end is None and i + 1 < len(windows) and following is None:
            raise DoseError("several dosage instructions in sequence, not said when each one ends")
        spans.append((start, end if following is None or (end and end < following) else following))
        start = spans[-1][1] or start
    return spans


def _end(start: date, window: Window) -> date | None:
    if window.end is not None:
        return later(window.end, Fraction(1))
    return later(start, window.days) if window.days is not None else None


def _words(step: Step, measures: Measures, span: Span) -> str:
    start, end = span
    until = f" for {(end - start).days} days" if end else ""
    try:
        return f"{regimen_of(step, measures).reading}{until}"
    except DoseError as error:
        return f"not readable ({error}){until}"
