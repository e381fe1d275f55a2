"""Does this genotype call for another drug, or for a lower dose than the one ordered?"""

from enum import Enum

from cards.assessment.body import is_surface_dated
from cards.assessment.case import Case
from cards.assessment.dose_words import dose_facts, dose_words, mg_per_kg, span_in_mg
from cards.assessment.episodes import Episode
from cards.assessment.established import is_established, why_not_established
from cards.assessment.exposures import Exposure
from cards.assessment.genes import reduced_words
from cards.assessment.genotype_words import (
    COUNTS_STILL,
    advice_citations,
    gene_facts,
    indication_class,
    other_sources,
    steady_state_words,
)
from cards.assessment.more_drug import is_beside_inhibitor
from cards.assessment.start_range import StartRange, range_per_kg, start_ranges
from cards.assessment.surface_dose import surface_dose, surface_facts
from cards.card import Indicator
from cards.finding import (
    Blocked,
    Bound,
    DecisionKey,
    DecisionKind,
    DoseConstraint,
    Fact,
    Finding,
    Fired,
    Outcome,
    Reasons,
    Silent,
)
from cards.knowledge.formulas import Formula
from cards.knowledge.genotype_doses import GenotypeDose, IndicationClass, StartUnit
from cards.knowledge.sources import Citation
from cards.model.conditions import Indication
from cards.model.facts import FactKind, Missing
from cards.model.genes import INTERMEDIATE, Gene, Method, Phenotype
from cards.rules.ordering.poor_metabolizer import poor_metabolizer_finding
from cards.rules.rule import ORDER_SELECT, ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, fitting, number, span, titled

__all__ = ["RULE", "genotype_calls_for_change", "indication_class"]

NEEDS = frozenset(
    {
        FactKind.GENES,
        FactKind.VITALS,
        FactKind.MEDICATIONS,
        FactKind.CONDITIONS,
        FactKind.PROCEDURES,
        FactKind.COUNTS,
        FactKind.ALLERGIES,
    }
)
_NOT_BESIDE_INHIBITOR = (
    "CPIC's ranges are for use without a xanthine oxidase inhibitor: beside one no source gives a number."
)


def genotype_calls_for_change(case: Case) -> Outcome:
    """A poor metabolizer always fires: critical at a start or above a small share of the standard start.

    An intermediate metabolizer fires for an order, unless the dose is established and tolerated, and in the first
    weeks of a dose that is being taken.
    """
    if not case.exposures:
        return Silent("no thiopurine is ordered or taken")
    missing = _missing(case)
    findings = tuple(finding for exposure in case.exposures if (finding := _finding(exposure, case)))
    if findings:
        return Fired(findings, missing)
    are_known = all(case.genes[gene].is_informative for gene in Gene)
    unseen = tuple(gap for gap in missing if not (are_known and gap.kind is FactKind.GENES))
    if unseen:
        return Blocked(unseen)
    return Silent("the phenotypes on record call for no change of this order or therapy")


def _missing(case: Case) -> tuple[Missing, ...]:
    """Unseen gene results, and unseen transfusions where an enzyme activity decides."""
    leading = [status.leading for status in case.genes.values()]
    is_activity = any(reading and reading.result.method is Method.ACTIVITY for reading in leading)
    return case.missing(FactKind.GENES, *([FactKind.PROCEDURES] if is_activity else []))


def _finding(exposure: Exposure, case: Case) -> Finding | None:
    phenotypes = {gene: case.genes[gene].phenotype for gene in Gene}
    if exposure.is_ordered and not exposure.is_selected:
        return None
    if Phenotype.POOR in phenotypes.values():
        return poor_metabolizer_finding(exposure, case)
    has_reduced = any(phenotype in INTERMEDIATE for phenotype in phenotypes.values())
    if not (has_reduced and _is_due(exposure, case)):
        return None
    advice = case.knowledge.genotype_doses.genotype_dose(
        exposure.drug, phenotypes[Gene.TPMT], phenotypes[Gene.NUDT15]
    )
    return _reduced(exposure, advice, case) if advice and advice.percent is not None else None


def _is_due(exposure: Exposure, case: Case) -> bool:
    """Whether an intermediate phenotype matters to this order or therapy now."""
    if not exposure.is_ordered:
        return indication_class(exposure, case) is not IndicationClass.MALIGNANT and _is_early(exposure, case)
    if _is_starting(exposure):
        return True
    return indication_class(exposure, case) is not IndicationClass.MALIGNANT and not _is_tolerated(
        exposure, case
    )


def _is_starting(exposure: Exposure) -> bool:
    episode = exposure.episode
    return episode is not None and (episode.starts or episode in (Episode.ESCALATION, Episode.CONTINUATION))


