"""On what is known of a patient, may a dose be offered, and may it be recommended?"""

from cards.assessment.case import Case
from cards.assessment.exposures import Exposure
from cards.assessment.protocol import LEUKAEMIAS
from cards.card import Indicator
from cards.finding import Bound, DecisionKind, DoseConstraint, Finding
from cards.model.facts import FactKind
from cards.model.genes import Gene, Phenotype
from cards.model.protocol import Group

# Decisions about what the drug may have done.
_HARM = (DecisionKind.COUNTS, DecisionKind.LIVER, DecisionKind.PANCREATITIS)


def no_more_than_today(case: Case, findings: tuple[Finding, ...]) -> tuple[DoseConstraint, ...]:
    """For each order beside a warning of harm: today's dose as the most, and none where there is none."""
    harmed = {
        finding.subject
        for finding in findings
        if finding.indicator is not Indicator.INFO and finding.decision.kind in _HARM
    }
    return tuple(_no_more(exposure) for exposure in case.ordered if exposure.key in harmed)


def _no_more(exposure: Exposure) -> DoseConstraint:
    course = exposure.course
    if course is None or not course.is_taken or course.regimen is None:
        return DoseConstraint(exposure.key, Bound.WAIT)
    return DoseConstraint(exposure.key, Bound.STEP, None, course.regimen.mg_per_day, is_binding=False)


def has_safe_genes(case: Case) -> bool:
    """Whether both genes are known to be normal, and no result speaks against it."""
    return all(
        status.phenotype is Phenotype.NORMAL and not status.is_conflicting
        for status in (case.genes[gene] for gene in Gene)
    )


def is_recommendable(exposure: Exposure, case: Case) -> bool:
    """Whether an offer may be the recommended one.

    Never for a child, in leukaemia, on a doubtful weight, or where an inhibitor may be among medications unknown.
    """
    is_named = bool(LEUKAEMIAS.intersection(exposure.purpose.indications))
    is_leukaemia = is_named or case.group(exposure) is Group.LEUKAEMIA
    is_doubtful = case.weight is not None and case.weight.is_old
    is_hidden = bool(case.missing(FactKind.MEDICATIONS)) or case.has_unused(FactKind.MEDICATIONS)
    return not (case.is_child or is_leukaemia or is_doubtful or is_hidden)
