"""A free-text sig in plain forms, read as amounts and rhythms; anything else is left unread."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

from cards.model.dosage.amounts import COUNTED, Amount
from cards.model.dosage.written import DAYS, Clause, Rhythm, Sig
from fhir_mappers.medications.amounts import unit_of
from fhir_mappers.medications.sig.words import RHYTHMS, TIMES, WEEKDAY, Token, plain_sig, tokens_of

LONGEST_SIG = 500  # characters; a longer text is not a plain sig


def sig(text: str, names: Iterable[str] = ()) -> Sig | None:
    """What a sig says, when every word of it is understood; else None.

    `names` are words that may stand in it without meaning: the drug and its brand.
    """
    if len(text) > LONGEST_SIG:
        return None
    tokens = tokens_of(plain_sig(text), frozenset(name.casefold() for name in names))
    if tokens is None:
        return None
    clauses = tuple(_clause(part) for part in _parts(tokens))
    if not clauses or None in clauses:
        return None
    read = tuple(clause for clause in clauses if clause is not None)
    if len(read) > 1 and not _are_apart(read):
        return None
    return Sig(read, any(kind == "prn" for kind, _ in tokens))


def rhythm_in(text: str) -> Rhythm | None:
    """The rhythm that a text such as "BID" or "every 12 hours" names, when it names nothing else."""
    tokens = tokens_of(plain_sig(text), frozenset()) if len(text) <= LONGEST_SIG else None
    if tokens is None or any(kind in ("amount", "range", "an_amount", "number") for kind, _ in tokens):
        return None
    clause = _clause(tokens)
    return clause.rhythm if clause else None


def _parts(tokens: list[Token]) -> Iterator[list[Token]]:
    """Tokens cut at each "and" that starts a new amount; other "and"s mean nothing."""
    part: list[Token] = []
    for i, (kind, match) in enumerate(tokens):
        following = tokens[i + 1][0] if i + 1 < len(tokens) else ""
        if kind != "and":
            part.append((kind, match))
        elif following in ("amount", "range", "an_amount", "number"):
            yield part
            part = []
    yield part


def _are_apart(clauses: tuple[Clause, ...]) -> bool:
    """Whether several amounts are for different times, so that they add up."""
    rhythms = [clause.rhythm for clause in clauses]
    return all(
        one is not None and other is not None and one.is_apart_from(other)
        for one, other in combinations(rhythms, 2)
    )


def _clause(tokens: list[Token]) -> Clause | None:
    """One amount and its rhythm from tokens in reading order; None when they do not fit together."""
    amounts = _amounts([token for token in tokens if token[0] in _OF_AMOUNTS])
    rhythm, fits = _rhythm(tokens)
    if amounts is None or not fits:
        return None
    division, fits = _division(tokens, rhythm, any(part.is_per_day for part in amounts[:2] if part))
    is_whole = any("total" in match.groupdict() and match["total"] for _, match in tokens)
    return Clause(*amounts, rhythm, division, is_whole) if fits else None


_OF_AMOUNTS = ("amount", "range", "an_amount", "number", "multiply", "form", "each", "of")
_A_DAY = Rhythm(Fraction(1), "a day")


def _division(tokens: list[Token], rhythm: Rhythm | None, is_per_day: bool) -> tuple[Rhythm | None, bool]:
    """How a whole day's amount is divided, None when the amount is of one dose; and whether that is clear."""
    kinds = [kind for kind, _ in tokens]
    is_daily = is_per_day or (rhythm is not None and rhythm.per_day == 1)
    if "divided_n" in kinds:
        count = int(tokens[kinds.index("divided_n")][1]["n"])
        return Rhythm(Fraction(count), f"a day, in {count} doses"), is_daily and 0 < count <= _MOST_DOSES
    if "divided" in kinds:
        leads = kinds[kinds.index("divided") + 1 :][:1]
        is_said = bool(leads) and leads[0].startswith("rhythm")
        return rhythm or _A_DAY, is_said or is_daily
    if is_per_day:
        return rhythm or _A_DAY, rhythm is None or rhythm.per_day == 1
    return None, True


_MOST_DOSES = 12


def _number(text: str) -> Fraction:
    """A number as lexed: "1 1/2", "1/2", ".5"; a division by zero reads as zero, which no dose is."""
    whole, _, part = text.strip().rpartition(" ")
    if "/" in part:
        over, under = part.split("/")
        return Fraction(int(whole or 0)) + (Fraction(int(over), int(under)) if int(under) else 0)
    return Fraction(Decimal(part))


def _amount(kind: str, match: re.Match[str]) -> Amount:
    if kind == "an_amount":
        low = high = Fraction(1)
        spelling = match[1]
    elif kind == "range":
        low, high, spelling = _number(match[1]), _number(match[2]), match[3]
    else:
        low = high = _number(match[1])
        spelling = match[2]
    unit, factor, is_per_day = unit_of(spelling) or ("unit", Fraction(1), False)
    return Amount(low * factor, high * factor, unit, is_per_day)


