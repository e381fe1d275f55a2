"""Is a thiopurine started before TPMT and NUDT15 are known?"""

from cards.card import Indicator
from cards.case import Case
from cards.case.courses import Episode
from cards.case.dose_words import dose_facts
from cards.case.exposures import Exposure
from cards.finding import Blocked, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.sources import cite
from cards.model.conditions import ConditionState, Problem
from cards.model.facts import FactKind
from cards.model.genes import Gene, Phenotype
from cards.model.proposals import OrderTests
from cards.model.tests_ordered import OrderableTest
from cards.rules.rule import Rule
from cards.wording import drug_name, listed, titled

NEEDS = frozenset(
    {FactKind.GENES, FactKind.MEDICATIONS, FactKind.ORDERED_TESTS, FactKind.CONDITIONS, FactKind.PROCEDURES}
)
_TEST_OF = {Gene.TPMT: OrderableTest.TPMT, Gene.NUDT15: OrderableTest.NUDT15}
_REDUCED = (Phenotype.INTERMEDIATE, Phenotype.POSSIBLE_INTERMEDIATE)


def genes_unknown_at_start(case: Case) -> Outcome:
    """Ask for both genes at a true new start, unless the tests are ordered or a gene already decides.

    What hints at a deficiency speaks even where the test is on order.

    Silent for a poor metabolizer of either gene (the drug is wrong whatever the other says), for
    renewals, and for established therapy.
    """
    starts = [e for e in case.ordered if e.episode in (Episode.NEW_START, Episode.UNKNOWN)]
    if not starts:
        return Silent("no new start of a thiopurine")
    if any(case.genes[gene].phenotype is Phenotype.POOR for gene in Gene):
        return Silent("a poor metabolizer: another drug is advised whatever the other gene says")
    unknown = [gene for gene in Gene if not case.genes[gene].is_informative]
    if not unknown:
        return Silent("TPMT and NUDT15 are known")
    missing = case.missing(FactKind.GENES)
    if missing:
        return Blocked(missing)
    untested = [
        gene for gene in unknown if not case.is_test_ordered(gene) or _hints_at_deficiency(gene, case)
    ]
    if not untested:
        return Silent(f"{listed(unknown)} on order")
    not_seen = case.missing(FactKind.ORDERED_TESTS)
    return Fired(tuple(_finding(exposure, untested, case) for exposure in starts), not_seen)


def _hints_at_deficiency(gene: Gene, case: Case) -> bool:
    return case.genes[gene].is_below_normal or (gene is Gene.TPMT and _has_tpmt_deficiency(case))


def _finding(exposure: Exposure, untested: list[Gene], case: Case) -> Finding:
    name = drug_name(exposure.drug)
    other_reduced = any(case.genes[gene].phenotype in _REDUCED for gene in Gene)
    is_deficient = _has_tpmt_deficiency(case) and Gene.TPMT in untested
    tests = _tests(untested, case)
    return Finding(
        decision=f"dose:{exposure.key}" if other_reduced else f"baseline:{exposure.key}",
        indicator=Indicator.WARNING,
        summary=f"{titled(name)}: {_state(untested, case)} before the first dose",
        why=(
            *(fact for gene in untested for fact in _facts(gene, case)),
            *((Fact("TPMT deficiency is on the problem list"),) if is_deficient else ()),
            *dose_facts(exposure, case.weight),
            Fact(f"This order is a {exposure.episode}"),
        ),
        do=(
            f"Consider testing {listed(untested)} before the first dose: patients without activity can die "
            "of marrow failure at usual doses.",
            *_indeterminate_lines(untested, case),
            "If treatment cannot wait: start low, and check blood counts weekly until the results are there.",
        ),
        also=_weaker_views(untested),
        citations=(
            cite("dpwg-2025", "genotyping TPMT and NUDT15 essential before starting"),
            cite("sps-azathioprine", "baseline tests"),
        ),
        reasons=Reasons.TEST,
        proposals=(OrderTests(tests),) if tests else (),
        leads=not other_reduced,
    )


def _state(untested: list[Gene], case: Case) -> str:
    if any(case.genes[gene].is_conflicting for gene in untested):
        return "TPMT results disagree, activity below normal; clarify"
    if any(case.genes[gene].is_below_normal for gene in untested):
        return "TPMT activity below normal, not classified; genotype"
    if Gene.TPMT in untested and _has_tpmt_deficiency(case):
        return "TPMT deficiency on the problem list, no clear result; test"
    are_judged = all(case.genes[gene].readings for gene in untested)
    return f"{listed(untested)} {'not conclusive' if are_judged else 'not known'}; consider testing"


def _facts(gene: Gene, case: Case) -> tuple[Fact, ...]:
    status = case.genes[gene]
    if not status.readings:
        return (Fact(f"{gene}: {case.nothing_on_record(FactKind.GENES)}"),)
    return (*status.facts(), *(Fact(note) for note in status.notes()))


def _weaker_views(untested: list[Gene]) -> tuple[str, ...]:
    label = "FDA label: consider testing both genes after severe myelosuppression (grade A)."
    if Gene.TPMT not in untested:
        return (label,)
    return (
        "NHS Specialist Pharmacy Service: TPMT is a required baseline test (grade B).",
        label,
        "AGA 2017: suggests TPMT testing, low certainty (grade B).",
    )


def _indeterminate_lines(untested: list[Gene], case: Case) -> tuple[str, ...]:
    if case.genes[Gene.TPMT].phenotype is Phenotype.INDETERMINATE and Gene.TPMT in untested:
        return (
            "The TPMT genotype is indeterminate: CPIC suggests measuring TPMT activity in red cells, and close "
            "monitoring while either gene is unknown.",
        )
    if case.genes[Gene.NUDT15].phenotype is Phenotype.INDETERMINATE and Gene.NUDT15 in untested:
        return ("The NUDT15 genotype is indeterminate: CPIC asks for close monitoring of toxicity.",)
    return ()


def _tests(untested: list[Gene], case: Case) -> tuple[OrderableTest, ...]:
    """The tests that would settle it and are not on order: activity where the TPMT genotype could not."""
    return tuple(
        OrderableTest.TPMT_ACTIVITY
        if gene is Gene.TPMT and case.genes[gene].phenotype is Phenotype.INDETERMINATE
        else _TEST_OF[gene]
        for gene in untested
        if not case.is_test_ordered(gene)
    )


def _has_tpmt_deficiency(case: Case) -> bool:
    return any(
        Problem.TPMT_DEFICIENCY in record.problems and record.state is ConditionState.ACTIVE
        for record in case.chart.conditions
    )


RULE = Rule(
    id="untested-genes",
    question="Is a thiopurine started before TPMT and NUDT15 are known?",
    check=genes_unknown_at_start,
    needs=NEEDS,
    implements=("B01", "B05", "B06"),
)
