"""Is the patient breastfeeding?"""

from cards.assessment.case import Case
from cards.assessment.exposures import Exposure
from cards.assessment.pregnancy import Evidence, breastfeeding_of
from cards.card import Indicator
from cards.finding import Finding, Fired, Outcome, Silent
from cards.knowledge.patient_advice import Circumstance
from cards.model.facts import FactKind
from cards.model.genes import INTERMEDIATE, Gene, Phenotype
from cards.model.therapy import Drug
from cards.rules.quiet_line import quiet_exposures, quiet_line
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule

NEEDS = frozenset({FactKind.CONDITIONS, FactKind.PREGNANCY, FactKind.GENES, FactKind.MEDICATIONS})
_TOPICS = {
    Drug.AZATHIOPRINE: Circumstance.LACTATION_AZATHIOPRINE,
    Drug.MERCAPTOPURINE: Circumstance.LACTATION_MERCAPTOPURINE,
}
_LOW = (Phenotype.POOR, *INTERMEDIATE)


def breastfeeding_on_thiopurine(case: Case) -> Outcome:
    """Both views on breastfeeding, as lines of the start's plan or of the quiet card."""
    exposures = tuple(exposure for exposure in quiet_exposures(case) if exposure.drug in _TOPICS)
    if not exposures:
        return Silent("neither azathioprine nor mercaptopurine is newly started, or viewed while taken")
    evidence = breastfeeding_of(case.chart, case.policy)
    if evidence is None:
        return Silent("no breastfeeding is recorded")
    return Fired(tuple(_line(exposure, evidence, case) for exposure in exposures))


def _line(exposure: Exposure, evidence: Evidence, case: Case) -> Finding:
    return quiet_line(
        exposure,
        "Breastfeeding",
        evidence.facts,
        case.knowledge.patient_advice.advice(*_topics(exposure, case)),
    )


def _topics(exposure: Exposure, case: Case) -> tuple[Circumstance, ...]:
    tpmt = case.genes[Gene.TPMT]
    low = tpmt.phenotype in _LOW or tpmt.is_below_normal
    return (_TOPICS[exposure.drug], *((Circumstance.LACTATION_LOW_TPMT,) if low else ()))


RULE = Rule(
    id="lactation",
    question="Is the patient breastfeeding?",
    check=breastfeeding_on_thiopurine,
    needs=NEEDS,
    implements=("E10", "E11"),
    at=(
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.INFO,
    lowest=Indicator.INFO,
    sources=(
        "fda-imuran-summary",
        "lactmed-azathioprine",
        "lactmed-mercaptopurine",
    ),
)
