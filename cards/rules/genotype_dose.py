"""Does this genotype call for another drug, or for a lower dose than the one ordered?"""

from dataclasses import dataclass

from cards.card import Indicator
from cards.case import Case
from cards.case.courses import Episode
from cards.case.dose_words import dose_facts, dose_words, mg_per_kg, span_in_mg
from cards.case.exposures import Exposure
from cards.case.genes import reduced_words
from cards.finding import Blocked, Bound, DoseConstraint, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.genotype_doses import (
    Advice,
    GenotypeDose,
    IndicationClass,
    StartUnit,
    dpwg_advice,
    fda_statement,
    genotype_dose,
    other_views,
)
from cards.knowledge.sources import Citation, cite
from cards.model.conditions import Indication
from cards.model.facts import FactKind, Missing
from cards.model.genes import Gene, Method, Phenotype
from cards.model.therapy import Drug
from cards.rules.rule import Rule
from cards.wording import drug_name, fitting, number, span, titled

NEEDS = frozenset(
    {FactKind.GENES, FactKind.VITALS, FactKind.MEDICATIONS, FactKind.CONDITIONS, FactKind.PROCEDURES}
)
_REDUCED = (Phenotype.INTERMEDIATE, Phenotype.POSSIBLE_INTERMEDIATE)
_COUNTS_STILL = "A genotype never replaces blood counts: keep the monitoring schedule."


