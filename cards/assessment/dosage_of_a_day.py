"""Which step of a dosage is taken on one day, and how many milligrams are that?"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

from cards.model.dates import later
from cards.model.dosage.amounts import DoseError, Measures
from cards.model.dosage.regimens import regimen_of
from cards.model.dosage.written import Window, WrittenDosage
from cards.model.therapy import DoseRegimen, DoseStep

Step = tuple[WrittenDosage, ...]
RecordSpan = tuple[date, date | None]  # from when and, exclusive, until when


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
    spans = _spans(steps, begins)
    plan = "; then ".join(_words(step, measures, span) for step, span in zip(steps, spans, strict=True))
    for i, (step, (start, end)) in enumerate(zip(steps, spans, strict=True)):
        if end is None or today < end:
            days = [first for first, _ in spans]
            return replace(
                regimen_of(step, measures),
                plan=plan,
                steps=_other_steps(days[i + 1 :], steps[i + 1 :], measures),
                earlier_steps=_other_steps(days[:i], steps[:i], measures),
                step_begins=start,
            )
    return _ended_plan(steps, spans, plan, measures)


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


def _ended_plan(steps: list[Step], spans: list[RecordSpan], plan: str, measures: Measures) -> DoseRegimen:
    """The last step of a plan that is over, with the day on which it ended."""
    start, end = spans[-1]
    days = [first for first, _ in spans]
    return replace(
        regimen_of(steps[-1], measures),
        plan=plan,
        earlier_steps=_other_steps(days[:-1], steps[:-1], measures),
        step_begins=start,
        plan_ended=None if end is None else end - timedelta(days=1),
    )


def _other_steps(days: list[date], others: list[Step], measures: Measures) -> tuple[DoseStep, ...]:
    """The steps of other days with a readable dose; the rest appear only in the plan's words."""
    steps = []
    for begins, step in zip(days, others, strict=True):
        try:
            dose = regimen_of(step, measures)
        except DoseError:
            continue
        steps.append(
            DoseStep(begins, dose.mg_per_day, dose.largest_mg_of_a_day or dose.mg_per_day, dose.reading)
        )
    return tuple(steps)


def _spans(steps: list[Step], begins: date) -> list[RecordSpan]:
    """When each step is taken.

    Raises DoseError when a step does not say how long and the next one does not say from when.
    """
    windows = [step[0].window for step in steps]
    spans: list[RecordSpan] = []
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


def _words(step: Step, measures: Measures, span: RecordSpan) -> str:
    start, end = span
    until = f" for {(end - start).days} days" if end else ""
    try:
        return f"{regimen_of(step, measures).reading}{until}"
    except DoseError as error:
        return f"not readable ({error}){until}"
