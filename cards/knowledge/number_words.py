"""How a sentence prints a number: as digits, or in the English words that its text asks for."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from cards.wording import number, rounded, titled

_PARTS = MappingProxyType({2: "half", 3: "third", 4: "quarter", 5: "fifth", 10: "tenth"})
_COUNTS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_TIMES: Mapping[float, str] = MappingProxyType({1: "once", 2: "twice"})
_ORDINALS = ("", "first", "second", "third", "fourth", "fifth", "sixth")
_INTERVALS = MappingProxyType(
    {
        1: "daily",
        7: "weekly",
        14: "every 2 weeks",
        15: "twice monthly",
        28: "every 4 weeks",
        31: "monthly",
        61: "every 2 months",
        92: "every 3 months",
    }
)


def share(value: float) -> str:
    """A share in words where it has a short name, else in per cent.

    >>> share(0.25), share(1 / 3), share(0.5), share(0.4)
    ('one quarter', 'one third', 'half', '40 %')
    """
    part = _part(value)
    return f"{percent(value)} %" if part is None else "half" if part == "half" else f"one {part}"


def a_share(value: float) -> str:
    """A share with an article.

    >>> a_share(0.1), a_share(0.5), a_share(0.4)
    ('a tenth', 'half', '40 %')
    """
    return share(value).replace("one ", "a ")


def ratio(value: float) -> str:
    """A share as a fraction where it has a short name, for summaries.

    >>> ratio(0.25), ratio(0.4)
    ('1/4', '40 %')
    """
    part = _part(value)
    denominators = {name: denominator for denominator, name in _PARTS.items()}
    return f"{percent(value)} %" if part is None else f"1/{denominators[part]}"


def percent(value: float) -> str:
    """A share in per cent, without the sign.

    >>> percent(0.25), percent(1 / 3)
    ('25', '33')
    """
    return number(100 * value, 0)


def interval(days: float) -> str:
    """How often, for an interval in days.

    >>> interval(7), interval(92), interval(10)
    ('weekly', 'every 3 months', 'every 10 days')
    """
    return _INTERVALS.get(int(days)) or f"every {number(days)} days"


def weeks(days: float) -> str:
    """Days as weeks.

    >>> weeks(28), weeks(10)
    ('4', '1.4')
    """
    return number(days / 7, 1)


def count(value: float) -> str:
    """A small whole number as a word.

    >>> count(3), count(12), count(3.5)
    ('three', '12', '3.5')
    """
    return _COUNTS[int(value)] if value in range(len(_COUNTS)) else number(value)


def ordinal(value: float) -> str:
    """A place in a row.

    >>> ordinal(2), ordinal(12)
    ('second', '12th')
    """
    return _ORDINALS[int(value)] if value in range(1, len(_ORDINALS)) else f"{number(value)}th"


def times(value: float) -> str:
    """How often.

    >>> times(1), times(2), times(3)
    ('once', 'twice', '3 times')
    """
    return _TIMES.get(value) or f"{number(value)} times"


def decimal(value: float) -> str:
    """A number with one decimal, as laboratories write limits.

    >>> decimal(2)
    '2.0'
    """
    return f"{value:.1f}"


def _part(value: float) -> str | None:
    """The name of a half, a third and the like; a cell of 0.33 is a third."""
    named = (name for parts, name in _PARTS.items() if rounded(1 / parts, 2) == rounded(value, 2))
    return next(named, None)


HOW: Mapping[str, Callable[[float], str]] = MappingProxyType(
    {
        "": number,
        "share": share,
        "Share": lambda value: titled(share(value)),
        "a share": a_share,
        "ratio": ratio,
        "interval": interval,
        "weeks": weeks,
        "count": count,
        "ordinal": ordinal,
        "times": times,
        "Times": lambda value: titled(times(value)),
        "decimal": decimal,
    }
)
