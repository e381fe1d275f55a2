"""Dosage instructions of one order or record, read as milligrams a day; never guessed."""

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from itertools import combinations

from cards.model.therapy import DoseRegimen, DoseStep, Product
from fhir_mappers.body_size import BodySize
from fhir_mappers.context import MapContext
from fhir_mappers.json.fhir_json import Json, codings, number_of, object_of, objects_of, text_of
from fhir_mappers.medications import timing
from fhir_mappers.medications.amounts import (
    ContradictionError,
    DoseError,
    Measures,
    Taken,
    quantity_in_mg,
    quoted,
    range_in_mg,
    spell,
)
from fhir_mappers.medications.days_of_week import days_a_week, largest_of_a_day
from fhir_mappers.medications.sig.dose import Instruction, SpokenDose, spoken_dose
from fhir_mappers.medications.sig.text import Rhythm, changes_over_time

_WEIGHT_ROUNDING = Fraction(1, 10)  # by which a dose in mg may differ from its mg/kg: a project choice
_MOST_INSTRUCTIONS = 24
_MOST_ENTRIES = 12  # ways to state one dose
_PLAN = 160  # characters of a plan that only the text states


@dataclass(frozen=True, slots=True)
class DoseProblem:
    """Why no regimen could be read, in one clause; a sig that was not understood is quoted."""

    why: str


def regimen(
    dosages: object,
    product: Product,
    context: MapContext,
    body: BodySize | None = None,
    begins: date | None = None,
) -> DoseRegimen | DoseProblem:
    """The regimen that an order's dosage instructions describe on the day of the request.

    `dosages` is a list of Dosage (R4, R5), or its counterpart in STU3, DSTU2 and MedicationAdministration.
    `begins` is the start of a plan's first step, where its timing does not state one.
    """
    given = objects_of(dosages)
    if not given:
        return DoseProblem("no dose given")
    if len(given) > _MOST_INSTRUCTIONS:
        return DoseProblem(f"{len(given)} dosage instructions in one order")
    try:
        return _regimen(given, Measures(product, body or BodySize()), context, begins)
    except (DoseError, timing.TimingError) as error:
        return DoseProblem(str(error))


def _regimen(given: list[Json], measures: Measures, context: MapContext, begins: date | None) -> DoseRegimen:
    groups = _steps(given, context)
    if len(groups) == 1:
        return _sum(groups[0], measures)
    current, plan, following = _current_step(groups, measures, context, begins)
    return replace(_sum(current, measures), plan=plan, steps=_later_steps(following, measures))


def _steps(given: list[Json], context: MapContext) -> list[list[Json]]:
    """Instructions grouped into steps that follow each other; those of a step apply together."""
    if len(given) == 1:
        return [given]
    numbers = [number_of(dosage.get("sequence")) for dosage in given]
    if len(set(numbers)) == 1:
        windows = [timing.window(dosage.get("timing"), context.zone) for dosage in given]
        if all(window.is_bounded for window in windows) and len(set(windows)) > 1:
            return [[dosage] for dosage in given]
        return [given]
    if None in numbers:
        raise DoseError("several dosage instructions, some without their place in the sequence")
    order = sorted({number for number in numbers if number is not None})
    return [[one for one, number in zip(given, numbers, strict=True) if number == place] for place in order]


def _current_step(
    groups: list[list[Json]], measures: Measures, context: MapContext, begins: date | None
) -> tuple[list[Json], str, list[tuple[date, list[Json]]]]:
    """The step of the day of the request, the whole plan in words, and the steps that follow."""
    spans = _spans(groups, context, begins or context.today)
    plan = "; then ".join(
        _step_words(group, measures, span) for group, span in zip(groups, spans, strict=True)
    )
    for i, (group, (_, end)) in enumerate(zip(groups, spans, strict=True)):
        if end is None or context.today < end:
            starts = [start for start, _ in spans[i + 1 :]]
            return group, plan, list(zip(starts, groups[i + 1 :], strict=True))
    raise DoseError(f"every step of the plan has ended: {plan}")


