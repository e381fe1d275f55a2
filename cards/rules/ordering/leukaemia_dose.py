"""Is the dose of mercaptopurine in leukaemia so far from the reference that it may be a slip?"""

from cards.assessment.case import Case
from cards.assessment.dose_words import dose_facts, dose_words, mg_per_kg
from cards.assessment.exposures import Exposure
from cards.assessment.surface_dose import SurfaceDose, surface_dose, surface_facts
from cards.card import Indicator
from cards.finding import Blocked, DecisionKey, DecisionKind, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.formulas import Formula
from cards.knowledge.indication_doses import DoseStatement, DoseStatementKind
from cards.knowledge.leukaemia_limits import LeukaemiaLimitKind, LeukaemiaLimits
from cards.knowledge.rule_sentences import RuleSentence
from cards.knowledge.sources import Citation
from cards.model.conditions import Indication
from cards.model.facts import FactKind
from cards.model.genes import Gene, Phenotype
from cards.model.protocol import Group
from cards.model.therapy import XANTHINE_OXIDASE_INHIBITORS, Drug
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, fitting, number, span, titled

NEEDS = frozenset({FactKind.VITALS, FactKind.CONDITIONS, FactKind.MEDICATIONS, FactKind.GENES})


def dose_far_from_reference(case: Case) -> Outcome:
    """Warn far above the reference, further as a likely slip, and far below; never name another dose.

    Phases of treatment differ, so nothing between is judged. A small part of it is right in a poor
    metabolizer and beside a xanthine oxidase inhibitor.
    """
    exposures = tuple(exposure for exposure in _concerned(case) if exposure.regimen is not None)
    if not exposures:
        return Silent("no readable dose of mercaptopurine for leukaemia")
    missing = case.missing(FactKind.VITALS) if case.weight is None else ()
    findings = tuple(finding for exposure in exposures if (finding := _finding(exposure, case)))
    if findings:
        return Fired(findings, missing)
    return Blocked(missing) if missing else Silent("the dose is not far from the reference in leukaemia")


def _concerned(case: Case) -> tuple[Exposure, ...]:
    """Mercaptopurine as ordered; on a chart without orders, as taken."""
    asked = case.taken if not case.chart.draft_orders else case.ordered
    return tuple(
        exposure
        for exposure in asked
        if exposure.drug is Drug.MERCAPTOPURINE and case.group(exposure) is Group.LEUKAEMIA
    )


def _finding(exposure: Exposure, case: Case) -> Finding | None:
    found = _judged(exposure, case)
    if found is None and exposure.is_ordered and case.weight is not None and case.dated_weight is None:
        return _unsure_weight(exposure, case, "the weight has no date, weigh again")
    return found


def _judged(exposure: Exposure, case: Case) -> Finding | None:
    dose = surface_dose(exposure, case.chart, case.weight, case.knowledge.formulas)
    if dose is not None:
        return _by_surface(exposure, dose, case)
    if case.weight is None:
        is_asked = exposure.is_ordered and not case.missing(FactKind.VITALS)
        why_not = "no usable weight on record, mg/m2 not checked"
        return _unsure_weight(exposure, case, why_not) if is_asked else None
    return _by_weight(exposure, case)


def _by_surface(exposure: Exposure, dose: SurfaceDose, case: Case) -> Finding | None:
    leukaemia_limits = case.knowledge.leukaemia_limits
    standard = leukaemia_limits.leukaemia_limit(LeukaemiaLimitKind.STANDARD_DOSE)
    lead = f"Mercaptopurine {dose.words}"
    formulas = case.knowledge.formulas
    mosteller = formulas.citation_of(Formula.MOSTELLER)
    why = (*dose_facts(exposure, case.weight), *surface_facts(case.chart, case.weight, formulas))
    for limit, indicator in (
        (LeukaemiaLimitKind.SLIP, Indicator.CRITICAL),
        (LeukaemiaLimitKind.WARNING_DOSE, Indicator.WARNING),
    ):
        row = leukaemia_limits.leukaemia_limit(limit)
        bound = row.value * standard.value
        if dose.mg_per_m2 > bound or (limit is LeukaemiaLimitKind.SLIP and dose.mg_per_m2 >= bound):
            action = "likely slip, check the order" if limit is LeukaemiaLimitKind.SLIP else "check the order"
            said = f"{number(row.value)} times the reference of {number(standard.value)} mg/m2 in leukaemia"
            reach = "at least" if limit is LeukaemiaLimitKind.SLIP else "more than"
            return _far(
                exposure,
                indicator,
                f"{lead}: {reach} {said}; {action}",
                why,
                (row.citation, standard.citation, mosteller),
                leukaemia_limits,
            )
    low = leukaemia_limits.leukaemia_limit(LeukaemiaLimitKind.LOW_DOSE)
    heaviest = case.weight and case.weight.heaviest
    lowest = surface_dose(exposure, case.chart, heaviest, case.knowledge.formulas) or dose
    if lowest.mg_per_m2 > low.value * standard.value or _may_be_so_low(case):
        return None
    lead = f"Mercaptopurine {lowest.words}"
    said = case.knowledge.sentences.text(
        RuleSentence.LEUKAEMIA_LOW, lead=lead, share=low.value, standard=standard.value
    )
    return _far(
        exposure,
        Indicator.WARNING,
        said,
        why,
        (low.citation, standard.citation, mosteller),
        leukaemia_limits,
    )


