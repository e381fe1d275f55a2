"""What speaks against more of a thiopurine, and against adding allopurinol to it?"""

from cards.assessment.case import Case
from cards.assessment.courses import CourseState
from cards.assessment.cytopenia import low_counts
from cards.assessment.episodes import Episode
from cards.assessment.exposures import Exposure
from cards.assessment.genes import reduced_words
from cards.assessment.kidneys import kidneys_of
from cards.assessment.protocol import in_group_of, tolerance_limits
from cards.assessment.results import newest_within, value_words
from cards.knowledge.indication_doses import DoseStatement, DoseStatementKind, DoseUnit
from cards.knowledge.monitoring import Tier
from cards.model.genes import Gene
from cards.model.labs import Analyte
from cards.model.therapy import XANTHINE_OXIDASE_INHIBITORS, Drug
from cards.wording import drug_name, number, per_kg

_IN_USE = (CourseState.CURRENT, CourseState.UNCERTAIN, CourseState.HELD)


def against_raising(exposure: Exposure, case: Case) -> tuple[str, ...]:
    """Why a higher dose must not be mentioned, in words that stand alone: "WBC 3.1"; () where nothing forbids it."""
    return (*_low_counts(exposure, case), *_at_ceiling(exposure, case), *inhibitors(case), *_low_genes(case))


def against_allopurinol(exposure: Exposure, case: Case) -> tuple[str, ...]:
    """Why adding allopurinol must not be mentioned; () where nothing known forbids it."""
    kidneys = kidneys_of(case.chart, case.policy, case.knowledge.formulas)
    impaired = (kidneys.words,) if kidneys is not None and kidneys.is_severe else ()
    return (*_low_counts(exposure, case), *inhibitors(case), *_low_genes(case), *impaired)


def unknown_before_allopurinol(case: Case) -> tuple[str, ...]:
    """The facts that must be known first and are not."""
    genes = tuple(str(gene) for gene in Gene if not case.genes[gene].is_informative)
    egfr = newest_within(case.chart, Analyte.EGFR, case.policy.kidney_result_days)
    return (*genes, *(() if egfr else ("the kidneys (eGFR)",)))


def inhibitors(case: Case) -> tuple[str, ...]:
    """Xanthine oxidase inhibitors taken, on hold or ordered."""
    return tuple(
        f"{drug_name(drug)} is on record" for drug in XANTHINE_OXIDASE_INHIBITORS if _is_there(drug, case)
    )


def is_beside_inhibitor(exposure: Exposure, case: Case) -> bool:
    """Whether an inhibitor that does not simply go with this thiopurine is taken or ordered."""
    return any(
        case.knowledge.interactions.interaction(drug, exposure.drug) is not None and _is_used(drug, case)
        for drug in XANTHINE_OXIDASE_INHIBITORS
    )


def _is_used(drug: Drug, case: Case) -> bool:
    course = case.course(drug)
    is_taken = course is not None and course.is_taken and not case.is_ending(drug)
    return is_taken or bool(case.orders_of(drug))


def _is_there(drug: Drug, case: Case) -> bool:
    course = case.course(drug)
    is_in_use = course is not None and course.state in _IN_USE and not case.is_ending(drug)
    return is_in_use or bool(case.orders_of(drug))


def _low_counts(exposure: Exposure, case: Case) -> tuple[str, ...]:
    limits = tolerance_limits(Tier.WITHHOLD, case.protocol(exposure), case.knowledge.monitoring)
    counts = low_counts(exposure, limits, case.chart, case.policy)
    return tuple(value_words(count.result) for count in counts)


def _low_genes(case: Case) -> tuple[str, ...]:
    low = [status for status in case.genes.values() if status.is_below_normal]
    return (reduced_words(low),) if low else ()


def _at_ceiling(exposure: Exposure, case: Case) -> tuple[str, ...]:
    """The lowest ceiling among the possible indications, where the dose is at or above it."""
    rows = [
        row
        for indication in exposure.purpose.indications
        for row in case.knowledge.indication_doses.dose_statements(
            exposure.drug,
            indication,
            DoseStatementKind.CEILING,
            in_group_of(indication, case.protocol(exposure)),
        )
    ]
    reached = [row for row in rows if _is_reached(row, exposure, case)]
    return tuple(f"{number(row.high)} {row.unit} is the ceiling" for row in reached[:1])


def _is_reached(row: DoseStatement, exposure: Exposure, case: Case) -> bool:
    """Whether the dose before any increase is at the ceiling: an order up to the ceiling may be what is wanted."""
    is_raised = exposure.episode is Episode.ESCALATION
    regimen = exposure.course.regimen if is_raised and exposure.course else exposure.regimen
    if regimen is None:
        return False
    if row.unit is DoseUnit.MG_PER_KG:
        weight = case.weight
        return weight is not None and per_kg(exposure.drug, regimen.mg_per_day, weight.kg) >= row.high
    return regimen.mg_per_day >= row.high