def _later_steps(following: list[tuple[date, list[Json]]], measures: Measures) -> tuple[DoseStep, ...]:
    """The future steps with a readable dose; the others appear only in the plan's words."""
    steps = []
    for begins, group in following:
        try:
            dose = _sum(group, measures)
        except (DoseError, timing.TimingError):
            continue
        steps.append(
            DoseStep(begins, dose.mg_per_day, dose.largest_mg_of_a_day or dose.mg_per_day, dose.reading)
        )
    return tuple(steps)


Span = tuple[date, date | None]


def _spans(groups: list[list[Json]], context: MapContext, begins: date) -> list[Span]:
    """From when and, exclusive, until when each step is taken.

    Raises DoseError when a step does not say how long and the next one does not say from when.
    """
    windows = [timing.window(group[0].get("timing"), context.zone) for group in groups]
    spans: list[Span] = []
    start = windows[0].start or begins
    for i, window in enumerate(windows):
        start = window.start or start
        end = _end(start, window)
        following = windows[i + 1].start if i + 1 < len(windows) else None
        if end is None and i + 1 < len(windows) and following is None:
            raise DoseError("several dosage instructions in sequence, not said when each one ends")
        spans.append((start, end if following is None or (end and end < following) else following))
        start = spans[-1][1] or start
    return spans


def _end(start: date, window: timing.Window) -> date | None:
    if window.end is not None:
        return timing.later(window.end, Fraction(1))
    return timing.later(start, window.days) if window.days is not None else None


def _step_words(group: list[Json], measures: Measures, span: Span) -> str:
    start, end = span
    until = f" for {(end - start).days} days" if end else ""
    try:
        return f"{_sum(group, measures).reading}{until}"
    except (DoseError, timing.TimingError) as error:
        return f"not readable ({error}){until}"


def _sum(dosages: list[Json], measures: Measures) -> DoseRegimen:
    """The regimen of instructions that apply together."""
    read = [_daily(dosage, measures) for dosage in dosages]
    numbered = number_of(dosages[0].get("sequence")) is not None
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


def _daily(dosage: Json, measures: Measures) -> Instruction:
    """One instruction, from its structure, its text, or one completed by the other.

    Raises DoseError or TimingError when it cannot be read or contradicts itself.
    """
    said = text_of(dosage.get("text"))
    spoken, unspoken = _spoken(said, measures)
    taken, unread = _taken(dosage, measures)
    rhythm = _rhythm(dosage, spoken)
    built = _built(taken, rhythm)
    if built is None:
        built = _completed(taken, rhythm, spoken, unread or unspoken, said)
    _refuse_contradiction(built, spoken, said)
    instruction = text_of(dosage.get("patientInstruction"))
    _refuse_contradiction(built, _spoken(instruction, measures)[0], instruction)
    return _limited(_with_conditions(built, dosage, spoken, said), dosage, measures)


def _spoken(said: str, measures: Measures) -> tuple[SpokenDose | None, str]:
    """What a sig says, and why it cannot be given in milligrams."""
    try:
        return spoken_dose(said, measures), ""
    except ContradictionError:
        raise
    except DoseError as error:
        return None, str(error)


def _rhythm(dosage: Json, spoken: "SpokenDose | None") -> Rhythm | None:
    """The rhythm of the structure; unknown words are left to the sig if the sig names a rhythm."""
    try:
        return timing.rhythm(dosage.get("timing"))
    except timing.UnknownTimingError:
        if spoken is None or spoken.rhythm is None:
            raise
        return None


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
    taken: Taken | None, rhythm: Rhythm | None, spoken: "SpokenDose | None", unread: str, said: str
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


