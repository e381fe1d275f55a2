"""What every card about a genotype says: the results, the kind of indication, what other sources say."""

from cards.assessment.case import Case
from cards.assessment.exposures import Exposure
from cards.assessment.protocol import LEUKAEMIAS
from cards.finding import Fact
from cards.knowledge.genotype_doses import GenotypeDose, IndicationClass, OtherGuidance
from cards.knowledge.sources import Citation, Sources
from cards.model.conditions import Indication
from cards.model.facts import FactKind
from cards.model.genes import Gene, Phenotype
from cards.model.protocol import Group
from cards.model.therapy import Drug
from cards.wording import span

COUNTS_STILL = "A genotype never replaces blood counts: keep the monitoring schedule."


def indication_class(exposure: Exposure, case: Case) -> IndicationClass | None:
    """Malignant or not, from the patient's group and what the drug is for; None where both are possible.

    Azathioprine is not given for malignancy; thioguanine is given for hardly anything else.
    """
    indications = exposure.purpose.indications
    if exposure.drug is Drug.AZATHIOPRINE:
        return IndicationClass.NONMALIGNANT
    if case.group(exposure) is Group.LEUKAEMIA or exposure.purpose.only is Indication.LEUKEMIA:
        return IndicationClass.MALIGNANT
    if LEUKAEMIAS.intersection(indications):
        return None
    if indications:
        return IndicationClass.NONMALIGNANT
    return IndicationClass.MALIGNANT if exposure.drug is Drug.THIOGUANINE else None


def gene_facts(case: Case) -> tuple[Fact, ...]:
    """What is on record about both genes, and what a reader must know about it."""
    facts: list[Fact] = []
    for gene in Gene:
        status = case.genes[gene]
        facts += status.facts() or (Fact(f"{gene}: {case.nothing_on_record(FactKind.GENES, gene)}"),)
        facts += (Fact(note) for note in status.notes())
    return tuple(facts)


def steady_state_words(advice: GenotypeDose) -> str:
    """How long to wait after each change of dose: "2-4 weeks"."""
    weeks = advice.steady_state_weeks
    return f"{span(weeks[0], weeks[1] or weeks[0])} weeks" if weeks else "the usual time"


def other_sources(exposure: Exposure, case: Case) -> tuple[str, ...]:
    """What the Dutch guideline, the FDA label and others say for these phenotypes, each with its grade."""
    genotype_doses = case.knowledge.genotype_doses
    phenotypes = {gene: case.genes[gene].phenotype for gene in Gene}
    lines = [
        f"DPWG, {'for specialists only, ' if phenotype is Phenotype.POOR else ''}{gene}: {_advice_words(advice)}"
        for gene, phenotype in phenotypes.items()
        for advice in genotype_doses.dpwg_advice(exposure.drug, gene, phenotype)
    ]
    label = genotype_doses.fda_statement(exposure.drug, phenotypes[Gene.TPMT], phenotypes[Gene.NUDT15])
    if label is not None:
        lines.append(f"FDA label: {_advice_words(label)}")
    lines += [
        _advice_words(advice)
        for gene, phenotype in phenotypes.items()
        for advice in genotype_doses.other_views(exposure.drug, gene, phenotype)
    ]
    return tuple(lines)


def _advice_words(advice: OtherGuidance) -> str:
    setting = f"in {advice.setting}, " if advice.setting else ""
    return f"{setting}{advice.text} (grade {advice.citation.grade})."


def advice_citations(advice: GenotypeDose | None, sources: Sources) -> tuple[Citation, ...]:
    """CPIC's row that the advice rests on, else the guideline itself."""
    return (advice.citation,) if advice else (sources.cite("cpic-thiopurines-2025"),)
