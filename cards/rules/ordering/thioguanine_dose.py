"""Is the dose of thioguanine per square metre above the highest that its label names?"""

from cards.assessment.case import Case
from cards.assessment.dose_ceilings import LIKELY_SLIP
from cards.assessment.dose_words import dose_facts, dose_words
from cards.assessment.exposures import Exposure
from cards.assessment.surface_dose import SurfaceDose, surface_dose, surface_facts
from cards.card import Indicator
from cards.finding import Blocked, DecisionKey, DecisionKind, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.leukaemia_limits import LeukaemiaLimit, LeukaemiaLimitKind
from cards.knowledge.rule_sentences import RuleSentence
from cards.model.facts import FactKind
from cards.model.therapy import Drug
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, number, titled

NEEDS = frozenset({FactKind.VITALS, FactKind.CONDITIONS, FactKind.MEDICATIONS})


def thioguanine_above_its_label(case: Case) -> Outcome:
    """Warn above the label's highest dose, and of a likely slip from twice it; no source names more for any disease.

    An order that cannot be compared, for want of a height, is told.
    """
    asked = case.ordered if case.chart.draft_orders else case.taken
    exposures = [one for one in asked if one.drug is Drug.THIOGUANINE and one.regimen is not None]
    if not exposures:
        return Silent("no readable dose of thioguanine")
    missing = case.missing(FactKind.VITALS) if case.weight is None else ()
    findings = tuple(finding for exposure in exposures if (finding := _finding(exposure, case)))
    if findings:
        return Fired(findings, missing)
    return Blocked(missing) if missing else Silent("the dose of thioguanine is not above its label")


def _finding(exposure: Exposure, case: Case) -> Finding | None:
    highest = case.knowledge.leukaemia_limits.leukaemia_limit(LeukaemiaLimitKind.THIOGUANINE_HIGHEST)
    dose = surface_dose(exposure, case.chart, case.weight, case.knowledge.formulas)
    if dose is not None:
        return _above(exposure, dose, highest, case) if dose.mg_per_m2 > highest.value else None
    is_told = exposure.is_ordered and case.weight is not None
    return _not_compared(exposure, highest, case) if is_told else None


def _above(exposure: Exposure, dose: SurfaceDose, highest: LeukaemiaLimit, case: Case) -> Finding:
    is_slip = dose.mg_per_m2 >= LIKELY_SLIP * highest.value
    name = titled(drug_name(exposure.drug))
    action = "likely slip, check the order" if is_slip else "check the order"
    return Finding(
        decision=DecisionKey(DecisionKind.DOSE, exposure.key),
        indicator=Indicator.CRITICAL if is_slip else Indicator.WARNING,
        summary=f"{name} {dose.words}: above {number(highest.value)} {highest.unit}; {action}",
        why=(
            *dose_facts(exposure, case.weight),
            *surface_facts(case.chart, case.weight, case.knowledge.formulas),
        ),
        do=(
            case.knowledge.sentences.text(
                RuleSentence.THIOGUANINE_HIGHEST,
                most=highest.value,
                unit=highest.unit,
                team=case.protocol(exposure).team,
            ),
        ),
        citations=(highest.citation,),
        reasons=Reasons.DOSE,
    )


def _not_compared(exposure: Exposure, highest: LeukaemiaLimit, case: Case) -> Finding:
    return Finding(
        decision=DecisionKey(DecisionKind.DOSE, exposure.key),
        indicator=Indicator.INFO,
        summary=f"{dose_words(exposure, case.weight)}: no height on record, mg/m2 not checked",
        why=dose_facts(exposure, case.weight),
        do=("Record the height: the label sets the dose by body surface.",),
        citations=(highest.citation,),
        reasons=Reasons.DATA,
        leads=False,
    )


RULE = Rule(
    id="thioguanine-dose",
    question="Is the dose of thioguanine per square metre above the highest that its label names?",
    check=thioguanine_above_its_label,
    needs=NEEDS,
    implements=("B04",),
    at=(ORDER_SIGN, PATIENT_VIEW),
    highest=Indicator.CRITICAL,
    lowest=Indicator.INFO,
    sources=("lanvis-smpc",),
)
