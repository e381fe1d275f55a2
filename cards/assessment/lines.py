"""A line in time: what all records of one drug come to, as stretches that follow each other."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from cards.assessment.current_doses import doses_of, unreplaced
from cards.assessment.record_spans import EVER, RecordSpan, SpanUse, spans_of
from cards.model.dates import ClinicalDate, sort_key, whole_day
from cards.model.policy import Policy
from cards.model.therapy import DoseRegimen, DrugRecord, TherapyState
from cards.wording import number

_DAY = timedelta(days=1)


class Use(StrEnum):
    """How a drug is used during a stretch."""

    TAKEN = "taken"
    POSSIBLY_TAKEN = "possibly taken"
    HELD = "on hold"
    TO_COME = "to come"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days on which one drug is used in one way."""

    use: Use
    begins_on: ClinicalDate | None  # None: not recorded
    ends_on: date | None = None  # its last day, at the earliest; None: it goes on
    ends_by: date | None = None  # its last day at the latest, where the end is not recorded
    doses: tuple[DoseRegimen, ...] = ()  # each may be the whole, largest first; empty: not readable
    record_refs: tuple[str, ...] = ()  # of the records that say so

    @property
    def mg_words(self) -> str:
        """The doses in words: "225 or 150 or 75 mg", "100 mg, up to 700 mg a day"."""
        if not self.doses:
            return "dose not known"
        words = " or ".join(number(dose.mg_per_day, 1) for dose in self.doses)
        largest = max((dose.largest_mg_of_a_day or 0.0 for dose in self.doses), default=0.0)
        return f"{words} mg, up to {number(largest, 1)} mg a day" if largest else f"{words} mg"

    def __str__(self) -> str:
        begins = str(self.begins_on) if self.begins_on else "not recorded"
        if self.ends_by is not None:
            earliest = "not recorded" if self.ends_on in (None, EVER) else str(self.ends_on)
            ends = f"between {earliest} and {self.ends_by}"
        elif self.ends_on is not None:
            ends = str(self.ends_on)
        else:
            ends = "open" if self.use is Use.TO_COME else "today"
        return f"{begins} to {ends}: {self.use} {self.mg_words}"


_USE = {
    SpanUse.TAKEN: Use.TAKEN,
    SpanUse.HELD: Use.HELD,
    SpanUse.POSSIBLY_TAKEN: Use.POSSIBLY_TAKEN,
}


def line_of(records: Iterable[DrugRecord], today: date, policy: Policy) -> tuple[Stretch, ...]:
    """The stretches of one drug's records, oldest first: past, present and to come.

    On each day the surest records count, and of several orders those that no newer one replaces.
    """
    records = tuple(sorted(records, key=lambda one: sort_key(one.started_on), reverse=True))
    return (
        *_up_to_today(records, today, policy),
        *sorted(_to_come(records, today, policy), key=_first_day),
    )


@dataclass(frozen=True, slots=True)
class _Piece:
    """Days on which the same spans count."""

    begins: date
    ends: date | None
    use: SpanUse
    doses: tuple[DoseRegimen, ...]
    starts_on: ClinicalDate | None  # as recorded, where a record begins with the piece
    refs: tuple[str, ...]
    ends_by: date | None  # the last day of what the records say of it, on whatever day the next piece begins


def _up_to_today(newest_first: tuple[DrugRecord, ...], today: date, policy: Policy) -> list[Stretch]:
    spans = [span for record in newest_first for span in _undisturbed(record, newest_first, today)]
    stretches: list[Stretch] = []
    for piece in _merged(_pieces(spans, today, policy)):
        if piece.use is not SpanUse.ENDING:
            begins = None if _is_unrecorded(piece) else piece.starts_on or whole_day(piece.begins)
            stretches.append(Stretch(_USE[piece.use], begins, piece.ends, None, piece.doses, piece.refs))
        elif stretches and piece.ends is not None:
            stretches[-1] = replace(stretches[-1], ends_by=piece.ends_by)
    return stretches


def _is_unrecorded(piece: _Piece) -> bool:
    """Whether its first day is not recorded; that of a hold never is."""
    return piece.begins == EVER or piece.use is SpanUse.HELD


def _undisturbed(
    record: DrugRecord, newest_first: tuple[DrugRecord, ...], today: date
) -> Iterator[RecordSpan]:
    """The record's spans; what is not known of its end is over where a newer record of the drug begins."""
    begins = [one.started_on.first for one in newest_first if one is not record and one.started_on]
    for span in spans_of(record, today):
        after = [day for day in begins if day >= span.begins]
        if span.use is SpanUse.ENDING and after:
            ends = min(*after, *([span.ends + _DAY] if span.ends else [])) - _DAY
            if ends >= span.begins:
                yield replace(span, ends=ends)
        else:
            yield span