def genotype_calls_for_change(case: Case) -> Outcome:
    """A poor metabolizer always fires, whatever the dose, ordered or taken.

    An intermediate metabolizer fires for a start, restart or increase; a tolerated renewal is silent.
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
    """Gene results that were not seen, and transfusions where an enzyme activity decides."""
    leading = [status.leading for status in case.genes.values()]
    is_activity = any(reading and reading.result.method is Method.ACTIVITY for reading in leading)
    return case.missing(FactKind.GENES, *([FactKind.PROCEDURES] if is_activity else []))


def _finding(exposure: Exposure, case: Case) -> Finding | None:
    phenotypes = {gene: case.genes[gene].phenotype for gene in Gene}
    if exposure.is_ordered and not exposure.is_selected:
        return None
    if Phenotype.POOR in phenotypes.values():
        return _poor(exposure, case)
    has_reduced = any(phenotype in _REDUCED for phenotype in phenotypes.values())
    if not (has_reduced and exposure.is_ordered and _is_starting(exposure)):
        return None
    advice = genotype_dose(exposure.drug, phenotypes[Gene.TPMT], phenotypes[Gene.NUDT15])
    return _reduced(exposure, advice, case) if advice and advice.percent is not None else None


def _is_starting(exposure: Exposure) -> bool:
    episode = exposure.episode
    return episode is not None and (episode.starts or episode in (Episode.ESCALATION, Episode.CONTINUATION))


def indication_class(exposure: Exposure) -> IndicationClass | None:
    """Malignant or not, from what the drug is for; None where both are possible.

    Azathioprine is not given for malignancy, and thioguanine for hardly anything else.
    """
    indications = exposure.purpose.indications
    if exposure.drug is Drug.AZATHIOPRINE:
        return IndicationClass.NONMALIGNANT
    if exposure.purpose.only is Indication.LEUKEMIA:
        return IndicationClass.MALIGNANT
    if Indication.LEUKEMIA in indications:
        return None
    if indications:
        return IndicationClass.NONMALIGNANT
    return IndicationClass.MALIGNANT if exposure.drug is Drug.THIOGUANINE else None


def _gene_facts(case: Case) -> tuple[Fact, ...]:
    facts: list[Fact] = []
    for gene in Gene:
        status = case.genes[gene]
        facts += status.facts() or (Fact(f"{gene}: {case.nothing_on_record(FactKind.GENES)}"),)
        facts += (Fact(note) for note in status.notes())
    return tuple(facts)


def _poor(exposure: Exposure, case: Case) -> Finding:
    poor = [gene for gene in Gene if case.genes[gene].phenotype is Phenotype.POOR]
    words = f"{' and '.join(poor)} poor metabolizer"
    advice = genotype_dose(exposure.drug, case.genes[Gene.TPMT].phenotype, case.genes[Gene.NUDT15].phenotype)
    kind = indication_class(exposure)
    may_reduce = kind is not IndicationClass.NONMALIGNANT and advice is not None and advice.reduced_schedule
    if kind is IndicationClass.MALIGNANT and may_reduce:
        action = "one tenth of the dose, three days a week"
    elif may_reduce:
        action = "another drug, or in malignancy one tenth of the dose, three days a week"
    else:
        action = "consider a drug that is not a thiopurine"
    verb = "" if exposure.is_ordered else " being taken"
    return Finding(
        decision=f"dose:{exposure.key}",
        indicator=Indicator.CRITICAL,
        summary=f"{titled(drug_name(exposure.drug))}{verb}: {words}; {action}",
        why=(*_gene_facts(case), *dose_facts(exposure, case.weight)),
        do=(
            *_poor_lines(exposure, kind, advice),
            *(
                ()
                if exposure.is_ordered
                else (
                    "The drug is being taken: check the blood count now and discuss with the treating specialist.",
                )
            ),
            _COUNTS_STILL,
        ),
        also=_other_sources(exposure, case),
        citations=_citations(advice),
        reasons=Reasons.DOSE,
        constraints=((DoseConstraint(exposure.key, Bound.STOP),) if exposure.is_ordered else ()),
    )


def _poor_lines(
    exposure: Exposure, kind: IndicationClass | None, advice: GenotypeDose | None
) -> tuple[str, ...]:
    name = drug_name(exposure.drug)
    alternative = (
        f"Life-threatening marrow suppression is expected at usual doses of {name}. Consider an alternative "
        "immunosuppressant that is not a thiopurine."
    )
    schedule = advice.reduced_schedule if advice else None
    if advice is None or schedule is None or kind is IndicationClass.NONMALIGNANT:
        return (alternative,)
    example = f" (for example {schedule.example})" if schedule.example else ""
    malignant = (
        f"In malignancy: start with drastically reduced doses, {number(100 * schedule.dose_factor)} % of the "
        f"usual dose on {schedule.days_per_week} days a week{example}; adjust by the degree of "
        f"myelosuppression and allow {_weeks(advice)} to steady state."
    )
    return (malignant,) if kind is IndicationClass.MALIGNANT else (malignant, f"Otherwise: {alternative}")


def _weeks(advice: GenotypeDose) -> str:
    weeks = advice.steady_state_weeks
    return f"{span(weeks[0], weeks[1] or weeks[0])} weeks" if weeks else "the usual time"


def _other_sources(exposure: Exposure, case: Case) -> tuple[str, ...]:
    phenotypes = {gene: case.genes[gene].phenotype for gene in Gene}
    lines = [
        f"DPWG, {'for specialists only, ' if phenotype is Phenotype.POOR else ''}{gene}: {_advice_words(advice)}"
        for gene, phenotype in phenotypes.items()
        for advice in dpwg_advice(exposure.drug, gene, phenotype)
    ]
    label = fda_statement(exposure.drug, phenotypes[Gene.TPMT], phenotypes[Gene.NUDT15])
    if label is not None:
        lines.append(f"FDA label: {_advice_words(label)}")
    lines += [
        _advice_words(advice)
        for gene, phenotype in phenotypes.items()
        for advice in other_views(exposure.drug, gene, phenotype)
    ]
    return tuple(lines)


def _advice_words(advice: Advice) -> str:
    setting = f"in {advice.setting}, " if advice.setting else ""
    return f"{setting}{advice.text} (grade {advice.citation.grade})."


def _citations(advice: GenotypeDose | None) -> tuple[Citation, ...]:
    return (advice.citation,) if advice else (cite("cpic-thiopurines-2025"),)


@dataclass(frozen=True, slots=True)
class _Range:
    """Where CPIC starts for one class of indications."""

    kind: IndicationClass
    low: float
    high: float
    standard: float
    unit: StartUnit

    def words(self, percent: str, case: Case) -> str:
        """The range as a sentence, in mg where the weight is known."""
        where = "in malignancy" if self.kind is IndicationClass.MALIGNANT else "outside malignancy"
        if self.unit is StartUnit.MG_PER_KG:
            amount = span_in_mg(self.low, self.high, case.weight)
        else:
            amount = f"{span(self.low, self.high)} {self.unit}"
        return f"Start at {percent} of the standard start ({number(self.standard)} {self.unit}, {where}): {amount}."


def _ranges(advice: GenotypeDose, kind: IndicationClass | None) -> tuple[_Range, ...]:
    ranges = []
    for start_kind, start in advice.starts.items():
        found = advice.start_range(start_kind)
        if found is not None and kind in (None, start_kind):
            ranges.append(_Range(start_kind, found[0], found[1], start.value, start.unit))
    return tuple(ranges)


def _reduced(exposure: Exposure, advice: GenotypeDose, case: Case) -> Finding:
    low_percent, high_percent = advice.percent or (100, 100)
    percent = f"{span(low_percent, high_percent)} %"
    if Indication.KIDNEY_TRANSPLANT in exposure.purpose.indications:
        return _for_transplant(exposure, advice, percent, case)
    ranges = _ranges(advice, indication_class(exposure))
    dose = mg_per_kg(exposure, case.weight)
    if (
        len(ranges) == 1
        and ranges[0].unit is StartUnit.MG_PER_KG
        and dose is not None
        and case.weight is not None
    ):
        only, kg = ranges[0], case.weight.kg
        if dose < only.standard:
            return _below_standard(exposure, advice, only, case)
        verb = "CPIC's start is" if exposure.episode is Episode.ESCALATION else "start at"
        target = f"{verb} {span(only.low * kg, only.high * kg, 0)} mg/day"
        constraint = DoseConstraint(exposure.key, Bound.GENOTYPE, only.low * kg, only.high * kg)
    else:
        target = f"start at {percent} of the standard start"
        constraint = DoseConstraint(exposure.key, Bound.GENOTYPE)
    lead = _lead(exposure, case)
    return Finding(
        decision=f"dose:{exposure.key}",
        indicator=Indicator.WARNING,
        summary=fitting(f"{lead}, {target}", f"{lead}, start at {percent}", f"{lead}, start lower"),
        why=(*_gene_facts(case), *dose_facts(exposure, case.weight), _episode_fact(exposure)),
        do=(
            *(start.words(percent, case) for start in ranges),
            *(() if ranges else (_only_in_malignancy(exposure, percent),)),
            f"Adjust by the degree of myelosuppression; wait {_weeks(advice)} for steady state before each "
            "further step.",
            _COUNTS_STILL,
        ),
        also=_other_sources(exposure, case),
        citations=_citations(advice),
        reasons=Reasons.DOSE,
        constraints=(constraint,),
    )


def _only_in_malignancy(exposure: Exposure, percent: str) -> str:
    return (
        f"CPIC advises {percent} of the standard start of {drug_name(exposure.drug)}, and states one only in "
        f"malignancy: agree the dose for {exposure.purpose} with a specialist."
    )


def _episode_fact(exposure: Exposure) -> Fact:
    return Fact(f"This order is a {exposure.episode}")


def _lead(exposure: Exposure, case: Case) -> str:
    return f"{dose_words(exposure, case.weight)}: {reduced_words(case.genes.values())}"


def _for_transplant(exposure: Exposure, advice: GenotypeDose, percent: str, case: Case) -> Finding:
    lead = _lead(exposure, case)
    return Finding(
        decision=f"dose:{exposure.key}",
        indicator=Indicator.WARNING,
        summary=fitting(
            f"{lead}, {percent} of the usual start; agree with the transplant team",
            f"{lead}; agree the dose with the transplant team",
            f"{lead}; ask the transplant team",
        ),
        why=(*_gene_facts(case), *dose_facts(exposure, case.weight), _episode_fact(exposure)),
        do=(
            f"CPIC advises {percent} of the standard start, stated for autoimmune disease. For transplantation "
            "it gives no amount in mg: agree the dose with the transplant team.",
            _COUNTS_STILL,
        ),
        also=_other_sources(exposure, case),
        citations=_citations(advice),
        reasons=Reasons.DOSE,
        constraints=(DoseConstraint(exposure.key, Bound.STOP),),
    )


def _below_standard(exposure: Exposure, advice: GenotypeDose, start: _Range, case: Case) -> Finding:
    """The order is already below the standard start: said once, quietly."""
    within = "within" if (mg_per_kg(exposure, case.weight) or 0) <= start.high else "above"
    return Finding(
        decision=f"plan:{exposure.key}",
        indicator=Indicator.INFO,
        summary=f"{_lead(exposure, case)}, already below the standard start",
        why=(*_gene_facts(case), *dose_facts(exposure, case.weight)),
        do=(
            f"Gene advice: the standard start is {number(start.standard)} mg/kg/day and this order is below it, so a "
            f"further reduction may not be needed; it is {within} {span_in_mg(start.low, start.high, case.weight)}.",
            f"Wait {_weeks(advice)} for steady state before each step, and titrate by blood counts.",
            _COUNTS_STILL,
        ),
        also=_other_sources(exposure, case),
        citations=_citations(advice),
        reasons=Reasons.DOSE,
        leads=False,
    )


RULE = Rule(
    id="genotype-dose",
    question="Does this genotype call for another drug, or for a lower dose than the one ordered?",
    check=genotype_calls_for_change,
    needs=NEEDS,
    implements=("B02", "B03", "B04", "B07", "B08", "B09", "X16", "X18"),
    can_be_critical=True,
)
