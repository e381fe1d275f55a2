"""How much of a thiopurine would be usual for a patient, where an interaction asks for a fraction of that?"""

from cards.assessment.body import is_surface_dated, surface_m2
from cards.assessment.case import Case
from cards.assessment.dose_words import mg_per_kg
from cards.assessment.exposures import Exposure
from cards.assessment.surface_dose import surface_facts
from cards.finding import Fact
from cards.knowledge.formulas import Formula
from cards.knowledge.indication_doses import DoseStatementKind, DoseUnit
from cards.knowledge.leukaemia_limits import LeukaemiaLimitKind
from cards.knowledge.sources import Citation
from cards.model.protocol import Group
from cards.model.therapy import Drug
from cards.wording import number


def usual_dose(exposure: Exposure, case: Case) -> tuple[float, str] | None:
    """The dose that the fraction applies to, in mg a day, and its origin.

    The ordered dose inside the indication's maintenance range; the ceiling above it; the standard
    start below it. In leukaemia the reference per square metre. None without a readable dose or a weight.
    """
    if reference := _leukaemia_reference(exposure, case):
        return reference
    dose = mg_per_kg(exposure, case.weight)
    standard = case.knowledge.genotype_doses.standard_start_mg_per_kg(exposure.drug)
    if dose is None or case.weight is None or exposure.regimen is None or standard is None:
        return None
    only = exposure.purpose.only
    ranges = [
        row
        for row in (
            case.knowledge.indication_doses.dose_statements(
                exposure.drug, only, DoseStatementKind.MAINTENANCE, case.protocol(exposure)
            )
            if only
            else ()
        )
        if row.unit is DoseUnit.MG_PER_KG and row.low is not None
    ]
    if not ranges:
        return standard * case.weight.kg, f"the standard {number(standard)} mg/kg/day"
    low, high = ranges[0].low or standard, ranges[0].high
    if dose > high:
        return high * case.weight.kg, f"the upper end of the usual range, {number(high)} mg/kg/day"
    if dose < low:
        return standard * case.weight.kg, f"the standard {number(standard)} mg/kg/day"
    return exposure.regimen.mg_per_day, "the ordered dose" if exposure.is_ordered else "the dose being taken"


def _leukaemia_reference(exposure: Exposure, case: Case) -> tuple[float, str] | None:
    """The reference of mercaptopurine in leukaemia, in mg a day for this patient's body surface."""
    surface = surface_m2(case.chart, case.weight, case.knowledge.formulas)
    is_of_leukaemia = exposure.drug is Drug.MERCAPTOPURINE and case.group(exposure) is Group.LEUKAEMIA
    if not is_of_leukaemia or not surface or exposure.regimen is None:
        return None
    row = case.knowledge.leukaemia_limits.leukaemia_limit(LeukaemiaLimitKind.STANDARD_DOSE)
    return row.value * surface, f"the reference in leukaemia of {number(row.value)} {row.unit}"


def usual_dose_facts(exposure: Exposure, case: Case) -> tuple[Fact, ...]:
    """The body surface, where the usual dose is worked out with it."""
    if _leukaemia_reference(exposure, case) is None:
        return ()
    return surface_facts(case.chart, case.weight, case.knowledge.formulas)


def usual_dose_source(exposure: Exposure, case: Case) -> tuple[Citation, ...]:
    """Where the formula of the body surface stands, if it is used."""
    is_used = usual_dose_facts(exposure, case)
    return (case.knowledge.formulas.citation_of(Formula.MOSTELLER),) if is_used else ()


def is_usual_dose_dated(exposure: Exposure, case: Case) -> bool:
    """Whether the weight, or the height and weight, that the usual dose rests on have a date."""
    if _leukaemia_reference(exposure, case) is None:
        return case.dated_weight is not None
    return is_surface_dated(case.chart, case.weight)