def _pieces(spans: list[RecordSpan], today: date, policy: Policy) -> Iterator[_Piece]:
    days = {span.begins for span in spans} | {span.ends + _DAY for span in spans if span.ends is not None}
    marks = sorted(day for day in days if day <= today or day == EVER)
    for i, begins in enumerate(marks):
        day = begins if begins != EVER else today
        counted = _unreplaced([span for span in spans if span.covers(begins)], day, policy)
        if not counted:
            continue
        use = min(span.use for span in counted)
        own = [span for span in counted if span.use is use]
        starts = [one.record.started_on for one in own if one.begins == begins and one.record.started_on]
        yield _Piece(
            begins,
            marks[i + 1] - _DAY if i + 1 < len(marks) else _end(own),
            use,
            _doses(own, counted, day, policy),
            next((start for start in starts if start.first == begins), None),
            tuple(one.record.record_ref for one in own),
            _end(own),
        )


def _unreplaced(counted: list[RecordSpan], day: date, policy: Policy) -> list[RecordSpan]:
    """The spans of records that no newer one which covers the day replaces."""
    records = unreplaced([span.record for span in counted], day, policy)
    return [span for span in counted if any(span.record is one for one in records)]


def _doses(
    own: list[RecordSpan], counted: list[RecordSpan], day: date, policy: Policy
) -> tuple[DoseRegimen, ...]:
    """The doses of the surest records; where they name none, those of what else covers the day."""
    for spans in (own, counted):
        doses = doses_of(tuple(replace(one.record, state=TherapyState.ACTIVE) for one in spans), day, policy)
        if doses.candidates and (doses.is_complete or spans is counted):
            return doses.candidates if doses.is_complete else ()
    return ()


def _end(own: list[RecordSpan]) -> date | None:
    """The last day of what is in force: None, unless every record names one."""
    ends = [span.ends for span in own]
    return None if None in ends else max((day for day in ends if day is not None), default=None)


def _merged(pieces: Iterable[_Piece]) -> list[_Piece]:
    """Pieces that follow each other in the same use, at the same doses, as one."""
    merged: list[_Piece] = []
    for piece in pieces:
        last = merged[-1] if merged else None
        if last is not None and _continues(last, piece):
            refs = tuple(dict.fromkeys((*last.refs, *piece.refs)))
            merged[-1] = replace(last, ends=piece.ends, refs=refs)
        else:
            merged.append(piece)
    return merged


def _continues(last: _Piece, piece: _Piece) -> bool:
    return (
        last.ends is not None
        and last.ends + _DAY == piece.begins
        and last.use is piece.use
        and [_printed(dose) for dose in last.doses] == [_printed(dose) for dose in piece.doses]
    )


def _printed(dose: DoseRegimen) -> tuple[str, str]:
    return number(dose.mg_per_day, 1), number(dose.largest_mg_of_a_day or 0.0, 1)


def _to_come(records: tuple[DrugRecord, ...], today: date, policy: Policy) -> Iterator[Stretch]:
    """Plans and orders that start later, and the steps of a plan that lie ahead."""
    active = [one for one in records if one.state is TherapyState.ACTIVE]
    for record in (
        *unreplaced(active, today, policy),
        *(one for one in records if one.state is TherapyState.PLANNED),
    ):
        steps = record.regimen.steps if record.regimen else ()
        ends = record.ended_on.last if record.ended_on else None
        if record.state is TherapyState.PLANNED and (ends is None or ends >= today):
            doses = (record.regimen,) if record.regimen else ()
            last = steps[0].begins - _DAY if steps else ends
            yield Stretch(Use.TO_COME, record.planned_for, last, None, doses, (record.record_ref,))
        for i, step in enumerate(steps):
            largest = step.largest_mg_of_a_day if step.largest_mg_of_a_day > step.mg_per_day else None
            dose = DoseRegimen(step.mg_per_day, step.reading, largest_mg_of_a_day=largest)
            last = steps[i + 1].begins - _DAY if i + 1 < len(steps) else ends
            yield Stretch(Use.TO_COME, whole_day(step.begins), last, None, (dose,), (record.record_ref,))


def _first_day(stretch: Stretch) -> date:
    return stretch.begins_on.first if stretch.begins_on else date.max
