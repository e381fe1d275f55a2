"""Is a thiopurine started before TPMT and NUDT15 are known?"""

from dataclasses import dataclass

from cards.assessment.case import NO_RESULT, Case
from cards.assessment.dose_words import dose_facts
from cards.assessment.episodes import Episode
from cards.assessment.exposures import Exposure
from cards.assessment.pending_tests import order_fact, order_words
from cards.card import Indicator
from cards.finding import Blocked, DecisionKey, DecisionKind, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.rule_sentences import RuleSentence
from cards.model.conditions import ConditionState, Problem
from cards.model.facts import FactKind
from cards.model.genes import INTERMEDIATE, Gene, Phenotype
from cards.model.proposals import OrderTests
from cards.model.tests_ordered import GENOTYPE_TESTS, OrderableTest, TestOrder
from cards.rules.rule import ORDER_SELECT, ORDER_SIGN, Rule
from cards.wording import drug_name, fitting, listed, titled

NEEDS = frozenset(
    {FactKind.GENES, FactKind.MEDICATIONS, FactKind.ORDERED_TESTS, FactKind.CONDITIONS, FactKind.PROCEDURES}
)


def genes_unknown_at_start(case: Case) -> Outcome:
    """Ask for both genes at a true new start, and say to wait for a test that is pending, also at a restart.

    Silent for a poor metabolizer of either gene (the drug is wrong whatever the other says), for
    renewals, and for established therapy.
    """
    starts = [e for e in case.ordered if e.episode is not None and e.episode.starts]
    if not starts:
        return Silent("no start of a thiopurine")
    if any(case.genes[gene].phenotype is Phenotype.POOR for gene in Gene):
        return Silent("a poor metabolizer: another drug is advised whatever the other gene says")
    unknown = [gene for gene in Gene if not case.genes[gene].is_informative]
    if not unknown:
        return Silent("TPMT and NUDT15 are known")
    missing = case.missing(FactKind.GENES)
    if missing:
        return Blocked(missing)
    pending = _Pending.of(unknown, case)
    asked = [one for one in starts if pending.orders or one.episode is not Episode.RESTART]
    if not asked:
        return Silent("a restart, and no test is pending")
    not_seen = case.missing(FactKind.ORDERED_TESTS)
    return Fired(tuple(_finding(exposure, pending, case) for exposure in asked), not_seen)


@dataclass(frozen=True, slots=True)
class _Pending:
    """The unknown genes: those whose test has no result yet, and those without a test."""

    unknown: list[Gene]
    orders: dict[Gene, TestOrder]

    @classmethod
    def of(cls, unknown: list[Gene], case: Case) -> "_Pending":
        orders = {gene: case.pending_test(gene) for gene in unknown}
        return cls(unknown, {gene: order for gene, order in orders.items() if order is not None})

    @property
    def untested(self) -> list[Gene]:
        return [gene for gene in self.unknown if gene not in self.orders]

    @property
    def pronoun(self) -> str:
        return "it" if len(self.orders) == 1 else "them"

    def words(self) -> str:
        """The tests with the day of their order: "TPMT ordered 2026-11-24, no result"."""
        states: dict[str, list[Gene]] = {}
        for gene, order in self.orders.items():
            states.setdefault(order_words(order), []).append(gene)
        return f"{listed(f'{listed(genes)} {state}' for state, genes in states.items())}, no result"


def _finding(exposure: Exposure, pending: _Pending, case: Case) -> Finding:
    unknown = pending.unknown
    other_reduced = any(case.genes[gene].phenotype in INTERMEDIATE for gene in Gene)
    is_deficient = _has_tpmt_deficiency(case) and Gene.TPMT in unknown
    tests = _tests(pending.untested, case)
    before = f"before the {'restart' if exposure.episode is Episode.RESTART else 'first dose'}"
    return Finding(
        decision=DecisionKey(DecisionKind.DOSE if other_reduced else DecisionKind.BASELINE, exposure.key),
        indicator=Indicator.WARNING,
        summary=_summary(titled(drug_name(exposure.drug)), pending, before, case),
        why=(
            *(fact for gene in unknown for fact in _facts(gene, pending, case)),
            *((Fact("TPMT deficiency is on the problem list"),) if is_deficient else ()),
            *dose_facts(exposure, case.weight),
            Fact(f"This order is a {exposure.episode}"),
        ),
        do=(
            f"{_act(pending)} {before}: patients without activity can die of marrow failure at usual doses.",
            *_indeterminate_lines(pending.untested, case),
            case.knowledge.sentences.text(RuleSentence.UNTESTED_CANNOT_WAIT),
        ),
        also=_weaker_views(pending.untested),
        citations=(
            case.knowledge.cite("dpwg-2025", "genotyping TPMT and NUDT15 essential before starting"),
            case.knowledge.cite("sps-azathioprine", "baseline tests"),
        ),
        reasons=Reasons.TEST,
        proposals=(OrderTests(tests),) if tests else (),
        leads=not other_reduced,
    )