def _is_early(exposure: Exposure, case: Case) -> bool:
    """Whether the stretch of therapy began, or may have begun, within the weeks in which the genotype counts."""
    since = exposure.course.started_on if exposure.course else None
    return since is None or since.possibly_within(case.policy.genotype_days - 1, case.chart.today)


def _is_tolerated(exposure: Exposure, case: Case) -> bool:
    regimen = exposure.regimen
    return regimen is not None and is_established(
        exposure, regimen.mg_per_day, case.chart, case.policy, case.knowledge
    )


class _Standing(Enum):
    """How a dose compares with CPIC's start for an intermediate metabolizer."""

    WITHIN = "within the range, or below it"
    ABOVE = "above the range, and below the standard start"
    TOO_HIGH = "at the standard start, above the range with both genes reduced, or not known"


def _standing(exposure: Exposure, own: StartRange | None, case: Case) -> _Standing:
    dose = mg_per_kg(exposure, case.dated_weight)
    if own is None or dose is None:
        return _Standing.TOO_HIGH
    if dose <= own.high:
        return _Standing.WITHIN
    are_both_reduced = all(case.genes[gene].phenotype in INTERMEDIATE for gene in Gene)
    return _Standing.TOO_HIGH if are_both_reduced or dose >= own.standard else _Standing.ABOVE


def _reduced(exposure: Exposure, advice: GenotypeDose, case: Case) -> Finding | None:
    ranges = start_ranges(advice, indication_class(exposure, case))
    own = range_per_kg(ranges)
    standing = _standing(exposure, own, case)
    if Indication.KIDNEY_TRANSPLANT in exposure.purpose.indications:
        is_asked = _is_starting(exposure) or standing is _Standing.TOO_HIGH
        return _for_transplant(exposure, advice, case) if is_asked else None
    is_start = exposure.episode is not None and exposure.episode.starts
    is_beside = is_beside_inhibitor(exposure, case)
    if _is_within_per_m2(exposure, ranges, case):
        return _within_per_m2(exposure, advice, ranges, case) if is_start and not is_beside else None
    if own is None or standing is _Standing.TOO_HIGH:
        return _too_high(exposure, advice, ranges, case)
    if is_beside:
        return None  # the card asks to reduce further: a dose within reach of the range does not qualify beside it
    if standing is _Standing.ABOVE:
        return _above_range(exposure, advice, own, case) if exposure.is_ordered else None
    return _below_standard(exposure, advice, own, case) if is_start else None


def _is_within_per_m2(exposure: Exposure, ranges: tuple[StartRange, ...], case: Case) -> bool:
    """Whether dated measures show that the dose is not above the range per m2 of a malignancy."""
    dose = surface_dose(exposure, case.chart, case.firm_weight, case.knowledge.formulas)
    if dose is None or not is_surface_dated(case.chart, case.firm_weight):
        return False
    is_per_m2 = len(ranges) == 1 and ranges[0].unit is not StartUnit.MG_PER_KG
    return is_per_m2 and dose.mg_per_m2 <= ranges[0].high


def _percent_words(advice: GenotypeDose) -> str:
    low, high = advice.percent or (100, 100)
    return f"{span(low, high)} %"


def _too_high(
    exposure: Exposure, advice: GenotypeDose, ranges: tuple[StartRange, ...], case: Case
) -> Finding:
    percent = _percent_words(advice)
    own = ranges[0] if len(ranges) == 1 and ranges[0].unit is StartUnit.MG_PER_KG else None
    kg = case.weight.kg if case.weight and exposure.regimen else None
    low_mg, high_mg = (own.low * kg, own.high * kg) if own and kg else (None, None)
    amount = f"{percent} of the standard start"
    beside = is_beside_inhibitor(exposure, case)
    if low_mg is not None and high_mg is not None and case.firm_weight:
        amount = f"{span(low_mg, high_mg, 0)} mg/day"
    printed = () if beside else ranges
    return Finding(
        decision=DecisionKey(DecisionKind.DOSE, exposure.key),
        indicator=Indicator.WARNING,
        summary=_too_high_summary(exposure, amount, percent, case),
        why=(
            *gene_facts(case),
            *dose_facts(exposure, case.weight),
            *_surface_facts(printed, case),
            *_now_facts(exposure, case),
        ),
        do=(
            *_early_line(exposure, case),
            *(
                (_NOT_BESIDE_INHIBITOR,)
                if beside
                else (start.words(percent, exposure, case) for start in ranges)
            ),
            *(() if ranges or beside else (_only_in_malignancy(exposure, percent),)),
            f"Adjust by the degree of myelosuppression; wait {steady_state_words(advice)} for steady state before each "
            "further step.",
            COUNTS_STILL,
        ),
        also=other_sources(exposure, case),
        citations=_citations(advice, printed, case),
        reasons=Reasons.DOSE,
        constraints=(
            (DoseConstraint(exposure.key, Bound.GENOTYPE, low_mg, high_mg),) if exposure.is_ordered else ()
        ),
    )


