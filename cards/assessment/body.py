"""How heavy is the patient, and how old is that figure?"""

from dataclasses import dataclass, replace
from datetime import date
from math import sqrt

from cards.assessment.weight_doubt import WeighedPatient, WeightDoubt, doubt_between, weight_doubt
from cards.knowledge.formulas import Formula, Formulas
from cards.model.chart_of_day import ChartOfDay
from cards.model.dates import ClinicalDate
from cards.model.labs import Analyte, LabResult
from cards.model.policy import Policy

_CM_KG_PER_M2_SQUARED = "centimetres and kilograms of a square metre squared"


@dataclass(frozen=True, slots=True)
class Weight:
    """The weight used to compute doses; of one in doubt the lightest that it may be, which gives the most mg/kg."""

    kg: float
    taken_on: ClinicalDate | None
    record_ref: str
    is_old: bool  # to be pointed out: older than a year in an adult, three months in a child
    doubt: WeightDoubt | None = None

    @property
    def heaviest(self) -> "Weight":
        """The heaviest that a weight in doubt may be, to ask whether a dose is too low; else the weight itself."""
        return self if self.doubt is None else replace(self, kg=max(self.doubt.candidates))

    @property
    def words(self) -> str:
        """The weight in words, without its date: "weight 80 kg"."""
        if self.doubt is not None:
            return f"weight in doubt, {self.doubt.words}: mg/kg is for {self.kg:g} kg"
        undated = "" if self.taken_on else ", no date recorded"
        return f"weight {self.kg:g} kg{undated}{', not recent' if self.is_old and self.taken_on else ''}"


@dataclass(frozen=True, slots=True)
class Age:
    """The age in whole years; of a birth year or month both ends of what it may be, and a limit takes the safe one."""

    youngest: int
    oldest: int

    @property
    def words(self) -> str:
        """The age as a card says it: "64", "64 or 65"."""
        return str(self.oldest) if self.youngest == self.oldest else f"{self.youngest} or {self.oldest}"

    def may_be_within(self, low: int, high: int) -> bool:
        """Whether some age that this may be lies between two, both included."""
        return self.youngest <= high and low <= self.oldest


def age_of(chart: ChartOfDay) -> Age | None:
    """The age today; None when unknown."""
    return None if chart.born_on is None else _age(chart.born_on, chart.today, chart.today)


def age_at(born: ClinicalDate, when: ClinicalDate) -> Age:
    """The age on a day, both as precise as they are recorded; never below 0."""
    return _age(born, when.first, when.last)


def _age(born: ClinicalDate, first: date, last: date) -> Age:
    oldest = max(_age_between(born.first, last), 0)
    is_exact = born.first == born.last and first == last
    return Age(oldest if is_exact else max(_age_between(born.last, first), 0), oldest)


def _age_between(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def age_years(chart: ChartOfDay) -> int | None:
    """The lower end of the age in whole years: for what is stricter in the young; None when unknown."""
    age = age_of(chart)
    return None if age is None else age.youngest


def is_child(chart: ChartOfDay, policy: Policy) -> bool:
    """Whether the patient is, or by a birth year or month may be, younger than an adult."""
    age = age_of(chart)
    return age is not None and age.youngest < policy.adult_age_years


def may_be_of_childbearing_age(chart: ChartOfDay, policy: Policy) -> bool:
    """Whether the age, known or not, leaves a pregnancy possible."""
    age = age_of(chart)
    return age is None or age.may_be_within(policy.childbearing_from_years, policy.childbearing_to_years)


def weight_of(chart: ChartOfDay, policy: Policy, formulas: Formulas) -> Weight | None:
    """The newest plausible weight that is not too old to use, or None.

    One that does not fit those before it, or stands before one that is no weight of such a patient, is in doubt.
    """
    measured = [one for one in chart.series(Analyte.BODY_WEIGHT) if _is_measured(one, chart)]
    plausible = [one for one in measured if _is_plausible(one, chart, policy)]
    if not plausible:
        return None
    newest = plausible[-1]
    days = newest.taken_on.days_before(chart.today) if newest.taken_on else None
    if days is not None and days > policy.weight_unused_after_days:
        return None
    flagged_after = _flagged_after_days(chart, policy)
    kg = round(newest.value or 0.0, 1)
    weight = Weight(kg, newest.taken_on, newest.record_ref, days is None or days > flagged_after)
    patient = WeighedPatient(
        is_child(chart, policy), chart.born_on, flagged_after, policy.weight_flagged_after_days_adult
    )
    if measured[-1] is not newest and newest.taken_on is not None:
        doubt: WeightDoubt | None = doubt_between(measured[-1], newest, patient, formulas, is_plausible=False)
    else:
        doubt = weight_doubt(newest, plausible[:-1], patient, formulas)
    return weight if doubt is None else _in_doubt(weight, doubt)


def _in_doubt(weight: Weight, doubt: WeightDoubt) -> Weight:
    kg = round(min(doubt.candidates), 1)
    return replace(
        weight, kg=kg, taken_on=doubt.newest.taken_on, record_ref=doubt.newest.record_ref, doubt=doubt
    )


def _flagged_after_days(chart: ChartOfDay, policy: Policy) -> int:
    if is_child(chart, policy):
        return policy.weight_flagged_after_days_child
    return policy.weight_flagged_after_days_adult


def _is_measured(result: LabResult, chart: ChartOfDay) -> bool:
    is_number = result.value is not None and result.comparator is None
    return is_number and (result.taken_on is None or result.taken_on.first <= chart.today)


def _is_plausible(result: LabResult, chart: ChartOfDay, policy: Policy) -> bool:
    lowest = policy.plausible_kg_min_child if is_child(chart, policy) else policy.plausible_kg_min_adult
    return lowest <= (result.value or 0.0) <= policy.plausible_kg_max


def surface_m2(chart: ChartOfDay, weight: Weight | None, formulas: Formulas) -> float | None:
    """Body surface by Mosteller's formula from weight and the newest height; None if either is missing."""
    height = height_of(chart)
    if weight is None or height is None:
        return None
    divisor = formulas.numbers_of(Formula.MOSTELLER)[_CM_KG_PER_M2_SQUARED]
    return round(sqrt((height.value or 0.0) * weight.kg / divisor), 2)


def is_surface_dated(chart: ChartOfDay, weight: Weight | None) -> bool:
    """Whether the body surface rests on dated measures: without, it can warn, and shows no dose to be low enough."""
    height = height_of(chart)
    is_weighed = weight is not None and weight.taken_on is not None
    return is_weighed and height is not None and height.taken_on is not None


def height_of(chart: ChartOfDay) -> LabResult | None:
    """The newest height that was measured, in cm."""
    heights = reversed(chart.series(Analyte.BODY_HEIGHT).results)
    return next((one for one in heights if one.value and _is_measured(one, chart)), None)
