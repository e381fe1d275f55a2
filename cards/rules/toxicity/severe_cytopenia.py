"""Are the blood counts so low that a thiopurine has to stop?"""

from cards.assessment.case import Case
from cards.assessment.cytopenia import LowCount, counts_in_words, is_on_drug
from cards.assessment.dose_words import dose_facts
from cards.assessment.exposures import Exposure
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
from cards.knowledge.monitoring import Tier
from cards.model.facts import FactKind
from cards.model.genes import Gene
from cards.model.proposals import OrderTests
from cards.model.protocol import Group
from cards.model.tests_ordered import GENOTYPE_TESTS
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, listed, titled

NEEDS = frozenset({FactKind.COUNTS, FactKind.MEDICATIONS, FactKind.GENES, FactKind.CONDITIONS})


def count_below_stop_limit(case: Case) -> Outcome:
    """Warn when the newest recent WBC, ANC or platelets are under the limits at which the drug stops.

    A count that was as low before the first dose is not blamed on the drug; platelets in immune
    thrombocytopenia before a start reflect the disease.
    """
    exposures = case.exposures_not_in(Group.LEUKAEMIA)
    if not exposures:
        return Silent("no thiopurine is ordered or taken, or only by a protocol for leukaemia")
    missing = case.missing_within(case.policy.recent_count_days, FactKind.COUNTS)
    findings = tuple(
        _finding(exposure, low, case)
        for exposure in exposures
        if (low := case.low_counts(exposure, Tier.STOP))
    )
    if findings:
        return Fired(findings, missing)
    return Blocked(missing) if missing else Silent("no recent count is below a stop limit")


def _finding(exposure: Exposure, low: tuple[LowCount, ...], case: Case) -> Finding:
    on_drug = is_on_drug(exposure)
    explained = on_drug and all(count.was_as_low for count in low)
    name, team = drug_name(exposure.drug), case.protocol(exposure).team
    if explained:
        action = f"as low before the first dose; review with the {team}"
    else:
        action = "stop and discuss" if on_drug else "do not start"
    untested = [gene for gene in Gene if not case.genes[gene].is_informative]
    may_order = [
        gene for gene in untested if not (case.is_test_ordered(gene) or case.missing(FactKind.GENES))
    ]
    return Finding(
        decision=DecisionKey(DecisionKind.COUNTS, exposure.key),
        indicator=Indicator.WARNING if explained else Indicator.CRITICAL,
        summary=f"{titled(name)}: {counts_in_words(low)}; {action}",
        why=(
            *(fact for count in low for fact in count.facts()),
            *dose_facts(exposure, case.weight),
        ),
        do=(
            _advice(name, team, on_drug=on_drug, explained=explained),
            *((f"Consider testing TPMT and NUDT15: {listed(untested)} not known.",) if untested else ()),
        ),
        also=(
            "The FDA label gives no number: a rapid fall or a persistently low count asks for "
            "reducing or withholding the dose (grade D, label summary).",
        ),
        citations=(
            *dict.fromkeys(count.limit.citation for count in low),
            case.knowledge.cite("project", "tiers: stop below the lowest published limits"),
        ),
        reasons=Reasons.STOP,
        constraints=((DoseConstraint(exposure.key, Bound.STOP),) if exposure.is_ordered else ()),
        proposals=(OrderTests(tuple(GENOTYPE_TESTS[gene] for gene in may_order)),) if may_order else (),
    )


def _advice(name: str, team: str, *, on_drug: bool, explained: bool) -> str:
    if explained:
        return (
            f"The count was as low before the first dose of a thiopurine: {name} may not be the cause. Review it "
            f"with the {team} and recheck the count."
        )
    if on_drug:
        return (
            f"Stop {name} and discuss with the {team}; recheck the count. With fever: treat as "
            "neutropenic sepsis by the local protocol."
        )
    return f"Do not start {name} until the count has recovered or its cause is known."


RULE = Rule(
    id="severe-cytopenia",
    question="Are the blood counts so low that a thiopurine has to stop?",
    check=count_below_stop_limit,
    needs=NEEDS,
    implements=("K03", "K05"),
    at=(
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.CRITICAL,
    lowest=Indicator.WARNING,
    sources=(
        "project",
        "edren",
        "dermacompass",
        "sps-mercaptopurine",
    ),
)
