"""What a card says to a poor metabolizer, and how urgently."""

from cards.assessment.case import Case
from cards.assessment.dose_words import dose_facts
from cards.assessment.established import is_established, why_not_established
from cards.assessment.exposures import Exposure
from cards.assessment.genotype_words import (
    COUNTS_STILL,
    advice_citations,
    gene_facts,
    indication_class,
    other_sources,
    steady_state_words,
)
from cards.assessment.standard_start import percent_of_standard
from cards.assessment.surface_dose import surface_facts
from cards.card import Indicator
from cards.finding import Bound, DecisionKey, DecisionKind, DoseConstraint, Fact, Finding, Reasons
from cards.knowledge.formulas import Formula
from cards.knowledge.genotype_doses import GenotypeDose, IndicationClass
from cards.knowledge.rule_sentences import RuleSentence
from cards.knowledge.sentences import Sentences
from cards.model.genes import Gene, Phenotype
from cards.wording import drug_name, number, titled


def poor_metabolizer_finding(exposure: Exposure, case: Case) -> Finding:
    """Critical at a start or above a small share of the standard; else a warning until the dose is established."""
    advice = case.knowledge.genotype_doses.genotype_dose(
        exposure.drug, case.genes[Gene.TPMT].phenotype, case.genes[Gene.NUDT15].phenotype
    )
    kind = indication_class(exposure, case)
    small = _small_share(exposure, kind, case)
    indicator = _poor_indicator(exposure, small, case)
    surface = _surface_facts(indicator, kind, case)
    return Finding(
        decision=DecisionKey(DecisionKind.DOSE, exposure.key),
        indicator=indicator,
        summary=_poor_summary(
            exposure, case, _poor_action(indicator, small, kind, advice, case.knowledge.sentences)
        ),
        why=(
            *gene_facts(case),
            *dose_facts(exposure, case.weight),
            *surface,
            *_doubts(exposure, indicator, case),
        ),
        do=(
            *_poor_lines(exposure, kind, advice),
            *(
                ()
                if exposure.is_ordered or indicator is Indicator.INFO
                else (
                    "The drug is being taken: check the blood count now and discuss with the "
                    f"{case.protocol(exposure).team}.",
                )
            ),
            COUNTS_STILL,
        ),
        also=other_sources(exposure, case),
        citations=(
            *advice_citations(advice, case.knowledge.sources),
            *((case.knowledge.formulas.citation_of(Formula.MOSTELLER),) if surface else ()),
        ),
        reasons=Reasons.DOSE,
        constraints=((DoseConstraint(exposure.key, Bound.STOP),) if exposure.is_ordered else ()),
    )


def _small_share(exposure: Exposure, kind: IndicationClass | None, case: Case) -> float | None:
    """The dose in percent of the standard start where it is small enough for a poor metabolizer, else None."""
    percent = percent_of_standard(exposure, kind, case.chart, case.weight, case.knowledge)
    return percent if percent is not None and percent <= case.policy.poor_metabolizer_percent else None


def _surface_facts(indicator: Indicator, kind: IndicationClass | None, case: Case) -> tuple[Fact, ...]:
    """The body surface, where the card says a share of a standard start per square metre."""
    if indicator is Indicator.CRITICAL or kind is not IndicationClass.MALIGNANT:
        return ()
    return surface_facts(case.chart, case.weight, case.knowledge.formulas)


def _poor_indicator(exposure: Exposure, small: float | None, case: Case) -> Indicator:
    is_start = exposure.episode is not None and exposure.episode.starts
    if is_start or small is None:
        return Indicator.CRITICAL
    regimen = exposure.regimen
    if regimen is not None and is_established(
        exposure, regimen.mg_per_day, case.chart, case.policy, case.knowledge
    ):
        return Indicator.INFO
    return Indicator.WARNING


def _doubts(exposure: Exposure, indicator: Indicator, case: Case) -> tuple[Fact, ...]:
    """Why a small continuing dose is a warning, no more and no less."""
    if indicator is not Indicator.WARNING or exposure.regimen is None:
        return ()
    return why_not_established(exposure, exposure.regimen.mg_per_day, case.chart, case.policy, case.knowledge)


def _poor_summary(exposure: Exposure, case: Case, action: str) -> str:
    poor = [gene for gene in Gene if case.genes[gene].phenotype is Phenotype.POOR]
    verb = "" if exposure.is_ordered else " being taken"
    return f"{titled(drug_name(exposure.drug))}{verb}: {' and '.join(poor)} poor metabolizer{action}"


def _poor_action(
    indicator: Indicator,
    small: float | None,
    kind: IndicationClass | None,
    advice: GenotypeDose | None,
    sentences: Sentences,
) -> str:
    if indicator is not Indicator.CRITICAL:
        state = (
            "established; keep up the blood counts"
            if indicator is Indicator.INFO
            else "not established; check the blood count now"
        )
        return f", {number(small or 0, 0)} % of the standard start, {state}"
    if kind is IndicationClass.NONMALIGNANT or advice is None or advice.reduced_schedule is None:
        return "; consider a drug that is not a thiopurine"
    schedule = advice.reduced_schedule
    is_malignant = kind is IndicationClass.MALIGNANT
    return sentences.text(
        RuleSentence.POOR_MALIGNANT if is_malignant else RuleSentence.POOR_EITHER,
        factor=schedule.dose_factor,
        days=schedule.days_per_week,
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
        f"myelosuppression and allow {steady_state_words(advice)} to steady state."
    )
    return (malignant,) if kind is IndicationClass.MALIGNANT else (malignant, f"Otherwise: {alternative}")
