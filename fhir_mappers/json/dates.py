"""FHIR date, dateTime, instant and Period to a ClinicalDate as precise as it was recorded."""

import calendar
import re
from datetime import date, datetime, tzinfo
from typing import Any

from cards.model.dates import ClinicalDate, whole_day
from fhir_mappers.json.fhir_json import object_of, text_of

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_LONGEST_DATE = len("2024-03-09")
_TIME = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2})?(\.\d+)?\s?(Z|z|[+-]\d{2}:?\d{2})?",
)


def clinical_date(value: object, zone: tzinfo) -> ClinicalDate | None:
    """A date as recorded; None if it is not a FHIR date.

    A time without a zone is the site's; an instant falls on the site's calendar day. A partial
    date stays partial.

    >>> from datetime import UTC
    >>> clinical_date("2024-02", UTC)
    ClinicalDate(text='2024-02', first=datetime.date(2024, 2, 1), last=datetime.date(2024, 2, 29), at=None)
    """
    if value is None:
        return None
    text = text_of(value)
    try:
        if len(text) <= _LONGEST_DATE and (match := _DATE.fullmatch(text)):
            return _partial(match)
        if match := _TIME.fullmatch(text):
            return _instant(match, zone)
    except (ValueError, OverflowError):  # 2024-02-31, 25:00, a day beyond the calendar
        return None
    return None


def period(value: object, zone: tzinfo) -> tuple[ClinicalDate | None, ClinicalDate | None]:
    """The start and the end of a Period; neither where the end lies before the start: nobody knows which is wrong."""
    start, end = _start_and_end(value, zone)
    return (None, None) if _is_backwards(start, end) else (start, end)


def ends_before_it_starts(value: object, zone: tzinfo) -> bool:
    """Whether a Period surely ends before it starts."""
    if not isinstance(value, dict) or not value.get("start") or not value.get("end"):
        return False
    return _is_backwards(*_start_and_end(value, zone))


def _start_and_end(value: object, zone: tzinfo) -> tuple[ClinicalDate | None, ClinicalDate | None]:
    given = object_of(value)
    return clinical_date(given.get("start"), zone), clinical_date(given.get("end"), zone)


def _is_backwards(start: ClinicalDate | None, end: ClinicalDate | None) -> bool:
    return start is not None and end is not None and end.last < start.first


def first_date(resource: dict[str, Any], zone: tzinfo, *names: str) -> ClinicalDate | None:
    """The first of the named elements that holds a date; a Period gives its start, else its end.

    A Timing gives its first event.
    """
    for name in names:
        value = resource.get(name)
        if isinstance(value, dict):
            start, end = period(value, zone)
            events = value.get("event")
            event = events[0] if isinstance(events, list) and events else None
            found = start or end or clinical_date(event, zone)
        else:
            found = clinical_date(value, zone)
        if found is not None:
            return found
    return None


def _partial(match: re.Match[str]) -> ClinicalDate:
    year, month, day = (int(part) if part else None for part in match.groups())
    assert year is not None  # noqa: S101 -- the pattern always has a year
    if month is None:
        return ClinicalDate(match[0], date(year, 1, 1), date(year, 12, 31))
    if day is None:
        last = calendar.monthrange(year, month)[1]
        return ClinicalDate(match[0], date(year, month, 1), date(year, month, last))
    return whole_day(date(year, month, day))


def _instant(match: re.Match[str], zone: tzinfo) -> ClinicalDate:
    day, minute, second, fraction, offset = match.groups()
    # Some servers write 24:00:00 for the end of a day; that is refused, being ambiguous.
    stamp = f"{day}T{minute}{second or ':00'}{(fraction or '')[:7]}"
    at = datetime.fromisoformat(stamp + _offset(offset)) if offset else _local(stamp, zone)
    at = at.astimezone(zone)
    return whole_day(at.date(), at)


def _offset(text: str) -> str:
    return "+00:00" if text in "Zz" else text


def _local(stamp: str, zone: tzinfo) -> datetime:
    return datetime.fromisoformat(stamp).replace(tzinfo=zone)


def with_zone(text: str, zone: tzinfo) -> str:
    """A dateTime with a time but no zone, completed by the site's; every other text unchanged.

    >>> from datetime import UTC
    >>> with_zone("2024-03-09T10:00", UTC)
    '2024-03-09T10:00:00+00:00'
    """
    match = _TIME.fullmatch(text)
    is_fhir = match and match[3] and match[0][10] == "T" and (match[5] == "Z" or ":" in (match[5] or ""))
    if match is None or is_fhir:
        return text
    try:
        found = _instant(match, zone).at
    except (ValueError, OverflowError):
        return text
    return found.isoformat() if found else text
