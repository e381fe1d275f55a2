"""Are the blood counts lower than the treatment of leukaemia wants them?"""

from cards.assessment.case import Case
from cards.assessment.dose_words import dose_facts
from cards.assessment.exposures import Exposure
from cards.assessment.leukaemia_counts import ProtocolCounts, protocol_counts, protocol_counts_in_words
from cards.assessment.results import is_on_order
from cards.card import Indicator
from cards.finding import (
    Blocked,
    Bound,
    DecisionKey,
    DecisionKind,
    DoseConstraint,
    Finding,
    Fired,
    Outcome,
    Reasons,
    Silent,
)
from cards.model.facts import FactKind
from cards.model.genes import Gene
from cards.model.proposals import OrderTests
from cards.model.protocol import Group
from cards.model.tests_ordered import GENOTYPE_TESTS, OrderableTest
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, listed, titled

NEEDS = frozenset(
    {FactKind.COUNTS, FactKind.MEDICATIONS, FactKind.CONDITIONS, FactKind.GENES, FactKind.ORDERED_TESTS}
)
CALL_TODAY = "withhold by protocol, call the oncology team today"


def count_below_protocol(case: Case) -> Outcome:
    """Call the oncology team for neutrophils or platelets at which protocols withhold; no dose is named.

    Just above, the value is reported quietly: the protocol sets the dose there. Counts it aims for are silent.
    """
    exposures = case.exposures_in(Group.LEUKAEMIA)
    if not exposures:
        return Silent("no leukaemia under treatment with a thiopurine")
    missing = case.missing_within(case.policy.recent_count_days, FactKind.COUNTS)
    counts = protocol_counts(
        case.chart, case.protocol(exposures[0]), case.policy, case.knowledge.leukaemia_limits
    )
    if counts.all:
        return Fired((_finding(exposures, counts, case),), missing)
    return Blocked(missing) if missing else Silent("no recent count is below what protocols want")


def _finding(exposures: tuple[Exposure, ...], counts: ProtocolCounts, case: Case) -> Finding:
    leading = counts.critical or counts.warning or counts.band
    names = listed(drug_name(exposure.drug) for exposure in exposures)
    return Finding(
        decision=DecisionKey(DecisionKind.COUNTS, exposures[0].key),
        indicator=_indicator(counts),
        summary=f"{titled(names)}: {protocol_counts_in_words(leading)}; {_action(counts)}",
        why=(
            *(count.fact() for count in counts.all),
            *(fact for exposure in exposures for fact in dose_facts(exposure, case.weight)),
        ),
        do=_advice(counts, case),
        citations=tuple(dict.fromkeys(count.limit.citation for count in leading)),
        reasons=Reasons.STOP,
        constraints=tuple(
            DoseConstraint(exposure.key, Bound.STOP)
            for exposure in exposures
            if exposure.is_ordered and counts.critical
        ),
        proposals=_tests(counts, case),
    )


def _indicator(counts: ProtocolCounts) -> Indicator:
    if counts.critical:
        return Indicator.CRITICAL
    return Indicator.WARNING if counts.warning else Indicator.INFO


def _action(counts: ProtocolCounts) -> str:
    if counts.critical:
        return CALL_TODAY
    return "no ANC of the same day, measure it" if counts.warning else "dose by protocol"


def _advice(counts: ProtocolCounts, case: Case) -> tuple[str, ...]:
    if counts.critical:
        return (
            f"{titled(CALL_TODAY)}.",
            "With fever treat as neutropenic sepsis by the local protocol.",
            *_genes(case),
        )
    if counts.warning:
        return ("Measure neutrophils, and show the count to the oncology team.",)
    return ("The count lies where protocols set the dose themselves: go by the patient's protocol.",)


def _genes(case: Case) -> tuple[str, ...]:
    untested = _untested(case)
    return (f"Consider testing TPMT and NUDT15: {listed(untested)} not known.",) if untested else ()


def _untested(case: Case) -> list[Gene]:
    return [gene for gene in Gene if not case.genes[gene].is_informative]


def _tests(counts: ProtocolCounts, case: Case) -> tuple[OrderTests, ...]:
    wanted: list[OrderableTest] = []
    if counts.critical and not case.missing(FactKind.GENES):
        wanted = [GENOTYPE_TESTS[gene] for gene in _untested(case) if not case.is_test_ordered(gene)]
    elif counts.warning and not is_on_order(case.chart, case.policy, OrderableTest.BLOOD_COUNT):
        wanted = [OrderableTest.BLOOD_COUNT]
    return (OrderTests(tuple(wanted)),) if wanted else ()


RULE = Rule(
    id="leukaemia-counts",
    question="Are the blood counts lower than the treatment of leukaemia wants them?",
    check=count_below_protocol,
    needs=NEEDS,
    implements=("K03", "K05"),
    at=(
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.CRITICAL,
    lowest=Indicator.INFO,
    sources=(
        "iitkgp-2019-all",
        "project",
    ),
)
