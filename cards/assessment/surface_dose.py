"""How much of a drug is a dose for the patient's body surface?"""

from dataclasses import dataclass

from cards.assessment.body import Weight, surface_m2
from cards.assessment.exposures import Exposure
from cards.finding import Fact
from cards.knowledge.formulas import Formulas
from cards.model.chart_of_day import ChartOfDay
from cards.model.labs import Analyte
from cards.wording import number, rounded


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


def surface_fact(chart: ChartOfDay, surface: float) -> Fact:
    """The body surface with the height that it rests on; the weight stands beside the dose."""
    height = chart.series(Analyte.BODY_HEIGHT).latest
    cm = number(height.value or 0.0, 1) if height else ""
    return Fact(
        f"Body surface {number(surface)} m2 (computed, Mosteller: height {cm} cm and the weight)",
        height.taken_on if height else None,
        height.record_ref if height else None,
    )
