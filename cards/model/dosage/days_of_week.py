"""On how many days of a week a dose is taken, and how much on the day that has the most."""

from collections.abc import Iterable
from fractions import Fraction
from math import ceil

from cards.model.dosage.instructions import Instruction
from cards.model.dosage.written import DAYS, Rhythm


def largest_of_a_day(together: Iterable[Instruction]) -> Fraction:
    """The most milligrams that instructions which apply together bring on one day."""
    read = list(together)
    if len(read) == 1:
        return _on_one_day(read[0])
    if not any(one.rhythm.weekdays for one in read):  # every day is like every other
        return Fraction(sum(map(_on_one_day, read)))
    return max(
        Fraction(sum(_on_one_day(one) for one in read if day in (one.rhythm.weekdays or DAYS)))
        for day in DAYS
    )


def _on_one_day(one: Instruction) -> Fraction:
    """The milligrams of a day on which it is taken.

    Without weekdays, doses that do not divide evenly over the days may fall on one: three in two days
    may be two on one of them.
    """
    if one.is_whole_day:
        return one.taken.mg.high
    if one.rhythm.weekdays:
        return one.taken.mg.high * one.rhythm.per_day * len(DAYS) / len(one.rhythm.weekdays)
    most = one.taken.mg.high * ceil(one.rhythm.per_day)
    # A maximum applies to a day only where the drug is taken daily: 700 mg a week does not limit a day.
    return most if one.most is None or one.rhythm.per_day < 1 else min(most, one.most)


def days_a_week(rhythms: Iterable[Rhythm]) -> float | None:
    """On how many days of a week the drug is taken on average; None for every day."""
    named: set[str] = set()
    others = Fraction(0)
    for rhythm in rhythms:
        if rhythm.weekdays:
            named |= rhythm.weekdays
        else:
            if rhythm.per_day >= 1:
                return None
            others += rhythm.per_day * len(DAYS)
    days = len(named) + others
    return float(days) if days < len(DAYS) else None
