"""From when to when does one medication record show its drug to be taken, held or to come?"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import IntEnum, auto

from cards.model.therapy import DoseRegimen, DoseStep, DrugRecord, TherapyState

EVER = date.min  # the start of a span whose first day is not recorded
_DAY = timedelta(days=1)


class SpanUse(IntEnum):
    """What a record says of a span of days; of several records the first of these counts."""

    TAKEN = auto()
    HELD = auto()
    POSSIBLY_TAKEN = auto()
    ENDING = auto()  # stopped or put on hold on a day of this span that is not recorded


@dataclass(frozen=True, slots=True)
class RecordSpan:
    """Days of which one record says the same; its regimen is the one of these days."""

    record: DrugRecord
    use: SpanUse
    begins: date  # EVER where it is not recorded
    ends: date | None = None  # the last day; None: it goes on

    def covers(self, day: date) -> bool:
        """Whether the day is one of the span's."""
        return self.begins <= day and (self.ends is None or day <= self.ends)


def spans_of(record: DrugRecord, today: date) -> tuple[RecordSpan, ...]:
    """The spans of one record up to today, oldest first; none of a plan, or of a day that lies ahead."""
    if record.state is TherapyState.PLANNED:
        return ()
    begins = record.started_on.first if record.started_on else EVER
    return tuple(
        step
        for use, first, last in _uses(record, begins, today)
        if first <= today and (last is None or first <= last)
        for step in _steps(RecordSpan(record, use, first, last))
    )


_Use = tuple[SpanUse, date, date | None]


def _uses(record: DrugRecord, begins: date, today: date) -> Iterator[_Use]:
    shown, ended = record.shown_until, record.ended_on.last if record.ended_on else None
    if record.state is TherapyState.PAST and ended is not None:
        yield SpanUse.TAKEN, begins, min(ended, today)
    elif record.state in (TherapyState.PAST, TherapyState.HELD):
        yield from _until_unrecorded(record, begins, today)
    elif record.state is TherapyState.POSSIBLY_TAKEN and shown is None:
        yield SpanUse.POSSIBLY_TAKEN, begins, ended
    elif shown is None or shown >= today:
        yield SpanUse.TAKEN, begins, ended
    else:
        yield SpanUse.TAKEN, begins, shown
        yield SpanUse.POSSIBLY_TAKEN, max(begins, shown + _DAY), ended


def _until_unrecorded(record: DrugRecord, begins: date, today: date) -> Iterator[_Use]:
    """Taken up to the last evidence of it; it ended between that day and the last one that is possible."""
    shown = record.shown_until or _shown(record, begins)
    latest = min(record.ended_by or today, today)
    if shown != EVER or record.state is TherapyState.PAST:
        yield SpanUse.TAKEN, begins, min(shown, today)
    if latest > shown:
        after = SpanUse.ENDING if is_stop(record) else SpanUse.POSSIBLY_TAKEN
        yield after, max(begins, shown + _DAY), latest
    if record.state is TherapyState.HELD:
        yield SpanUse.HELD, max(begins, latest + _DAY) if latest < today else today, None


def end_of(record: DrugRecord, today: date) -> tuple[date, date] | None:
    """The days between which a record that is over, or on hold, was last taken; None where the drug is in use."""
    if record.state not in (TherapyState.PAST, TherapyState.HELD):
        return None
    if record.ended_on is not None:
        return min(record.ended_on.first, today), min(record.ended_on.last, today)
    shown = min(record.shown_until or _shown(record, EVER), today)
    if not is_stop(record):
        return shown, shown
    return shown, max(shown, min(record.ended_by or today, today))


def _shown(record: DrugRecord, begins: date) -> date:
    """The last day that a record without an own one shows: a supply says nothing after somebody stopped the drug."""
    days = (record.started_on,) if is_stop(record) else (record.supplied_until, record.started_on)
    return next((day.last for day in days if day), begins)


def is_stop(record: DrugRecord) -> bool:
    """Whether, where it is over or on hold, somebody stopped the drug: not only that a supply came to its end."""
    return record.record_ref.partition("/")[0] not in ("MedicationDispense", "MedicationAdministration")


def _steps(span: RecordSpan) -> Iterator[RecordSpan]:
    """The span cut at the steps of its plan, each part with the dose of its days."""
    regimen = span.record.regimen
    if regimen is None or regimen.step_begins is None:
        yield span
        return
    steps = [*regimen.earlier_steps, _present(regimen, regimen.step_begins), *regimen.steps]
    for i, step in enumerate(steps):
        first = span.begins if i == 0 else max(span.begins, step.begins)
        last = steps[i + 1].begins - _DAY if i + 1 < len(steps) else None
        ends = min([day for day in (last, span.ends) if day is not None], default=None)
        if ends is None or first <= ends:
            yield replace(span, record=_with_dose(span.record, regimen, step), begins=first, ends=ends)


def _present(regimen: DoseRegimen, begins: date) -> DoseStep:
    return DoseStep(
        begins, regimen.mg_per_day, regimen.largest_mg_of_a_day or regimen.mg_per_day, regimen.reading
    )


def _with_dose(record: DrugRecord, regimen: DoseRegimen, step: DoseStep) -> DrugRecord:
    if step.begins == regimen.step_begins:
        return record
    largest = step.largest_mg_of_a_day if step.largest_mg_of_a_day > step.mg_per_day else None
    return replace(record, regimen=DoseRegimen(step.mg_per_day, step.reading, largest_mg_of_a_day=largest))
