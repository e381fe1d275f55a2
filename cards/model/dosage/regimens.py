"""The regimen that dosage instructions describe together: milligrams a day; never guessed."""

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations

from cards.model.dosage.amounts import ContradictionError, DoseError, Measures, Taken, in_mg, quoted, spell
from cards.model.dosage.days_of_week import days_a_week, largest_of_a_day
from cards.model.dosage.instructions import Instruction, SpokenDose, spoken_dose
from cards.model.dosage.written import Rhythm, Sig, WrittenDosage
from cards.model.therapy import DoseRegimen

_PLAN = 160  # characters of a plan that only the text states
_CHANGES = re.compile(r"\b(?:then|taper\w*|titrat\w*|increas\w*|decreas\w*|reduc\w*)\b")
_WEIGHT_ROUNDING = Fraction(1, 10)  # by which a dose in mg may differ from its mg/kg: a project choice


def regimen_of(dosages: Sequence[WrittenDosage], measures: Measures) -> DoseRegimen:
    """The regimen of instructions that apply together.

    Raises DoseError when they cannot be read, or do not say whether they add up.
    """
    read = [_daily(dosage, measures) for dosage in dosages]
    numbered = dosages[0].sequence is not None
    for one, other in combinations(read, 2):
        if not one.rhythm.is_apart_from(other.rhythm) and (not numbered or one == other):
            raise DoseError(
                "several dosage instructions, not said whether together or in turn: "
                + " / ".join(daily.words for daily in read)
            )
    high, low = sum(daily.high for daily in read), sum(daily.low for daily in read)
    if high <= 0:
        raise DoseError("the dose is zero")
    per_dose = {daily.per_dose for daily in read}
    doses_per_day = sum(daily.rhythm.per_day for daily in read)
    total = spell(Fraction(high)) if low == high else f"{spell(Fraction(low))}-{spell(Fraction(high))}"
    largest = largest_of_a_day(read)
    return DoseRegimen(
        mg_per_day=float(high),
        reading=f"{' + '.join(daily.words for daily in read)} = {total} mg/day",
        mg_per_dose=_only(per_dose),
        doses_per_day=float(doses_per_day),
        low_mg_per_day=float(low) if low != high else None,
        is_as_needed=any(daily.is_as_needed for daily in read),
        is_from_text=any(daily.is_from_text for daily in read),
        plan="; ".join(daily.plan for daily in read if daily.plan),
        largest_mg_of_a_day=float(largest) if largest > high else None,
        days_a_week=days_a_week([daily.rhythm for daily in read]),
        parts_of_day=frozenset().union(*(daily.rhythm.times for daily in read)),
        weekdays=_weekdays(read),
    )


def _weekdays(read: list[Instruction]) -> frozenset[str]:
    """The days of the week on which all of it is taken; empty where a part is for every day."""
    if not all(daily.rhythm.weekdays for daily in read):
        return frozenset()
    return frozenset().union(*(daily.rhythm.weekdays for daily in read))


def _only(per_dose: set[Fraction | None]) -> float | None:
    """The one size of all doses, None when they differ."""
    size = per_dose.pop() if len(per_dose) == 1 else None
    return None if size is None else float(size)


def _daily(dosage: WrittenDosage, measures: Measures) -> Instruction:
    """One instruction, from its structure, its text, or one completed by the other.

    Raises DoseError when it cannot be read or contradicts itself.
    """
    said = dosage.text
    spoken, unspoken = _spoken(said, dosage.sig, measures)
    taken, unread = _taken(dosage, measures)
    rhythm = _rhythm(dosage, spoken)
    built = _built(taken, rhythm)
    if built is None:
        built = _completed(taken, rhythm, spoken, unread or unspoken, said)
    _refuse_contradiction(built, spoken, said)
    to_patient, _ = _spoken(dosage.patient_text, dosage.patient_sig, measures)
    _refuse_contradiction(built, to_patient, dosage.patient_text)
    return _limited(_with_conditions(built, dosage, spoken), dosage, measures)


def _spoken(said: str, sig: Sig | None, measures: Measures) -> tuple[SpokenDose | None, str]:
    """What a sig says, and why it cannot be given in milligrams."""
    try:
        return spoken_dose(said, sig, measures), ""
    except ContradictionError:
        raise
    except DoseError as error:
        return None, str(error)


def _rhythm(dosage: WrittenDosage, spoken: SpokenDose | None) -> Rhythm | None:
    """The rhythm of the structure; unknown words are left to the sig if the sig names a rhythm."""
    is_in_sig = dosage.is_rhythm_in_words and spoken is not None and spoken.rhythm is not None
    if dosage.rhythm_problem and not is_in_sig:
        raise DoseError(dosage.rhythm_problem)
    return dosage.rhythm


def _built(taken: Taken | None, rhythm: Rhythm | None) -> Instruction | None:
    """The instruction from its structure alone, None when that lacks the dose or the rhythm."""
    if taken is None:
        return None
    if not taken.mg.is_per_day:
        return Instruction(taken, rhythm) if rhythm else None
    if rhythm is not None and rhythm.per_day < 1:
        raise DoseError(f"the dose is given per day, but taken {rhythm.words}")
    divided = rhythm or Rhythm(Fraction(1), "a day")
    return Instruction(taken, divided, is_whole_day=True)