def _with_conditions(daily: Instruction, dosage: Json, spoken: "SpokenDose | None", said: str) -> Instruction:
    """The instruction with "as needed", and with a plan that only its text states."""
    needed = bool(spoken and spoken.is_as_needed) or any(
        dosage.get(name) not in (None, False, "", [], {})
        for name in ("asNeeded", "asNeededBoolean", "asNeededCodeableConcept", "asNeededFor")
    )
    plan = said if spoken is None and changes_over_time(said) else ""
    return replace(daily, is_as_needed=needed, plan=plan[:_PLAN])


def _limited(daily: Instruction, dosage: Json, measures: Measures) -> Instruction:
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


def _most_per_day(dosage: Json, measures: Measures) -> Fraction | None:
    limits = []
    for ratio in objects_of(dosage.get("maxDosePerPeriod")):
        days = timing.days_of(ratio.get("denominator"))
        try:
            taken = quantity_in_mg(ratio.get("numerator"), measures)
        except DoseError:
            continue
        if days and taken:
            limits.append(taken.mg.high / days)
    return min(limits, default=None)


def _taken(dosage: Json, measures: Measures) -> tuple[Taken | None, str]:
    """The dose of the structure, and why there is none.

    Several doseAndRate entries say one dose in several ways (ordered, calculated, tablets to give):
    they must agree and are never added up.
    """
    found: list[tuple[int, Taken]] = []
    unread = ""
    for entry in [*objects_of(dosage.get("doseAndRate"))[:_MOST_ENTRIES], dosage]:
        try:
            taken = _of_entry(entry, measures)
        except DoseError as error:
            unread = unread or str(error)
            continue
        if taken is not None:
            found.append((_rank(entry), taken))
    found.sort(key=lambda ranked: ranked[0])
    for (_, one), (_, other) in combinations(found, 2):
        if not _say_the_same(one, other):
            raise DoseError(f"one dose is given as {one.words} and as {other.words}")
    if found:
        return next((taken for _, taken in found if not taken.is_by_weight), found[0][1]), ""
    return None, unread or ("the dose is given only as a rate" if _has_rate(dosage) else "")


def _has_rate(dosage: Json) -> bool:
    entries = [*objects_of(dosage.get("doseAndRate")), dosage]
    return any(name.startswith("rate") for entry in entries for name in entry)


def _rank(entry: Json) -> int:
    kinds = {coding.code for coding in codings(entry.get("type"))}
    return 0 if "ordered" in kinds else 1 if "calculated" in kinds else 2


def _say_the_same(one: Taken, other: Taken) -> bool:
    if one.mg.is_per_day != other.mg.is_per_day:
        return False
    if one.is_by_weight or other.is_by_weight:
        return abs(one.mg.high - other.mg.high) <= _WEIGHT_ROUNDING * max(one.mg.high, other.mg.high)
    return (one.mg.low, one.mg.high) == (other.mg.low, other.mg.high)


def _of_entry(entry: Json, measures: Measures) -> Taken | None:
    """The dose of one entry; None when it has none."""
    for name in ("doseQuantity", "dose", "quantityQuantity", "quantity"):
        if entry.get(name) is not None:
            return quantity_in_mg(entry[name], measures)
    for name in ("doseRange", "quantityRange"):
        if entry.get(name) is not None:
            return range_in_mg(object_of(entry[name]), measures)
    return None


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
    if spoken.taken is not None:
        _refuse_other_amount(daily, spoken.taken, said)
    elif spoken.rhythm is not None:
        _refuse_other_rhythm(daily, spoken.rhythm, said)


def _refuse_other_amount(daily: Instruction, taken: Taken | None, said: str) -> None:
    if taken is not None and taken.mg.high not in (daily.per_dose, daily.high):
        raise DoseError(_both(daily, said))


def _refuse_other_rhythm(daily: Instruction, rhythm: Rhythm | None, said: str) -> None:
    if rhythm is not None and rhythm.per_day != daily.rhythm.per_day:
        raise DoseError(_both(daily, said))


def _both(daily: Instruction, said: str) -> str:
    return f'the order says "{daily.words}", its text says {quoted(said)}'
