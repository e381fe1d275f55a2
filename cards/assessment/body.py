"""How heavy is the patient, and how old is that figure?"""

from dataclasses import dataclass
from math import sqrt

from cards.knowledge.formulas import Formula, Formulas
from cards.model.chart_of_day import ChartOfDay
from cards.model.dates import ClinicalDate
from cards.model.labs import Analyte, LabResult
from cards.model.policy import Policy

_CM_KG_PER_M2_SQUARED = "centimetres and kilograms of a square metre squared"


@dataclass(frozen=True, slots=True)
class Weight:
    """The weight used to compute doses."""

    kg: float
    taken_on: ClinicalDate | None
    record_ref: str
    is_old: bool  # to be pointed out: older than a year in an adult, three months in a child

    @property
    def words(self) -> str:
        """The weight in words, without its date: "weight 80 kg"."""
        undated = "" if self.taken_on else ", no date recorded"
        return f"weight {self.kg:g} kg{undated}{', not recent' if self.is_old and self.taken_on else ''}"


def age_years(chart: ChartOfDay) -> int | None:
    """The age in whole years, the lower one where the birth date is partial; None when unknown."""
    if chart.born_on is None:
        return None
    born, today = chart.born_on.last, chart.today
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def is_child(chart: ChartOfDay, policy: Policy) -> bool:
    """Whether the patient is known to be younger than an adult."""
    age = age_years(chart)
    return age is not None and age < policy.adult_age_years


def weight_of(chart: ChartOfDay, policy: Policy) -> Weight | None:
    """The newest plausible weight that is not too old to use, or None."""
    for result in reversed(chart.series(Analyte.BODY_WEIGHT).results):
        if not _is_plausible(result, chart, policy):
            continue
        days = result.taken_on.days_before(chart.today) if result.taken_on else None
        if days is not None and days > policy.weight_unused_after_days:
            return None
        flagged_after = (
            policy.weight_flagged_after_days_child
            if is_child(chart, policy)
            else policy.weight_flagged_after_days_adult
        )
        kg = round(result.value or 0.0, 1)
        return Weight(kg, result.taken_on, result.record_ref, days is None or days > flagged_after)
    return None


def _is_plausible(result: LabResult, chart: ChartOfDay, policy: Policy) -> bool:
    if result.value is None or result.comparator is not None:
        return False
    if result.taken_on is not None and result.taken_on.first > chart.today:
        return False
    lowest = policy.plausible_kg_min_child if is_child(chart, policy) else policy.plausible_kg_min_adult
    return lowest <= result.value <= policy.plausible_kg_max


def surface_m2(chart: ChartOfDay, weight: Weight | None, formulas: Formulas) -> float | None:
    """Body surface by Mosteller's formula from weight and the newest height; None if either is missing."""
    height = chart.series(Analyte.BODY_HEIGHT).latest
    if weight is None or height is None or not height.value:
        return None
    divisor = formulas.numbers_of(Formula.MOSTELLER)[_CM_KG_PER_M2_SQUARED]
    return round(sqrt(height.value * weight.kg / divisor), 2)