Amounts = tuple[Amount | None, Amount | None, Fraction | None]


def _amounts(tokens: list[Token]) -> Amounts | None:
    """Count, mass and strength from amount tokens; None when one has no clear role."""
    count = mass = strength = None
    at = 0
    while at < len(tokens):
        kind, match = tokens[at]
        ahead = [token[0] for token in tokens[at + 1 : at + 4]]
        if kind == "number":
            step = _counted_strength(tokens[at:])
            if step is None or count or strength is not None:
                return None
            count, strength, used = step
            at += used
            continue
        if kind in ("amount", "range", "an_amount"):
            amount = _amount(kind, match)
            is_strength = (
                amount.unit == "mg"
                and not match.groupdict().get("total")
                and (ahead[:1] in (["form"], ["each"]) or (at > 0 and tokens[at - 1][0] == "of" and count))
            )
            if is_strength and strength is None and amount.low == amount.high:
                strength = amount.high
            elif amount.unit in (*COUNTED, "mL") and count is None:
                count = amount
            elif amount.unit not in (*COUNTED, "mL") and mass is None and not is_strength:
                mass = amount
            else:
                return None
        elif kind == "multiply":
            return None
        at += 1
    if strength is not None and count is None:
        return None
    return count, mass, strength


def _counted_strength(tokens: list[Token]) -> tuple[Amount, Fraction, int] | None:
    """How many, of what strength, in how many tokens: "2 x 50 mg", "2 50 mg tablets"."""
    kinds = [kind for kind, _ in tokens[:4]]
    multiplied = kinds[:3] == ["number", "multiply", "amount"]
    if not multiplied and kinds[:3] != ["number", "amount", "form"]:
        return None
    strength = _amount(*tokens[2 if multiplied else 1])
    if strength.unit != "mg" or strength.is_per_day:
        return None
    used = 3 if not multiplied else 3 + (kinds[3:] == ["form"])
    number = _number(tokens[0][1][0])
    return Amount(number, number, "tablet"), strength.high, used


def _rhythm(tokens: list[Token]) -> tuple[Rhythm | None, bool]:
    """The one rhythm that all time words agree on, and whether they do."""
    base = [RHYTHMS[int(kind[6:])] for kind, _ in tokens if kind.startswith("rhythm")]
    times = frozenset(kind[5:] for kind, _ in tokens if kind.startswith("time_"))
    if len({per_day for _, per_day, _ in base}) > 1:
        return None, False
    per_day, words = (base[0][1], base[0][2]) if base else (None, "")
    if times:
        if per_day is not None and per_day >= 1 and per_day != len(times):
            return None, False
        if per_day is None:
            per_day, words = Fraction(len(times)), ""
    if per_day is None and not any(kind in ("days", "days_a_week") for kind, _ in tokens):
        return None, not any(kind in ("once", "divided") for kind, _ in tokens)
    return _on_days(Rhythm(per_day or Fraction(1), _spelled(words, times), times=times), tokens)


def _spelled(words: str, times: frozenset[str]) -> str:
    named = parts_of_day([name for _, name in TIMES if name in times])
    return f"{words} ({named})" if words and named else words or named


def parts_of_day(names: Iterable[str]) -> str:
    """Parts of the day in words: "in the morning and at night"."""
    return " and ".join("at night" if name == "night" else f"in the {name}" for name in names)


def _on_days(rhythm: Rhythm, tokens: list[Token]) -> tuple[Rhythm | None, bool]:
    """The rhythm kept on the weekdays that the sig names or counts, and whether the two fit."""
    count, names = _days_a_week(tokens)
    if count is None:
        return rhythm, True
    if not 0 < count <= len(DAYS):
        return None, False
    words = f"on {count} day{'s' if count > 1 else ''} a week"
    if rhythm.per_day < 1:
        return replace(rhythm, weekdays=names), rhythm.per_day == Fraction(count, 7)
    per_day = rhythm.per_day * Fraction(count, 7)
    return replace(rhythm, per_day=per_day, words=f"{rhythm.words} {words}".strip(), weekdays=names), True


def _days_a_week(tokens: list[Token]) -> tuple[int | None, frozenset[str]]:
    """On how many days of the week, and which, where weekdays are named or counted."""
    for kind, match in tokens:
        if kind == "days_a_week":
            return int(match[1]), frozenset()
        if kind == "days":
            days = frozenset(DAYS[day] for day in _weekdays(match[1]))
            return len(days), days
    return None, frozenset()


def _weekdays(text: str) -> set[int]:
    """The weekdays in "monday, wednesday and friday" or "mon-fri"."""
    found = [(DAYS.index(word[0][:3]), word) for word in re.finditer(WEEKDAY, text)]
    days: set[int] = set()
    for i, (day, word) in enumerate(found):
        before = text[found[i - 1][1].end() : word.start()] if i else ""
        start = found[i - 1][0] if re.fullmatch(r"-| through | thru | to ", before) else day
        days |= {(start + step) % 7 for step in range((day - start) % 7 + 1)}
    return days