def _surface_facts(ranges: tuple[StartRange, ...], case: Case) -> tuple[Fact, ...]:
    """The body surface, where a range per m2 is printed for it."""
    if all(one.unit is StartUnit.MG_PER_KG for one in ranges):
        return ()
    return surface_facts(case.chart, case.firm_weight, case.knowledge.formulas)


def _citations(advice: GenotypeDose, ranges: tuple[StartRange, ...], case: Case) -> tuple[Citation, ...]:
    of_advice = advice_citations(advice, case.knowledge.sources)
    if not _surface_facts(ranges, case):
        return of_advice
    return (*of_advice, case.knowledge.formulas.citation_of(Formula.MOSTELLER))


def _too_high_summary(exposure: Exposure, amount: str, percent: str, case: Case) -> str:
    lead = _lead(exposure, case)
    if is_beside_inhibitor(exposure, case):
        act = (
            "CPIC's start is for use without an inhibitor" if exposure.is_ordered else "check the blood count"
        )
        return fitting(f"{lead}; {act}", f"{lead}, start lower" if exposure.is_ordered else lead)
    if not exposure.is_ordered:
        return fitting(
            f"{lead}; check the blood count, CPIC's start is {amount}",
            f"{lead}; check the blood count, CPIC's start is {percent}",
            f"{lead}; check the blood count",
            f"{titled(drug_name(exposure.drug))}: {reduced_words(case.genes.values())}; check the blood count",
        )
    is_start = exposure.episode in (None, Episode.CONTINUATION) or exposure.episode.starts
    verb = "start at" if is_start else "CPIC's start is"
    return fitting(f"{lead}, {verb} {amount}", f"{lead}, {verb} {percent}", f"{lead}, start lower")


def _now_facts(exposure: Exposure, case: Case) -> tuple[Fact, ...]:
    """What the order does and, where the therapy goes on, why its dose does not count as established."""
    if not exposure.is_ordered:
        return _since_facts(exposure)
    if _is_starting(exposure) or exposure.regimen is None:
        return (_episode_fact(exposure),)
    doubts = why_not_established(
        exposure, exposure.regimen.mg_per_day, case.chart, case.policy, case.knowledge
    )
    return (_episode_fact(exposure), *doubts)


def _since_facts(exposure: Exposure) -> tuple[Fact, ...]:
    since = exposure.course.started_on if exposure.course else None
    return (Fact("Taken since", since),) if since else (Fact("No record says since when it is taken"),)


def _early_line(exposure: Exposure, case: Case) -> tuple[str, ...]:
    if exposure.is_ordered:
        return ()
    weeks = number(case.policy.genotype_days / 7, 0)
    return (
        f"The drug is being taken, and in the first {weeks} weeks this dose is not known to be tolerated: check the "
        "blood count now, and discuss a lower dose.",
    )


def _only_in_malignancy(exposure: Exposure, percent: str) -> str:
    return (
        f"CPIC advises {percent} of the standard start of {drug_name(exposure.drug)}, and states one only in "
        f"malignancy: agree the dose for {exposure.purpose} with a specialist."
    )


def _episode_fact(exposure: Exposure) -> Fact:
    return Fact(f"This order is a {exposure.episode}")


def _lead(exposure: Exposure, case: Case) -> str:
    is_sure = exposure.course is not None and exposure.course.is_sure
    taken = " being taken" if is_sure else " possibly still taken"
    verb = "" if exposure.is_ordered else taken
    return f"{dose_words(exposure, case.weight)}{verb}: {reduced_words(case.genes.values())}"


def _for_transplant(exposure: Exposure, advice: GenotypeDose, case: Case) -> Finding:
    lead, percent = _lead(exposure, case), _percent_words(advice)
    return Finding(
        decision=DecisionKey(DecisionKind.DOSE, exposure.key),
        indicator=Indicator.WARNING,
        summary=fitting(
            f"{lead}, {percent} of the usual start; agree with the transplant team",
            f"{lead}; agree the dose with the transplant team",
            f"{lead}; ask the transplant team",
        ),
        why=(*gene_facts(case), *dose_facts(exposure, case.weight), *_now_facts(exposure, case)),
        do=(
            *_early_line(exposure, case),
            f"CPIC advises {percent} of the standard start, stated for autoimmune disease. For transplantation "
            "it gives no amount in mg: agree the dose with the transplant team.",
            COUNTS_STILL,
        ),
        also=other_sources(exposure, case),
        citations=advice_citations(advice, case.knowledge.sources),
        reasons=Reasons.DOSE,
        constraints=((DoseConstraint(exposure.key, Bound.STOP),) if exposure.is_ordered else ()),
    )


