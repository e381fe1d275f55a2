"""How does a dose compare with the standard start on which CPIC's percentages apply?"""

from cards.assessment.body import Weight, is_surface_dated, surface_m2
from cards.assessment.exposures import Exposure
from cards.knowledge.formulas import Formulas
from cards.knowledge.genotype_doses import IndicationClass, StandardStart, StartUnit
from cards.knowledge.knowledge import Knowledge
from cards.model.chart_of_day import ChartOfDay
from cards.model.genes import Phenotype
from cards.wording import rounded


def percent_of_standard(
    exposure: Exposure,
    kind: IndicationClass | None,
    chart: ChartOfDay,
    weight: Weight | None,
    knowledge: Knowledge,
) -> float | None:
    """The dose in whole percent of the standard start for its kind of indication, as printed and compared.

    Where the kind is not known the highest share counts. None where the dose, a standard start, the weight or,
    for a standard per m2, the height is missing or without a date: a small share permits.
    """
    normal = knowledge.genotype_doses.genotype_dose(exposure.drug, Phenotype.NORMAL, Phenotype.NORMAL)
    starts = {} if normal is None else normal.starts
    standards = [start for own, start in starts.items() if kind in (None, own)]
    shares = [_share(exposure, start, chart, weight, knowledge.formulas) for start in standards]
    known = [share for share in shares if share is not None]
    return max(known) if known and len(known) == len(shares) else None


def _share(
    exposure: Exposure, start: StandardStart, chart: ChartOfDay, weight: Weight | None, formulas: Formulas
) -> float | None:
    size = _size(start, chart, weight, formulas)
    if exposure.regimen is None or size is None:
        return None
    return rounded(100 * exposure.regimen.mg_per_day / (start.value * size), 0)


def _size(start: StandardStart, chart: ChartOfDay, weight: Weight | None, formulas: Formulas) -> float | None:
    if start.unit is StartUnit.MG_PER_M2:
        return surface_m2(chart, weight, formulas) if is_surface_dated(chart, weight) else None
    return weight.kg if weight and weight.taken_on else None
