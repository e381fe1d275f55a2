"""Are the blood counts low enough to reduce or withhold a thiopurine?"""

from cards.assessment.case import Case
from cards.assessment.current_problems import current_problems
from cards.assessment.cytopenia import LowCount, counts_in_words, is_on_drug
from cards.assessment.dose_words import dose_facts
from cards.assessment.episodes import Episode
from cards.assessment.exposures import Exposure
from cards.assessment.results import is_on_order
from cards.card import Indicator
from cards.finding import Blocked, DecisionKey, DecisionKind, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.monitoring import Tier
from cards.knowledge.toxicity import ToxicityTopic
from cards.model.conditions import Problem
from cards.model.facts import FactKind
from cards.model.genes import Gene
from cards.model.proposals import OrderTests
from cards.model.protocol import Group
from cards.model.tests_ordered import GENOTYPE_TESTS, OrderableTest
from cards.model.therapy import Drug
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, listed, titled

NEEDS = frozenset(
    {FactKind.COUNTS, FactKind.MEDICATIONS, FactKind.GENES, FactKind.CONDITIONS, FactKind.ORDERED_TESTS}
)


def count_below_withhold_limit(case: Case) -> Outcome:
    """Warn when a recent count is below the withhold limits; beside one below a stop limit only add to its card.

    A count that was as low before the first dose is not blamed on the drug.
    """
    exposures = case.exposures_not_in(Group.LEUKAEMIA)
    if not exposures:
        return Silent("no thiopurine is ordered or taken, or only by a protocol for leukaemia")
    missing = case.missing_within(case.policy.recent_count_days, FactKind.COUNTS)
    findings = tuple(
        _finding(exposure, low, case)
        for exposure in exposures
        if (low := _unexplained(exposure, Tier.WITHHOLD, case))
    )
    if findings:
        return Fired(findings, missing)
    return Blocked(missing) if missing else Silent("no recent count is newly below a withhold limit")


def _unexplained(exposure: Exposure, tier: Tier, case: Case) -> tuple[LowCount, ...]:
    """Counts below the tier's limits and not below a stricter one, that were not as low before the drug."""
    stop = case.low_counts(exposure, Tier.STOP)
    worse = {count.limit.analyte for count in stop}
    return tuple(
        count
        for count in case.low_counts(exposure, tier)
        if count.limit.analyte not in worse and not (is_on_drug(exposure) and count.was_as_low)
    )


def _finding(exposure: Exposure, low: tuple[LowCount, ...], case: Case) -> Finding:
    toxicity = case.knowledge.toxicity
    if _is_beside_graver(exposure, case):
        return _line(exposure, low)
    advice = toxicity.toxicity_advice(
        ToxicityTopic.WITHHOLD if is_on_drug(exposure) else ToxicityTopic.BEFORE_START
    )
    own = toxicity.toxicity_advice(ToxicityTopic.WITHHOLD_MERCAPTOPURINE)
    further = own if exposure.drug is Drug.MERCAPTOPURINE else None
    untested = [gene for gene in Gene if not case.genes[gene].is_informative]
    already_cut = exposure.episode is Episode.REDUCTION
    return Finding(
        decision=DecisionKey(DecisionKind.COUNTS, exposure.key),
        indicator=Indicator.INFO if already_cut else Indicator.WARNING,
        summary=_summary(exposure, low),
        why=(*(fact for count in low for fact in count.facts()), *dose_facts(exposure, case.weight)),
        do=(
            *(("This order lowers the dose: recheck the count after it.",) if already_cut else advice.do),
            *_team(exposure, case),
            *((f"{listed(untested)} not known: consider testing both TPMT and NUDT15.",) if untested else ()),
        ),
        also=(*advice.also, *(further.also if further else ())),
        citations=tuple(
            dict.fromkeys(
                (
                    *(count.limit.citation for count in low),
                    *advice.citations,
                    *(further.citations if further else ()),
                )
            )
        ),
        reasons=Reasons.STOP,
        proposals=_tests(untested, case),
    )


def _team(exposure: Exposure, case: Case) -> tuple[str, ...]:
    is_transplanted = case.group(exposure) is Group.TRANSPLANT and is_on_drug(exposure)
    return (f"Agree the change with the {case.protocol(exposure).team}.",) if is_transplanted else ()


def _is_beside_graver(exposure: Exposure, case: Case) -> bool:
    """Whether another rule asks to stop for a count below a stop limit, or for a fever."""
    fevers = current_problems(case.chart, case.policy.symptom_days, Problem.FEVER)
    return bool(case.low_counts(exposure, Tier.STOP)) or any(fever.is_certain for fever in fevers)


def _line(exposure: Exposure, low: tuple[LowCount, ...]) -> Finding:
    """The values alone, for the card that asks to stop."""
    return Finding(
        decision=DecisionKey(DecisionKind.COUNTS, exposure.key),
        indicator=Indicator.WARNING,
        summary=_summary(exposure, low),
        why=tuple(fact for count in low for fact in count.facts()),
        do=(),
        citations=tuple(dict.fromkeys(count.limit.citation for count in low)),
        reasons=Reasons.STOP,
        leads=False,
    )


def _summary(exposure: Exposure, low: tuple[LowCount, ...]) -> str:
    return f"{titled(drug_name(exposure.drug))}: {counts_in_words(low)}; {_action(exposure)}"


def _action(exposure: Exposure) -> str:
    if not is_on_drug(exposure):
        return "find the cause before the first dose"
    if exposure.episode is Episode.ESCALATION:
        return "no increase, reduce or withhold"
    if exposure.episode is Episode.REDUCTION:
        return "dose lowered by this order, recheck"
    return "reduce or withhold, and recheck"


def _tests(untested: list[Gene], case: Case) -> tuple[OrderTests, ...]:
    """A recheck, and the unknown genes; nothing already on order."""
    genes = [] if case.missing(FactKind.GENES) else untested
    wanted = [*(GENOTYPE_TESTS[gene] for gene in genes if not case.is_test_ordered(gene))]
    if not is_on_order(case.chart, case.policy, OrderableTest.BLOOD_COUNT):
        wanted.insert(0, OrderableTest.BLOOD_COUNT)
    return (OrderTests(tuple(wanted)),) if wanted else ()


RULE = Rule(
    id="low-counts",
    question="Are the blood counts low enough to reduce or withhold a thiopurine?",
    check=count_below_withhold_limit,
    needs=NEEDS,
    implements=("E08", "I03", "I05", "I06", "K03", "K05", "B06"),
    at=(
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.WARNING,
    lowest=Indicator.INFO,
    sources=(
        "project",
        "clinical-summary-2025",
        "bsr-2017",
        "edren",
        "sps-mercaptopurine",
    ),
)