def _act(pending: _Pending) -> str:
    wait = f"Wait for the result of {listed(pending.orders)}"
    if not pending.untested:
        return wait
    testing = f"onsider testing {listed(pending.untested)}"
    return f"{wait} and c{testing}" if pending.orders else f"C{testing}"


def _summary(name: str, pending: _Pending, before: str, case: Case) -> str:
    """The unknown results, and what to do before the drug is given."""
    if not pending.orders:
        return f"{name}: {_state(pending.untested, case)} {before}"
    wait = f"{pending.words()}: wait for {pending.pronoun}"
    test = f"; {listed(pending.untested)} {_not_known(pending.untested, case)}, consider testing"
    test = test if pending.untested else ""
    hint, act = _hint(pending.unknown, case)
    if hint and Gene.TPMT in pending.untested:
        return f"{name}: {hint}; {act} and wait for {listed(pending.orders)} {before}"
    full = f"{hint}; {wait}{test}" if hint else f"{wait}{test}"
    return fitting(f"{name}: {full} {before}", f"{name}: {wait}{test} {before}", f"{name}: {wait} {before}")


def _state(untested: list[Gene], case: Case) -> str:
    hint, act = _hint(untested, case)
    if hint:
        return f"{hint}; {act}"
    forgotten = [case.forgotten_test(gene) for gene in untested]
    first = forgotten[0]
    if first is not None and len({order and order_words(order) for order in forgotten}) == 1:
        return f"{listed(untested)} {order_words(first)}, no result; consider testing again"
    return f"{listed(untested)} {_not_known(untested, case)}; consider testing"


def _not_known(genes: list[Gene], case: Case) -> str:
    return "not conclusive" if all(case.genes[gene].readings for gene in genes) else "not known"


def _hint(genes: list[Gene], case: Case) -> tuple[str, str]:
    """What suggests a TPMT deficiency although no phenotype is known, and what to do; empty if nothing does."""
    if any(case.genes[gene].is_conflicting for gene in genes):
        return "TPMT results disagree, activity below normal", "clarify"
    if any(case.genes[gene].is_below_normal for gene in genes):
        return "TPMT activity below normal, not classified", "genotype"
    if Gene.TPMT in genes and _has_tpmt_deficiency(case):
        return "TPMT deficiency on the problem list, no clear result", "test"
    return "", ""


def _facts(gene: Gene, pending: _Pending, case: Case) -> tuple[Fact, ...]:
    status, forgotten = case.genes[gene], case.forgotten_test(gene)
    order = pending.orders.get(gene, forgotten)
    ordered = (order_fact(gene, order),) if order else ()
    if not status.readings:
        nothing = case.nothing_on_record(FactKind.GENES, gene)
        is_told = not order or nothing != NO_RESULT  # beside an order, only a reason beyond "no result"
        return (*((Fact(f"{gene}: {nothing}"),) if is_told else ()), *ordered)
    return (*status.facts(), *(Fact(note) for note in status.notes()), *ordered)


def _weaker_views(untested: list[Gene]) -> tuple[str, ...]:
    if not untested:
        return ()
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
    """The tests that would settle it: activity where the TPMT genotype could not."""
    return tuple(
        OrderableTest.TPMT_ACTIVITY
        if gene is Gene.TPMT and case.genes[gene].phenotype is Phenotype.INDETERMINATE
        else GENOTYPE_TESTS[gene]
        for gene in untested
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
    at=(
        ORDER_SELECT,
        ORDER_SIGN,
    ),
    highest=Indicator.WARNING,
    lowest=Indicator.WARNING,
    sources=(
        "dpwg-2025",
        "sps-azathioprine",
    ),
    may_be_critical=True,
)
