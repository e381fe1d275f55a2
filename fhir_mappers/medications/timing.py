"""How often a dose is taken, and when a step of a plan begins and ends: FHIR Timing, DSTU2 to R5."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import tzinfo
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

from cards.model.dosage.amounts import spell
from cards.model.dosage.written import DAYS, Rhythm, Window
from fhir_mappers.json.dates import period
from fhir_mappers.json.fhir_json import Json, code_of, codings, number_of, object_of, text_of, texts
from fhir_mappers.medications.sig.text import parts_of_day, rhythm_in

# FHIR R4B value set timing-abbreviation (https://hl7.org/fhir/R4B/valueset-timing-abbreviation.html).
_BY_CODE: Mapping[str, Rhythm] = MappingProxyType(
    {
        "BID": Rhythm(Fraction(2), "twice a day"),
        "TID": Rhythm(Fraction(3), "3 times a day"),
        "QID": Rhythm(Fraction(4), "4 times a day"),
        "AM": Rhythm(Fraction(1), "in the morning", times=frozenset({"morning"})),
        "PM": Rhythm(Fraction(1), "in the afternoon", times=frozenset({"afternoon"})),
        "QD": Rhythm(Fraction(1), "once a day"),
        "QOD": Rhythm(Fraction(1, 2), "every other day"),
        "Q1H": Rhythm(Fraction(24), "every hour"),
        "Q2H": Rhythm(Fraction(12), "every 2 hours"),
        "Q3H": Rhythm(Fraction(8), "every 3 hours"),
        "Q4H": Rhythm(Fraction(6), "every 4 hours"),
        "Q6H": Rhythm(Fraction(4), "every 6 hours"),
        "Q8H": Rhythm(Fraction(3), "every 8 hours"),
        "BED": Rhythm(Fraction(1), "at bedtime", times=frozenset({"night"})),
        "WK": Rhythm(Fraction(1, 7), "once a week"),
    }
)
# FHIR R4B value set event-timing (https://hl7.org/fhir/R4B/valueset-event-timing.html): the events that
# happen once a day. C, AC and PC (at, before, after a meal) do not say how many meals.
_ONCE_A_DAY = MappingProxyType(
    {
        "MORN": "morning", "MORN.early": "morning", "MORN.late": "morning", "WAKE": "morning",
        "CM": "morning", "ACM": "morning", "PCM": "morning",
        "NOON": "afternoon", "AFT": "afternoon", "AFT.early": "afternoon", "AFT.late": "afternoon",
        "CD": "afternoon", "ACD": "afternoon", "PCD": "afternoon",
        "EVE": "evening", "EVE.early": "evening", "EVE.late": "evening",
        "CV": "evening", "ACV": "evening", "PCV": "evening",
        "NIGHT": "night", "HS": "night", "PHS": "night",
    }
)  # fmt: skip
_DAYS_IN = MappingProxyType(
    {
        "min": Fraction(1, 24 * 60),
        "h": Fraction(1, 24),
        "d": Fraction(1),
        "wk": Fraction(7),
    }
)
_UNIT_WORDS = MappingProxyType({"min": "minutes", "h": "hours", "d": "days", "wk": "weeks"})
_NIGHT_FROM, _MORNING_FROM, _AFTERNOON_FROM, _EVENING_FROM = "21", "04", "12", "17"


class TimingError(ValueError):
    """The timing does not give one number of doses a day; the message says why."""


class UnknownTimingError(TimingError):
    """The timing uses unknown words or codes: the sig may still state it."""


def rhythm(timing: object) -> Rhythm | None:
    """The rhythm of a Timing; None when it states none.

    Raises TimingError for one that contradicts itself or gives no daily number.
    """
    given = object_of(timing)
    repeated = _repeated(object_of(given.get("repeat")))
    coded = _coded(given.get("code"))
    if repeated is None and coded is None:
        if isinstance(given.get("event"), list) and given["event"]:
            raise TimingError("the timing lists single dates")
        return None
    if repeated and coded and not _agree(repeated, coded):
        raise TimingError(f'the timing says both "{coded.words}" and "{repeated.words}"')
    return repeated or coded


def _agree(one: Rhythm, other: Rhythm) -> bool:
    return other.per_day in (one.per_day, one.low_per_day)


def _coded(concept: object) -> Rhythm | None:
    """The rhythm of timing.code: by HL7's abbreviations, else by its words.

    Raises TimingError when its codings or words name different rhythms, or when it is not understood.
    """
    found = [
        _BY_CODE[coding.code] for coding in codings(concept) if _is_abbreviation(coding.system, coding.code)
    ]
    said = texts(concept)
    found += [read for text in said if (read := rhythm_in(text))]
    if len({one.per_day for one in found}) > 1:
        raise TimingError(f"the timing code names different rhythms: {_quoted('; '.join(said))}")
    if not found and (said or codings(concept)):
        words = said[0] if said else codings(concept)[0].code
        raise UnknownTimingError(f"the timing {_quoted(words)} was not understood")
    return found[0] if found else None


def _is_abbreviation(system: str, code: str) -> bool:
    return code in _BY_CODE and (not system or system.endswith(("GTSAbbreviation", "timing-abbreviation")))


def _repeated(repeat: Json) -> Rhythm | None:
    """The rhythm of timing.repeat, None when it names neither frequency, period, days nor times."""
    base = _frequency(repeat)
    times = _times(repeat)
    days = _weekdays(repeat)
    if base is None and times is None and days is None:
        return None
    if base is None:
        base = times or Rhythm(Fraction(1), "once a day")
    elif times and base.per_day >= 1 and base.per_day != times.per_day:
        raise TimingError(f'the timing says both "{base.words}" and {spell(times.per_day)} times of the day')
    elif times:
        base = replace(base, times=times.times)
    return base if days is None else _on_weekdays(base, days)


def _on_weekdays(base: Rhythm, days: frozenset[str]) -> Rhythm:
    """A rhythm kept on some weekdays only."""
    share = Fraction(len(days), len(DAYS))
    words = f"on {len(days)} day{'s' if len(days) > 1 else ''} a week"
    if base.per_day < 1:
        if base.per_day != share:
            raise TimingError(f'the timing says both "{base.words}" and "{words}"')
        return replace(base, words=words, weekdays=days)
    low = base.low_per_day * share if base.low_per_day is not None else None
    return Rhythm(base.per_day * share, f"{base.words} {words}", low, base.times, days)


def _frequency(repeat: Json) -> Rhythm | None:
    """Frequency per period, with their ranges."""
    frequency, most = _positive(repeat, "frequency"), _positive(repeat, "frequencyMax")
    shortest, longest = _positive(repeat, "period"), _positive(repeat, "periodMax")
    unit = text_of(repeat.get("periodUnit")) or text_of(repeat.get("periodUnits"))
    if frequency is None and most is None and shortest is None:
        return None
    # Only a frequency, or only events of the day with their period, is common and means "a day".
    if shortest is None and not unit:
        raise TimingError("the timing has a frequency but no period")
    if unit not in _DAYS_IN:
        raise TimingError(f"the timing has the period unit {_quoted(unit)}")
    if frequency is None and most is None and _times(repeat) and shortest in (None, 1) and unit == "d":
        return None
    days = (shortest or Fraction(1)) * _DAYS_IN[unit]
    high = max(frequency or Fraction(1), most or Fraction(0))
    low = (frequency if frequency is not None or most is None else Fraction(0)) or Fraction(1)
    longest_days = longest * _DAYS_IN[unit] if longest else days
    lowest = (low if frequency is not None or most is None else Fraction(0)) / max(longest_days, days)
    highest = high / days
    return Rhythm(highest, _words(highest, high, shortest or Fraction(1), unit), _lower(lowest, highest))


def _lower(lowest: Fraction, highest: Fraction) -> Fraction | None:
    return lowest if lowest != highest else None


def _words(per_day: Fraction, frequency: Fraction, length: Fraction, unit: str) -> str:
    plain = {
        Fraction(1): "once a day",
        Fraction(2): "twice a day",
        Fraction(1, 2): "every other day",
        Fraction(1, 7): "once a week",
    }.get(per_day)
    if plain:
        return plain
    if unit == "d" and length == 1:
        return f"{spell(frequency)} times a day"
    every = f"every {spell(length)} {_UNIT_WORDS[unit]}" if length != 1 else f"every {_UNIT_WORDS[unit][:-1]}"
    return every if frequency == 1 else f"{spell(frequency)} times {every}"


def _positive(repeat: Json, name: str) -> Fraction | None:
    """A number above zero; None when absent.

    Raises TimingError for any other value.
    """
    if repeat.get(name) is None:
        return None
    number = number_of(repeat[name])
    if number is None or not _SMALLEST <= number <= _LARGEST:
        raise TimingError(f"the timing has the {name} {_quoted(repeat[name])}")
    return Fraction(Decimal(str(number)))


_SMALLEST, _LARGEST = 0.001, 10_000
_QUOTABLE = 160


def _quoted(value: object) -> str:
    """A value as received, cut to a readable length."""
    shown = value if isinstance(value, str) else repr(value)
    if len(shown) > _QUOTABLE:
        return repr(f"{shown[: _QUOTABLE - 3]}...")
    return repr(value)


def _times(repeat: Json) -> Rhythm | None:
    """The rhythm of clock times or events of the day; None when there are none, or meals not counted."""
    clock = _strings(repeat.get("timeOfDay"))
    events = _strings(repeat.get("when"))
    if clock:
        times = frozenset(_part_of_day(time) for time in clock)
        shown = " and ".join(sorted({time[:5] for time in clock}))
        return Rhythm(Fraction(len(set(clock))), f"at {shown}", times=times)
    if not events or any(event not in _ONCE_A_DAY for event in events):
        return None
    named = list(dict.fromkeys(_ONCE_A_DAY[event] for event in events))
    return Rhythm(Fraction(len(set(events))), parts_of_day(named), times=frozenset(named))


def _part_of_day(clock: str) -> str:
    if clock[:2] >= _NIGHT_FROM or clock[:2] < _MORNING_FROM:
        return "night"
    if clock[:2] < _AFTERNOON_FROM:
        return "morning"
    return "afternoon" if clock[:2] < _EVENING_FROM else "evening"


def _strings(value: object) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return [text for item in listed if (text := code_of(item))]


def _weekdays(repeat: Json) -> frozenset[str] | None:
    """The weekdays named, None when none is.

    Raises TimingError for a name that is not a weekday.
    """
    days = frozenset(_strings(repeat.get("dayOfWeek")))
    if unknown := sorted(days - set(DAYS)):
        raise TimingError(f"the timing has the weekday {_quoted(unknown[0])}")
    return days or None


def window(timing: object, zone: tzinfo) -> Window:
    """When a step is taken: boundsPeriod, boundsDuration, or the top of a boundsRange (DSTU2: bounds[x])."""
    repeat = object_of(object_of(timing).get("repeat"))
    start, end = period(repeat.get("boundsPeriod"), zone)
    length = repeat.get("boundsDuration") or repeat.get("boundsQuantity")
    if length is None:
        length = object_of(repeat.get("boundsRange")).get("high")
    return Window(start.first if start else None, end.last if end else None, days_of(length))


def days_of(duration: object) -> Fraction | None:
    """A Duration in days; None when it is none, or counted in months or years of no fixed length.

    >>> days_of({"value": 2, "code": "wk"})
    Fraction(14, 1)
    """
    given = object_of(duration)
    number = number_of(given.get("value"))
    spelled = (code_of(given.get("code")), text_of(given.get("unit")).casefold())
    factor = next((_DURATION_DAYS[unit] for unit in spelled if unit in _DURATION_DAYS), None)
    if number is None or factor is None or not 0 < number <= _LARGEST:
        return None
    return Fraction(Decimal(str(number))) * factor


# A month is counted as 30 days, as pharmacies count a supply: a project choice.
_DURATION_DAYS = MappingProxyType(
    {
        "h": Fraction(1, 24), "hr": Fraction(1, 24), "hour": Fraction(1, 24), "hours": Fraction(1, 24),
        "d": Fraction(1), "day": Fraction(1), "days": Fraction(1),
        "wk": Fraction(7), "week": Fraction(7), "weeks": Fraction(7),
        "mo": Fraction(30), "month": Fraction(30), "months": Fraction(30),
        "a": Fraction(365), "year": Fraction(365), "years": Fraction(365),
    }
)  # fmt: skip
