"""What does a stop or a hold say about the other records of the drug?"""

from dataclasses import replace
from datetime import date

from cards.assessment.current_doses import unreplaced
from cards.assessment.record_spans import is_stop
from cards.model.dates import sort_key
from cards.model.policy import Policy
from cards.model.therapy import DrugRecord, TherapyState


def after_stops(records: list[DrugRecord], policy: Policy) -> list[DrugRecord]:
    """The records, where a stop or a hold ends what had been handed out or given before it.

    It was made after the last of these: nobody hands out what is on hold.
    """
    stops = [one for one in records if _is_recorded_stop(one)]
    if not stops:
        return records
    ended = [_ended_by(stops, one) if not is_stop(one) else _begun_after(records, one) for one in records]
    return _without_replaced(ended, policy)


def _without_replaced(records: list[DrugRecord], policy: Policy) -> list[DrugRecord]:
    """The records without orders left open that a newer order replaced which is now on hold."""
    held = [one for one in records if one.state is TherapyState.HELD and is_stop(one)]
    return [
        one
        for one in records
        if one.state is not TherapyState.ACTIVE
        or not is_stop(one)
        or one in unreplaced([*(newer for newer in held if _is_newer(newer, one)), one], date.min, policy)
    ]


def _is_newer(one: DrugRecord, other: DrugRecord) -> bool:
    return sort_key(one.started_on) > sort_key(other.started_on)


def _is_recorded_stop(record: DrugRecord) -> bool:
    return (
        record.state in (TherapyState.PAST, TherapyState.HELD)
        and is_stop(record)
        and (record.ended_on is not None or not record.is_end_assumed)
    )


def _last_possible(stop: DrugRecord) -> date:
    end = stop.ended_on.last if stop.ended_on else stop.ended_by
    return end or date.min


def _ended_by(stops: list[DrugRecord], given: DrugRecord) -> DrugRecord:
    """What was handed out or given, over or on hold with the first stop after it."""
    day = given.started_on
    if day is None or given.state is TherapyState.PLANNED:
        return given
    later = [stop for stop in stops if _last_possible(stop) >= day.last]
    if not later:
        return given
    stop = min(later, key=_last_possible)
    end = min(_last_possible(stop), given.shown_until or date.max)
    shown = min(day.last, end)
    return replace(given, state=TherapyState.PAST, shown_until=shown, ended_by=shown, ended_on=None)


def _begun_after(records: list[DrugRecord], stop: DrugRecord) -> DrugRecord:
    """The stop, with the last day before it on which the drug was handed out or given."""
    if not _is_recorded_stop(stop) or stop.ended_on is not None:
        return stop
    given = [
        one.started_on.last
        for one in records
        if not is_stop(one) and one.started_on and one.started_on.last <= _last_possible(stop)
    ]
    shown = [day for day in (stop.shown_until, *given) if day is not None]
    return replace(stop, shown_until=max(shown, default=None))