def _may_be_so_low(case: Case) -> bool:
    """Whether a poor metabolizer or a xanthine oxidase inhibitor explains a very low dose."""
    is_poor = any(case.genes[gene].phenotype is Phenotype.POOR for gene in Gene)
    courses = (case.course(drug) for drug in XANTHINE_OXIDASE_INHIBITORS)
    return (
        is_poor
        or bool(case.orders_of(*XANTHINE_OXIDASE_INHIBITORS))
        or any(course is not None and course.is_taken for course in courses)
    )


def _far(
    exposure: Exposure,
    indicator: Indicator,
    summary: str,
    why: tuple[Fact, ...],
    citations: tuple[Citation, ...],
    leukaemia_limits: LeukaemiaLimits,
) -> Finding:
    standard, phase = (
        leukaemia_limits.leukaemia_limit(LeukaemiaLimitKind.STANDARD_DOSE),
        leukaemia_limits.leukaemia_limit(LeukaemiaLimitKind.LOWEST_PHASE),
    )
    return Finding(
        decision=DecisionKey(DecisionKind.DOSE, exposure.key),
        indicator=indicator,
        summary=fitting(summary, summary.replace(" in leukaemia", "")),
        why=why,
        do=(
            "Check the order against the patient's protocol with the oncology team; by phase of treatment "
            f"{span(phase.value, standard.value)} {standard.unit} is given.",
        ),
        citations=(*citations, phase.citation),
        reasons=Reasons.DOSE,
    )


def _start(exposure: Exposure, case: Case) -> DoseStatement:
    """The label's starting range per kg; it has no maximum."""
    return case.knowledge.indication_doses.dose_statements(
        Drug.MERCAPTOPURINE, Indication.LEUKEMIA, DoseStatementKind.START, case.protocol(exposure)
    )[0]


def _by_weight(exposure: Exposure, case: Case) -> Finding | None:
    """Without a height: a range to compare an order with, and a likely slip at twice its upper end."""
    start = _start(exposure, case)
    slip = case.knowledge.leukaemia_limits.leukaemia_limit(LeukaemiaLimitKind.SLIP)
    dose = mg_per_kg(exposure, case.weight) or 0.0
    if dose <= start.high:
        return None
    is_slip = dose >= slip.value * start.high
    if not (is_slip or exposure.is_ordered):
        return None
    usual = f"the usual start is {span(start.low or start.high, start.high)} {start.unit}"
    action = "likely slip, check the order" if is_slip else "no height on record, mg/m2 not checked"
    return Finding(
        decision=DecisionKey(DecisionKind.DOSE, exposure.key),
        indicator=Indicator.CRITICAL if is_slip else Indicator.INFO,
        summary=f"{dose_words(exposure, case.weight)} in leukaemia: {usual}; {action}",
        why=dose_facts(exposure, case.weight),
        do=(
            "Record the height: in leukaemia the dose is set by body surface, and it may rightly be above the start.",
        ),
        citations=(start.citation, *((slip.citation,) if is_slip else ())),
        reasons=Reasons.DOSE,
    )


def _unsure_weight(exposure: Exposure, case: Case, why_not: str) -> Finding:
    return Finding(
        decision=DecisionKey(DecisionKind.DOSE, exposure.key),
        indicator=Indicator.WARNING,
        summary=f"{titled(drug_name(exposure.drug))}: {why_not}",
        why=dose_facts(exposure, case.weight),
        do=("Record weight and height: in leukaemia the dose is set by body surface.",),
        citations=(
            case.knowledge.leukaemia_limits.leukaemia_limit(LeukaemiaLimitKind.STANDARD_DOSE).citation,
        ),
        reasons=Reasons.DATA,
        leads=False,
    )


RULE = Rule(
    id="leukaemia-dose",
    question="Is the dose of mercaptopurine in leukaemia so far from the reference that it may be a slip?",
    check=dose_far_from_reference,
    needs=NEEDS,
    implements=("B04",),
    at=(
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.CRITICAL,
    lowest=Indicator.INFO,
    sources=(
        "project",
        "cpic-thiopurines-2025",
        "xaluprine-smpc",
        "mercaptopurine-label",
        "mosteller-1987",
    ),
)
