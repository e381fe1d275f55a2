"""Does a result beyond a limit lack a usable date, so that it may be today's?"""

from collections.abc import Iterator

from cards.assessment.case import Case
from cards.assessment.current_problems import CurrentProblem, current_problems
from cards.assessment.cytopenia import is_on_drug
from cards.assessment.dose_words import dose_facts
from cards.assessment.exposures import Exposure
from cards.assessment.quiet_cards import quiet_decision, quiet_summary
from cards.assessment.results import is_on_order, newest_within, result_fact
from cards.assessment.undated import RULE_ID, UndatedValue, undated_values
from cards.card import Indicator
from cards.finding import DecisionKey, DecisionKind, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.sources import Citation, Sources
from cards.model.conditions import Problem
from cards.model.facts import FactKind
from cards.model.proposals import OrderTests
from cards.model.protocol import Group
from cards.model.tests_ordered import OrderableTest
from cards.rules.quiet_line import quiet_exposures
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, fitting, listed, titled

NEEDS = frozenset(
    {
        FactKind.COUNTS,
        FactKind.LIVER,
        FactKind.KIDNEY,
        FactKind.METABOLITES,
        FactKind.MEDICATIONS,
        FactKind.CONDITIONS,
        FactKind.ORDERED_TESTS,
    }
)


def value_without_usable_date(case: Case) -> Outcome:
    """Show values beyond a limit with no date or a future date, and ask for the date or a repeat.

    Only a line where a dated final result of the same analyte is recent. Never critical, and never counted as
    a test done: the card claims no more than that the value may be recent.
    """
    if not case.exposures:
        return Silent("no thiopurine is ordered or taken")
    if not case.has_doubtful_dates:
        return Silent("no result without a usable date is beyond a limit")
    for exposure in case.exposures:  # the values are the patient's: a second drug does not get a second card
        found = undated_values(exposure, case.chart, case.policy, case.knowledge)
        asking = tuple(value for value in found if value.asks)
        lines = tuple(value for value in found if not value.asks)
        if found:
            asked = (_finding(exposure, asking, case),) if asking else ()
            return Fired((*asked, *((_line(exposure, lines, case),) if lines else ())))
    return Silent("no result without a usable date is beyond a limit")


def _finding(exposure: Exposure, values: tuple[UndatedValue, ...], case: Case) -> Finding:
    counts = any(value.test is OrderableTest.BLOOD_COUNT for value in values)
    fevers = current_problems(case.chart, case.policy.symptom_days, Problem.FEVER) if counts else ()
    tests = _tests(values, case)
    return Finding(
        decision=DecisionKey(DecisionKind.UNDATED, exposure.key),
        indicator=Indicator.WARNING,
        summary=_summary(exposure, values),
        why=(
            *(value.fact for value in values),
            *_preliminary_facts(values, case),
            *(fever.fact("Fever") for fever in fevers),
            *dose_facts(exposure, case.weight),
        ),
        do=(_advice(exposure, values, case.group(exposure)), *_fever_line(fevers)),
        citations=_citations(values, case.knowledge.sources),
        reasons=Reasons.TEST,
        proposals=(OrderTests(tests),) if tests else (),
    )


def _preliminary_facts(values: tuple[UndatedValue, ...], case: Case) -> Iterator[Fact]:
    """The recent results of the same analytes that would answer it, were they final."""
    for value in values:
        newest = newest_within(case.chart, value.result.analyte, case.policy.recent_count_days)
        if newest is not None and newest.is_preliminary:
            yield result_fact(newest)


def _summary(exposure: Exposure, values: tuple[UndatedValue, ...]) -> str:
    name = titled(drug_name(exposure.drug))
    action = "find its date, or repeat it" if len(values) == 1 else "find the dates, or repeat"
    before = "" if is_on_drug(exposure) else " before the first dose"
    return fitting(
        f"{name}: {listed(value.words for value in values)}; {action}{before}",
        f"{name}: {listed(value.short_words for value in values)} without a usable date; {action}{before}",
        f"{name}: {values[0].short_words} and {len(values) - 1} more without a usable date; {action}{before}",
    )


def _advice(exposure: Exposure, values: tuple[UndatedValue, ...], group: Group | None) -> str:
    it_was, repeat = ("it was", "it") if len(values) == 1 else ("they were", "them")
    if not is_on_drug(exposure):
        return f"Ask when {it_was} measured, or repeat {repeat}: the first dose waits for the answer."
    if group is Group.LEUKAEMIA:
        return f"Ask when {it_was} measured, or repeat {repeat} now: if recent, call the oncology team today."
    return (
        f"Ask when {it_was} measured, or repeat {repeat} now: if recent, "
        f"{drug_name(exposure.drug)} may have to be reduced, withheld or stopped."
    )


def _fever_line(fevers: tuple[CurrentProblem, ...]) -> tuple[str, ...]:
    if not fevers:
        return ()
    return ("A fever is on record: do not wait for the date, have the count repeated today.",)


def _line(exposure: Exposure, values: tuple[UndatedValue, ...], case: Case) -> Finding:
    """The values alone, on the quiet card of a start or a therapy."""
    is_quiet = exposure in quiet_exposures(case)
    return Finding(
        decision=quiet_decision(exposure) if is_quiet else DecisionKey(DecisionKind.UNDATED, exposure.key),
        indicator=Indicator.INFO,
        summary=quiet_summary(exposure) if is_quiet else _summary(exposure, values),
        why=tuple(value.fact for value in values),
        do=(f"{titled(listed(value.short_words for value in values))}: ask when this was measured.",),
        citations=_citations(values, case.knowledge.sources),
        reasons=Reasons.TEST,
        leads=False,
    )


def _tests(values: tuple[UndatedValue, ...], case: Case) -> tuple[OrderableTest, ...]:
    wanted = dict.fromkeys(value.test for value in values)
    return tuple(test for test in wanted if not is_on_order(case.chart, case.policy, test))


def _citations(values: tuple[UndatedValue, ...], sources: Sources) -> tuple[Citation, ...]:
    limits = dict.fromkeys(value.citation for value in values)
    return (*limits, sources.cite("project", "a value without a usable date asks, and counts as no test"))


RULE = Rule(
    id=RULE_ID,
    question="Does a result beyond a limit lack a usable date, so that it may be today's?",
    check=value_without_usable_date,
    needs=NEEDS,
    implements=("K03", "K05", "I03", "I07"),
    at=(
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.WARNING,
    lowest=Indicator.INFO,
    sources=(
        "project",
        "edren",
        "sps-mercaptopurine",
        "dermacompass",
        "bsr-2017",
        "primary-care-notebook",
        "bsg-2019",
        "bergan-1998",
        "clinical-summary-2025",
    ),
)
