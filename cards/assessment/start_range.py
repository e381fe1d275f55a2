"""Within which range does CPIC start with a drug in a genotype, and how does a dose stand to it?"""

from dataclasses import dataclass

from cards.assessment.case import Case
from cards.assessment.dose_words import span_in_mg
from cards.assessment.exposures import Exposure
from cards.assessment.surface_dose import span_by_surface, surface_dose
from cards.knowledge.genotype_doses import GenotypeDose, IndicationClass, StartUnit
from cards.wording import number


@dataclass(frozen=True, slots=True)
class StartRange:
    """CPIC's starting range for one class of indications."""

    kind: IndicationClass
    low: float
    high: float
    standard: float
    unit: StartUnit

    def words(self, percent: str, exposure: Exposure, case: Case) -> str:
        """The range as a sentence, in mg where the weight, or the body surface, is known."""
        verb = "Start at" if exposure.is_ordered else "CPIC starts at"
        where = "in malignancy" if self.kind is IndicationClass.MALIGNANT else "outside malignancy"
        standard = f"{number(self.standard)} {self.unit}"
        return (
            f"{verb} {percent} of the standard start ({standard}, {where}): {self._amount(exposure, case)}."
        )

    def _amount(self, exposure: Exposure, case: Case) -> str:
        if self.unit is StartUnit.MG_PER_KG:
            return span_in_mg(self.low, self.high, case.firm_weight)
        chart, weight, formulas = case.chart, case.firm_weight, case.knowledge.formulas
        amount = span_by_surface(self.low, self.high, chart, weight, formulas)
        dose = surface_dose(exposure, chart, weight, formulas)
        return f"{amount}; this dose is {number(dose.mg_per_m2, 1)} mg/m2" if dose else amount


def start_ranges(advice: GenotypeDose, kind: IndicationClass | None) -> tuple[StartRange, ...]:
    """The ranges of one class of indications, of every class where it is not known."""
    ranges = []
    for start_kind, start in advice.starts.items():
        found = advice.start_range(start_kind)
        if found is not None and kind in (None, start_kind):
            ranges.append(StartRange(start_kind, found[0], found[1], start.value, start.unit))
    return tuple(ranges)


def range_per_kg(ranges: tuple[StartRange, ...]) -> StartRange | None:
    """The range that a dose is compared with; the stricter one per kg where the kind of indication is open."""
    return next((one for one in ranges if one.unit is StartUnit.MG_PER_KG), None)
