"""Can the newest weight be right, beside those before it?"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from cards.knowledge.formulas import Formula, Formulas
from cards.model.dates import ClinicalDate
from cards.model.labs import LabResult
from cards.wording import number

_DAYS_OF_A_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class WeighedPatient:
    """What decides how fast a weight may change, and how long an earlier one counts."""

    is_child: bool
    born_on: ClinicalDate | None
    days_instead: int  # how long a weight may stand in for a newer one
    days_compared: int  # how long it speaks against a newer one

    def was_below(self, years: float, on: ClinicalDate) -> bool:
        """Whether the patient is known to have been younger than this on the day."""
        born = self.born_on
        return born is not None and (on.last - born.first).days < years * _DAYS_OF_A_YEAR


@dataclass(frozen=True, slots=True)
class WeightDoubt:
    """A newest weight that does not fit the one before, and every weight that may be meant."""

    newest: LabResult
    previous: LabResult
    in_other_unit: float | None  # the newest in kg if its unit was mistaken, where that fits the one before
    candidates: tuple[float, ...]  # kg

    @property
    def words(self) -> str:
        """Both weights: "31.8 kg on 2026-11-17, 70.1 kg on 2026-11-30 (= 31.8 kg in lb)"."""
        newest, previous = self.newest.value or 0.0, self.previous.value or 0.0
        unit = ""
        if self.in_other_unit is not None and self.in_other_unit < newest:
            unit = f" (= {_kg(self.in_other_unit)} in lb)"
        elif self.in_other_unit is not None:
            unit = f" (= {number(self.in_other_unit, 1)} lb: kg may be meant)"
        return f"{_kg(previous)} on {self.previous.taken_on}, {_kg(newest)} on {self.newest.taken_on}{unit}"


def _kg(kg: float) -> str:
    return f"{number(kg, 1)} kg"


def weight_doubt(
    newest: LabResult, earlier: Sequence[LabResult], patient: WeighedPatient, formulas: Formulas
) -> WeightDoubt | None:
    """The doubt about a weight that speaks against most of those before it; None where there is none.

    `earlier` are plausible, oldest first. A slip among them does not speak alone against the next right weight; of
    as many for as against it, those against count where they are lighter.
    """
    kg = newest.value or 0.0
    compared = [one for one in earlier if _is_within(patient.days_compared, one, newest)]
    against = [one for one in compared if not _fits(one, kg, newest, patient, formulas)]
    more = 2 * len(against) - len(compared)
    if not against or more < 0 or (more == 0 and kg < (against[-1].value or 0.0)):
        return None
    return doubt_between(newest, against[-1], patient, formulas, is_plausible=True)


def doubt_between(
    newest: LabResult, previous: LabResult, patient: WeighedPatient, formulas: Formulas, *, is_plausible: bool
) -> WeightDoubt:
    """The doubt about a weight beside the one before, which the newest itself may or may not be."""
    kg = newest.value or 0.0
    pounds = formulas.numbers_of(Formula.POUNDS)["pounds of a kilogram"]
    other = kg / pounds if kg > (previous.value or 0.0) else kg * pounds
    fits = _fits(previous, other, newest, patient, formulas)
    return WeightDoubt(
        newest,
        previous,
        round(other, 1) if fits else None,
        (
            *((kg,) if is_plausible else ()),
            *((other,) if fits else ()),
            *(
                (previous.value or 0.0,)
                if not is_plausible or _is_within(patient.days_instead, previous, newest)
                else ()
            ),
        ),
    )


def _is_within(days: int, earlier: LabResult, newest: LabResult) -> bool:
    when, then = newest.taken_on, earlier.taken_on
    return when is not None and then is not None and then.days_before(when.first) <= days


def _fits(
    earlier: LabResult, kg: float, newest: LabResult, patient: WeighedPatient, formulas: Formulas
) -> bool:
    """Whether a patient who had the earlier weight may have this one on the day of the newest.

    Of partial dates the shortest time between them counts.
    """
    when, then = newest.taken_on, earlier.taken_on
    return (
        when is None or then is None or _fits_after(earlier.value or 0.0, then, kg, when, patient, formulas)
    )


def _fits_after(
    before: float,
    then: ClinicalDate,
    kg: float,
    when: ClinicalDate,
    patient: WeighedPatient,
    formulas: Formulas,
) -> bool:
    days = max(then.days_before(when.first), 0)
    if patient.is_child:
        return _fits_child(before, kg, days, _child_limits(then, patient, formulas))
    return _fits_adult(before, kg, days, formulas)


def _fits_adult(before: float, kg: float, days: int, formulas: Formulas) -> bool:
    numbers = formulas.numbers_of(Formula.ADULT_WEIGHT)
    months = 12 * days / _DAYS_OF_A_YEAR
    most = min(
        numbers["kilograms without delay"]
        + numbers["kilograms for the logarithm of months"] * log(1 + months),
        numbers["most kilograms"],
    )
    is_light = kg <= numbers["heaviest light weight"]
    least = numbers["least share of a light weight" if is_light else "least share of a heavy weight"]
    in_pounds = kg / formulas.numbers_of(Formula.POUNDS)["pounds of a kilogram"]
    is_in_pounds = (
        kg - before > numbers["kilograms above in pounds"]
        and abs(in_pounds - before) <= numbers["kilograms off in pounds"]
    )
    return abs(kg - before) <= most and kg >= least * before and not is_in_pounds


@dataclass(frozen=True, slots=True)
class _ChildLimits:
    """By how many times a child's weight may differ from one so long before, either way."""

    times: float
    days: int
    times_later: float | None  # None: so long before, a weight says nothing


def _fits_child(before: float, kg: float, days: int, limits: _ChildLimits) -> bool:
    most = limits.times if days <= limits.days else limits.times_later
    return most is None or before / most <= kg <= before * most


def _child_limits(then: ClinicalDate, patient: WeighedPatient, formulas: Formulas) -> _ChildLimits:
    numbers = formulas.numbers_of(Formula.CHILD_WEIGHT)
    days = int(numbers["days of a short time"])
    if patient.was_below(numbers["age of fast growth below"], then):
        return _ChildLimits(numbers["times in a short time while growing fast"], days, None)
    return _ChildLimits(numbers["times in a short time"], days, numbers["times within a year"])
