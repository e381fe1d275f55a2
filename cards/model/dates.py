"""A date as precise as it was recorded, and never more."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction

_FURTHEST_EAST = timedelta(hours=14)  # UTC+14: no clock in the world is further ahead than this


@dataclass(frozen=True, slots=True)
class ClinicalDate:
    """A recorded date: the whole span it may mean, and the instant where one was given.

    "2024" spans 2024-01-01 to 2024-12-31; a full date spans one day.
    """

    text: str  # as recorded, cut to the date: "2024", "2024-03", "2024-03-09"
    first: date
    last: date
    at: datetime | None = None  # aware; None when no time was recorded

    def __str__(self) -> str:
        return self.text

    @property
    def is_whole_day(self) -> bool:
        """Whether the calendar day is known."""
        return self.first == self.last

    def days_before(self, day: date) -> int:
        """The least number of days ago that this can have been, counted from `day`; negative if after it."""
        return (day - self.last).days

    def surely_within(self, days: int, before: date) -> bool:
        """Whether every day this may mean lies in the `days` up to and including `before`."""
        return (before - self.last).days >= 0 and (before - self.first).days <= days

    def possibly_within(self, days: int, before: date) -> bool:
        """Whether some day this may mean lies in the `days` up to and including `before`."""
        return self.first <= before and (before - self.last).days <= days


def whole_day(day: date, at: datetime | None = None) -> ClinicalDate:
    """A date known to the day.

    >>> str(whole_day(date(2026, 3, 9)))
    '2026-03-09'
    """
    return ClinicalDate(day.isoformat(), day, day, at)


def sort_key(when: ClinicalDate | None) -> tuple[date, float]:
    """Orders dates oldest first; a missing date comes before all others."""
    if when is None:
        return (date.min, 0.0)
    return (when.last, when.at.timestamp() if when.at else 0.0)


def as_current(when: ClinicalDate | None, as_of: datetime) -> ClinicalDate | None:
    """The date as it counts at `as_of`: tomorrow's date, from a site further east, is today's, its text unchanged.

    A date without a time counts as of this moment, so that it is the newest of its day.

    >>> from datetime import UTC
    >>> as_current(whole_day(date(2026, 3, 10)), datetime(2026, 3, 9, 12, tzinfo=UTC)).first
    datetime.date(2026, 3, 9)
    """
    today = as_of.date()
    if when is None or not when.is_whole_day or when.first <= today:
        return when
    is_tomorrow = when.first == today + timedelta(days=1)
    is_current = is_tomorrow if when.at is None else when.at - as_of <= _FURTHEST_EAST
    return replace(when, first=today, last=today, at=when.at or as_of) if is_current else when


def later(day: date, days: Fraction) -> date:
    """The day that many days after another, cut to the calendar."""
    try:
        return day + timedelta(days=int(days))
    except OverflowError:
        return date.max