def _completed(
    taken: Taken | None, rhythm: Rhythm | None, spoken: SpokenDose | None, unread: str, said: str
) -> Instruction:
    """The instruction with the parts missing in its structure taken from its text."""
    found = taken or (spoken.taken if spoken else None)
    how_often = rhythm or (spoken.rhythm if spoken else None)
    if spoken is None or found is None or how_often is None:
        raise DoseError(_what_is_missing(found, how_often, unread, said))
    if spoken.daily is not None:
        whole = replace(spoken.daily, is_from_text=True)
        _refuse_other_amount(whole, taken, said)
        _refuse_other_rhythm(whole, rhythm, said)
        return whole
    return Instruction(found, how_often, is_whole_day=found.mg.is_per_day, is_from_text=True)


def _what_is_missing(taken: Taken | None, rhythm: Rhythm | None, unread: str, said: str) -> str:
    if unread:
        return unread
    quote = f": {quoted(said)}" if said else ""
    if taken is None and rhythm is None:
        return f"the sig was not understood{quote}" if said else "no dose given"
    return f"{'no dose given' if taken is None else 'how often is not said'}{quote}"


def _with_conditions(daily: Instruction, dosage: WrittenDosage, spoken: SpokenDose | None) -> Instruction:
    """The instruction with "as needed", and with a plan that only its text states."""
    needed = bool(spoken and spoken.is_as_needed) or dosage.is_as_needed
    plan = dosage.text[:_PLAN] if spoken is None and changes_over_time(dosage.text) else ""
    return replace(daily, is_as_needed=needed, plan=plan)


def changes_over_time(text: str) -> bool:
    """Whether a sig mentions a later change of dose, such as a taper."""
    return bool(_CHANGES.search(text.casefold()))


def _limited(daily: Instruction, dosage: WrittenDosage, measures: Measures) -> Instruction:
    """The instruction held to its maxDosePerPeriod.

    Raises DoseError when a fixed dose is above it.
    """
    most = _most_per_day(dosage, measures)
    if most is None or daily.high <= most:
        return daily
    if daily.low == daily.high and not daily.is_as_needed:
        raise DoseError(
            f"{daily.words} is {spell(daily.high)} mg/day, above its own maximum of {spell(most)} mg/day"
        )
    return replace(daily, most=most)


def _most_per_day(dosage: WrittenDosage, measures: Measures) -> Fraction | None:
    limits = []
    for limit in dosage.limits:
        try:
            limits.append(in_mg(limit.amount, measures).mg.high / limit.days)
        except DoseError:
            continue
    return min(limits, default=None)


def _taken(dosage: WrittenDosage, measures: Measures) -> tuple[Taken | None, str]:
    """The dose of the structure, and why there is none.

    Several amounts say one dose in several ways (ordered, calculated, tablets to give): they must agree and
    are never added up.
    """
    found: list[tuple[int, Taken]] = []
    unread = ""
    for stated in dosage.amounts:
        try:
            if stated.amount is not None:
                found.append((stated.rank, in_mg(stated.amount, measures)))
        except DoseError as error:
            unread = unread or str(error)
        unread = unread or stated.problem
    found.sort(key=lambda ranked: ranked[0])
    for (_, one), (_, other) in combinations(found, 2):
        if not _say_the_same(one, other):
            raise DoseError(f"one dose is given as {one.words} and as {other.words}")
    if found:
        return next((taken for _, taken in found if not taken.is_by_weight), found[0][1]), ""
    return None, unread or ("the dose is given only as a rate" if dosage.is_rate else "")


def _say_the_same(one: Taken, other: Taken) -> bool:
    if one.mg.is_per_day != other.mg.is_per_day:
        return False
    if one.is_by_weight or other.is_by_weight:
        return abs(one.mg.high - other.mg.high) <= _WEIGHT_ROUNDING * max(one.mg.high, other.mg.high)
    return (one.mg.low, one.mg.high) == (other.mg.low, other.mg.high)


def _refuse_contradiction(daily: Instruction, spoken: SpokenDose | None, said: str) -> None:
    """Raises DoseError when an understood sig states a dose other than the structure's."""
    if spoken is None or daily.is_from_text:
        return
    if spoken.daily is not None:
        tolerance = _WEIGHT_ROUNDING if spoken.daily.taken.is_by_weight or daily.taken.is_by_weight else 0
        if (
            max(abs(spoken.daily.high - daily.high), abs(spoken.daily.low - daily.low))
            > tolerance * daily.high
        ):
            raise DoseError(_both(daily, said))
        return
    _refuse_other_amount(daily, spoken.taken, said)
    _refuse_other_rhythm(daily, spoken.rhythm, said)


def _refuse_other_amount(daily: Instruction, taken: Taken | None, said: str) -> None:
    if taken is not None and taken.mg.high not in (daily.per_dose, daily.high):
        raise DoseError(_both(daily, said))


def _refuse_other_rhythm(daily: Instruction, rhythm: Rhythm | None, said: str) -> None:
    if rhythm is not None and rhythm.per_day != daily.rhythm.per_day:
        raise DoseError(_both(daily, said))


def _both(daily: Instruction, said: str) -> str:
    return f'the order says "{daily.words}", its text says {quoted(said)}'