def _above_range(exposure: Exposure, advice: GenotypeDose, own: StartRange, case: Case) -> Finding:
    """One gene intermediate, and an order above its range but below the standard start."""
    lead = _lead(exposure, case)
    start = span_in_mg(own.low, own.high, case.firm_weight).rpartition(" = ")[2]
    return Finding(
        decision=DecisionKey(DecisionKind.DOSE, exposure.key),
        indicator=Indicator.INFO,
        summary=fitting(
            f"{lead}, above CPIC's start of {start}; titrate by blood counts",
            f"{lead}, above CPIC's start; titrate by blood counts",
            f"{lead}; titrate by blood counts",
        ),
        why=(*gene_facts(case), *dose_facts(exposure, case.weight), *_now_facts(exposure, case)),
        do=_below_standard_lines(exposure, advice, own, case),
        also=other_sources(exposure, case),
        citations=advice_citations(advice, case.knowledge.sources),
        reasons=Reasons.DOSE,
        constraints=_not_above(exposure, own, case),
        leads=False,
    )


def _below_standard(exposure: Exposure, advice: GenotypeDose, own: StartRange, case: Case) -> Finding:
    """The order is already within the range: reported once, quietly."""
    return Finding(
        decision=DecisionKey(DecisionKind.PLAN, exposure.key),
        indicator=Indicator.INFO,
        summary=f"{_lead(exposure, case)}, already below the standard start",
        why=(*gene_facts(case), *dose_facts(exposure, case.weight)),
        do=_below_standard_lines(exposure, advice, own, case),
        also=other_sources(exposure, case),
        citations=advice_citations(advice, case.knowledge.sources),
        reasons=Reasons.DOSE,
        constraints=_not_above(exposure, own, case),
        leads=False,
    )


def _within_per_m2(
    exposure: Exposure, advice: GenotypeDose, ranges: tuple[StartRange, ...], case: Case
) -> Finding:
    """The same in malignancy, whose range is per m2."""
    ordered = exposure.regimen.mg_per_day if exposure.regimen else 0.0
    return Finding(
        decision=DecisionKey(DecisionKind.PLAN, exposure.key),
        indicator=Indicator.INFO,
        summary=f"{_lead(exposure, case)}, already below the standard start",
        why=(*gene_facts(case), *dose_facts(exposure, case.weight), *_surface_facts(ranges, case)),
        do=(
            *(start.words(_percent_words(advice), exposure, case) for start in ranges),
            f"Wait {steady_state_words(advice)} for steady state before each step, and titrate by blood counts.",
            COUNTS_STILL,
        ),
        also=other_sources(exposure, case),
        citations=_citations(advice, ranges, case),
        reasons=Reasons.DOSE,
        constraints=(DoseConstraint(exposure.key, Bound.GENOTYPE, None, ordered, is_binding=False),),
        leads=False,
    )


def _below_standard_lines(
    exposure: Exposure, advice: GenotypeDose, own: StartRange, case: Case
) -> tuple[str, ...]:
    within = "within" if (mg_per_kg(exposure, case.weight) or 0) <= own.high else "above"
    return (
        f"Gene advice: the standard start is {number(own.standard)} mg/kg/day and this order is below it, so a "
        f"further reduction may not be needed; it is {within} {span_in_mg(own.low, own.high, case.firm_weight)}.",
        f"Wait {steady_state_words(advice)} for steady state before each step, and titrate by blood counts.",
        COUNTS_STILL,
    )


def _not_above(exposure: Exposure, own: StartRange, case: Case) -> tuple[DoseConstraint, ...]:
    """No other card may name more than the range, or than the order where that is higher."""
    kg = case.weight.kg if case.weight else 0.0
    ordered = exposure.regimen.mg_per_day if exposure.regimen else 0.0
    high = max(own.high * kg, ordered)
    return (DoseConstraint(exposure.key, Bound.GENOTYPE, None, high, is_binding=False),)


RULE = Rule(
    id="genotype-dose",
    question="Does this genotype call for another drug, or for a lower dose than the one ordered?",
    check=genotype_calls_for_change,
    needs=NEEDS,
    implements=("B02", "B03", "B04", "B07", "B08", "B09", "X16", "X18"),
    at=(
        ORDER_SELECT,
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.CRITICAL,
    lowest=Indicator.INFO,
    sources=(
        "cpic-thiopurines-2025",
        "dpwg-2025",
        "fda-azathioprine-label",
        "nbk-mercaptopurine",
        "nbk-thioguanine",
        "mosteller-1987",
    ),
)
