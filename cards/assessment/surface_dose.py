"""How much of a drug is a dose for the patient's body surface?"""

from dataclasses import dataclass

from cards.assessment.body import Weight, height_of, surface_m2
from cards.assessment.exposures import Exposure
from cards.finding import Fact
from cards.knowledge.formulas import Formula, Formulas
from cards.model.chart_of_day import ChartOfDay
from cards.wording import number, rounded, span


@dataclass(frozen=True, slots=True)
class SurfaceDose:
    """The highest dose of a day in mg, and per square metre as it is printed and compared."""

    mg: float
    surface_m2: float
    is_daily: bool = True  # False: less often, so no mean of a day is meant

    @property
    def mg_per_m2(self) -> float:
        """Mg per square metre, rounded once."""
        return rounded(self.mg / self.surface_m2, 1)

    @property
    def words(self) -> str:
        """The dose in a summary: "65 mg/day = 73.9 mg/m2 (0.88 m2)"."""
        often = "mg/day" if self.is_daily else "mg in one day"
        per_m2 = number(self.mg_per_m2, 1)
        return f"{number(self.mg, 1)} {often} = {per_m2} mg/m2 ({number(self.surface_m2)} m2)"


def highest_day_mg(exposure: Exposure) -> float | None:
    """The dose of the day with the highest dose, in any step: 455 mg once a week is 455 mg, not 65.

    None when the dose is not readable.
    """
    regimen = exposure.regimen
    if regimen is None:
        return None
    is_less_than_daily = regimen.doses_per_day is not None and regimen.doses_per_day < 1
    return max(
        regimen.mg_per_day,
        regimen.largest_mg_of_a_day or 0.0,
        (regimen.mg_per_dose or 0.0) if is_less_than_daily else 0.0,
        *(step.largest_mg_of_a_day for step in regimen.steps),
    )


def surface_dose(
    exposure: Exposure, chart: ChartOfDay, weight: Weight | None, formulas: Formulas
) -> SurfaceDose | None:
    """The dose per square metre; None without a readable dose, a weight and a height."""
    mg, surface = highest_day_mg(exposure), surface_m2(chart, weight, formulas)
    if mg is None or exposure.regimen is None or not surface:
        return None
    return SurfaceDose(mg, surface, is_daily=mg == exposure.regimen.mg_per_day)


def surface_facts(chart: ChartOfDay, weight: Weight | None, formulas: Formulas) -> tuple[Fact, ...]:
    """The body surface with the height that it rests on; the weight stands beside the dose. Empty without one."""
    height, surface = height_of(chart), surface_m2(chart, weight, formulas)
    if height is None or surface is None:
        return ()
    cm = number(height.value or 0.0, 1)
    text = f"Body surface {number(surface)} m2 (computed, {Formula.MOSTELLER}: height {cm} cm and the weight)"
    return (Fact(text, height.taken_on, height.record_ref),)


def span_by_surface(
    low_per_m2: float, high_per_m2: float, chart: ChartOfDay, weight: Weight | None, formulas: Formulas
) -> str:
    """A range per m2, and for a known surface in mg: "22.5-60 mg/m2/day = 20-53 mg/day for 0.88 m2"."""
    surface, per_m2 = surface_m2(chart, weight, formulas), f"{span(low_per_m2, high_per_m2)} mg/m2/day"
    if surface is None:
        return per_m2
    return (
        f"{per_m2} = {span(low_per_m2 * surface, high_per_m2 * surface, 0)} mg/day for {number(surface)} m2"
    )
